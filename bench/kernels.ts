/** Our kernels against ONNX Runtime Web in the same tab, on the same device. See README.md. */

import { createServer } from "vite";
import { numberOf, type Values } from "../tools/options.ts";
import { repository } from "../tools/repository.ts";
import { benchInBrowser } from "./kernels/browser.ts";

export const usage = `
npm run bench -- kernels [OPTIONS]: our kernels against ONNX Runtime Web in one tab of headless Chrome

  --adapter WHICH              auto (the default), hardware, driver or swiftshader
  --only NAME,…                the cases whose names contain one of these
  --reps N                     repetitions, 5 by default
  --budget SECONDS             what one case may take, 60 by default
  --kernel-profile P           another profile than the adapter's own
  --peers-without-subgroups    runs the peer's attention a second time, on a device without subgroups
  --start                      times the way from a click to the first score instead
  --load                       times the loading of 0.7 GB over HTTP instead
  --json FILE                  results as JSON; - prints them alone
`;

export const options = {
  adapter: { type: "string", default: "auto" },
  only: { type: "string" },
  reps: { type: "string", default: "5" },
  budget: { type: "string", default: "60" },
  "kernel-profile": { type: "string" },
  "peers-without-subgroups": { type: "boolean", default: false },
  start: { type: "boolean", default: false },
  load: { type: "boolean", default: false },
  json: { type: "string" },
} as const;

export async function run(values: Values<typeof options>): Promise<boolean> {
  const { adapter, only, json, start, load } = values;
  const asked = {
    adapter,
    only,
    reps: numberOf("reps", values.reps),
    budgetSeconds: numberOf("budget", values.budget),
    profile: values["kernel-profile"],
    json,
    start,
    load,
    peersWithoutSubgroups: values["peers-without-subgroups"],
  };
  const server = await createServer({
    root: repository,
    configFile: false,
    logLevel: "warn",
    appType: "mpa",
    server: { port: 0, host: "localhost", hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: ["@huggingface/tokenizers"] },
  });
  try {
    await server.listen();
    return await benchInBrowser(server, asked);
  } finally {
    await server.close();
  }
}
