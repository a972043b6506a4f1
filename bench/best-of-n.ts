/** Measures the cost of a best of 8, in Node on Dawn. Fails if it misses the goals. */

import path from "node:path";
import { numberOf, type Values } from "../tools/options.ts";
import { repository } from "../tools/repository.ts";
import { bestOfN } from "./best-of-n/measure.ts";

export const usage = `
npm run bench -- best-of-n [OPTIONS]: what a best of 8 costs against one pass and against 8

  --model DIR    a small golden model by default
  --rounds N     3 by default
`;

export const options = {
  model: { type: "string" },
  rounds: { type: "string", default: "3" },
} as const;

const GOAL = { overhead: 1.15, gain: 4, error: 1e-5 };

export async function run({ model, rounds }: Values<typeof options>): Promise<boolean> {
  const folder = model ?? path.join(repository, "test/golden/models/qwen2");
  const found = await bestOfN(folder, numberOf("rounds", rounds));
  const { adapter, prefix, suffixes, rankMs, onePassMs, passesMs, overhead, gain } = found;
  const ms = (time: number): string => `${time.toFixed(1)} ms`;
  console.log(`adapter    ${adapter}`);
  console.log(`tokens     prefix ${prefix}, suffixes ${suffixes.join(" ")}`);
  console.log(`rank       ${ms(rankMs)}`);
  const ratio = overhead.toFixed(3);
  console.log(
    `one pass   ${ms(onePassMs)} of as many tokens: rank / it = ${ratio} (goal: ${GOAL.overhead})`,
  );
  console.log(
    `8 passes   ${ms(passesMs)}: rank is ${gain.toFixed(2)} times cheaper (goal: ${GOAL.gain})`,
  );
  const worst = found.worstError.toExponential(1);
  console.log(`scores     differ by at most ${worst} (goal: ${GOAL.error.toExponential()})`);
  return overhead <= GOAL.overhead && gain >= GOAL.gain && found.worstError <= GOAL.error;
}
