/**
 * `npm run soak:7b [-- --layers N] [--short N] [--budget BYTES] [--no-crash]`: a made-up Skywork-VL-Reward-7B, 16.6 GB that take no disk, streamed
 * through 4 GiB of GPU memory on this machine's adapter or on SwiftShader.
 */

import { parseArgs } from "node:util";
import { load } from "./load.mjs";

const { values } = parseArgs({
  options: {
    layers: { type: "string", default: "28" },
    short: { type: "string", default: "2" },
    "no-crash": { type: "boolean", default: false },
    budget: { type: "string", default: String(4 * 2 ** 30) },
  },
});

const { soak7b } = await load("test/support/soak-7b.ts");
const faults = await soak7b({
  layers: Number(values.layers),
  shortLayers: Number(values.short),
  budgetBytes: Number(values.budget),
  isCrashed: !values["no-crash"],
  log: (/** @type {string} */ line) => console.log(line),
});
console.log(faults.length === 0 ? "passed" : `failed: ${faults.join("; ")}`);
// Dawn's instance would keep the process.
process.exit(faults.length === 0 ? 0 : 1);
