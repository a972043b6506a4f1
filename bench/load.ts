/**
 * How fast weights get onto the GPU, against a bare loop that reads the same bytes and writes them,
 * and how much of reading streaming hides. Fails below the goals.
 */

import { numberOf, UsageError, type Values } from "../tools/options.ts";
import { measureOverlap, measureRates } from "./load/measure.ts";

export const usage = `
npm run bench -- load [OPTIONS]: how fast weights get onto the GPU, against a bare loop

  --rounds N     5 by default
  --only PART    rate, or overlap: how much of reading hides if layers are streamed
`;

export const options = {
  rounds: { type: "string", default: "5" },
  only: { type: "string" },
} as const;

export async function run({ rounds, only }: Values<typeof options>): Promise<boolean> {
  if (only !== undefined && only !== "rate" && only !== "overlap")
    throw new UsageError(`--only: expected rate or overlap, got ${only}`);
  const times = numberOf("rounds", rounds);
  const isRateHeld = only === "overlap" || (await measureRates(times));
  const isOverlapHeld = only === "rate" || (await measureOverlap(times));
  return isRateHeld && isOverlapHeld;
}
