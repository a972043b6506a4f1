/** `npm run bench`: our kernels against ONNX Runtime Web in the same tab, on the same device. See bench/README.md. */

import { createServer } from "vite";
import { repository } from "./load.mjs";
import { numberOf, readOptions } from "./options.mjs";

const usage = `
npm run bench -- [OPTIONS]: our kernels against ONNX Runtime Web in one tab of headless Chrome

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
const { values } = readOptions(usage, {
  options: {
    adapter: { type: "string", default: "auto" },
    only: { type: "string" },
    reps: { type: "string", default: "5" },
    budget: { type: "string", default: "60" },
    "kernel-profile": { type: "string" },
    "peers-without-subgroups": { type: "boolean", default: false },
    start: { type: "boolean", default: false },
    load: { type: "boolean", default: false },
    json: { type: "string" },
  },
});
const [reps, budgetSeconds] = ["reps", "budget"].map((name) => numberOf(values, name));

const server = await createServer({
  root: repository,
  configFile: false,
  logLevel: "warn",
  appType: "mpa",
  server: { port: 0, host: "localhost", hmr: false, watch: null },
  optimizeDeps: { noDiscovery: true, include: ["@huggingface/jinja", "@huggingface/tokenizers"] },
});
try {
  await server.listen();
  const { benchInBrowser } = await server.ssrLoadModule("/bench/browser.ts");
  const { adapter, only, json, start, load, "kernel-profile": profile } = values;
  const peersWithoutSubgroups = values["peers-without-subgroups"];
  const options = {
    adapter,
    only,
    reps,
    budgetSeconds,
    profile,
    json,
    start,
    load,
    peersWithoutSubgroups,
  };
  if (!(await benchInBrowser(server, options))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await server.close();
}
