/**
 * `npm run soak:7b`: a made-up Skywork-VL-Reward-7B, 16.6 GB that take no disk, streamed through 4 GiB of GPU memory on this
 * machine's adapter or on SwiftShader.
 */

import { load } from "./load.mjs";
import { numberOf, readOptions } from "./options.mjs";

const usage = `
npm run soak:7b -- [OPTIONS]: a made-up Skywork-VL-Reward-7B streamed through little GPU memory

  --layers N        of the decoder, 28 by default
  --short N         layers of the model that is loaded resident as well, 2 by default
  --budget BYTES    of GPU memory, 4 GiB by default
  --no-crash        no lost device in mid-score
`;
const { values } = readOptions(usage, {
  options: {
    layers: { type: "string", default: "28" },
    short: { type: "string", default: "2" },
    "no-crash": { type: "boolean", default: false },
    budget: { type: "string", default: String(4 * 2 ** 30) },
  },
});

const { soak7b } = await load("soak/7b.ts");
const faults = await soak7b({
  layers: numberOf(values, "layers"),
  shortLayers: numberOf(values, "short"),
  budgetBytes: numberOf(values, "budget"),
  isCrashed: !values["no-crash"],
  log: (/** @type {string} */ line) => console.log(line),
});
console.log(faults.length === 0 ? "passed" : `failed: ${faults.join("; ")}`);
// Dawn's instance would keep the process.
process.exit(faults.length === 0 ? 0 : 1);
