/**
 * `npm run bench:native [-- --only matmul,attention,resize,prefill --model 0.6B,3B,7B --form f32,bf16,q8,q4 --tokens 512,4096
 * --layers N --reps N --budget SECONDS --kernel-profile P --json FILE|-]`: kernels and whole prefills in Dawn for Node.
 * See bench/README.md.
 */

import { parseArgs } from "node:util";
import { createServer } from "vite";
import { repository } from "./load.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "matmul,attention,resize,prefill" },
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
const tokens = list(values.tokens).map(Number);
const [layers, reps, budgetSeconds] = [values.layers, values.reps, values.budget].map(Number);
if (![...tokens, layers, reps, budgetSeconds].every((number) => number > 0)) {
  console.error("--tokens, --layers, --reps and --budget take numbers");
  process.exit(2);
}

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
