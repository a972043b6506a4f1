/**
 * A made-up Skywork-VL-Reward-7B, 16.6 GB that take no disk, streamed through 4 GiB of GPU memory
 * on this machine's adapter or on SwiftShader.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { numberOf, type Values } from "../tools/options.ts";
import { soak7b } from "./parts/7b.ts";

export const usage = `
npm run soak -- 7b [OPTIONS]: a made-up Skywork-VL-Reward-7B streamed through little GPU memory

  --layers N        of the decoder, 28 by default
  --short N         layers of the model that is loaded resident as well, 2 by default
  --budget BYTES    of GPU memory, 4 GiB by default
  --no-crash        no lost device in mid-score
`;

export const options = {
  layers: { type: "string", default: "28" },
  short: { type: "string", default: "2" },
  budget: { type: "string", default: "4294967296" },
  "no-crash": { type: "boolean", default: false },
} as const;

export async function run(values: Values<typeof options>): Promise<boolean> {
  // The heap is measured after a collection, as with `node --expose-gc`.
  setFlagsFromString("--expose-gc");
  globalThis.gc = runInNewContext("gc") as NodeJS.GCFunction;
  const faults = await soak7b({
    layers: numberOf("layers", values.layers),
    shortLayers: numberOf("short", values.short),
    budgetBytes: numberOf("budget", values.budget),
    isCrashed: !values["no-crash"],
    log: (line) => console.log(line),
  });
  console.log(faults.length === 0 ? "passed" : `failed: ${faults.join("; ")}`);
  return faults.length === 0;
}
