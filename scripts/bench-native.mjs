/** `npm run bench:native`: kernels and whole prefills in Dawn for Node. See bench/README.md. */

import { createServer } from "vite";
import { repository } from "./load.mjs";
import { numberOf, numbersOf, readOptions } from "./options.mjs";

const usage = `
npm run bench:native -- [OPTIONS]: kernels and whole prefills in Dawn for Node

  --only NAME,…         matmul, f16, attention, resize, prefill: all by default
  --model SIZE,…        0.6B (the default), 3B, 7B: the shapes of prefills
  --form FORM,…         f32, bf16 (the default), q8, q4: how weights are held
  --tokens N,…          lengths of prefills, 512 and 4096 by default
  --layers N            layers of a prefill at most
  --reps N              repetitions, 5 by default
  --budget SECONDS      what one case may take, 120 by default
  --kernel-profile P    another profile than the adapter's own
  --json FILE           results as JSON; - prints them alone
`;
const { values } = readOptions(usage, {
  options: {
    only: { type: "string", default: "matmul,f16,attention,resize,prefill" },
    model: { type: "string", default: "0.6B" },
    form: { type: "string", default: "bf16" },
    tokens: { type: "string", default: "512,4096" },
    layers: { type: "string", default: "100" },
    reps: { type: "string", default: "5" },
    budget: { type: "string", default: "120" },
    "kernel-profile": { type: "string" },
    json: { type: "string" },
  },
});
const list = (text) => text.split(",").map((part) => part.trim());
const tokens = numbersOf(values, "tokens");
const [layers, reps, budgetSeconds] = ["layers", "reps", "budget"].map((name) =>
  numberOf(values, name),
);

const server = await createServer({
  root: repository,
  configFile: false,
  logLevel: "error",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
let status = 0;
try {
  const { benchNative } = await server.ssrLoadModule("/bench/native/native.ts");
  await benchNative({
    sections: list(values.only),
    models: list(values.model),
    forms: list(values.form),
    tokens,
    layers,
    reps,
    budgetSeconds,
    profile: values["kernel-profile"],
    json: values.json,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  status = 1;
}
await server.close();
// Dawn for Node would keep the process alive.
process.exit(status);
