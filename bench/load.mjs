/**
 * `npm run bench:load`: how fast weights get onto the GPU, against a bare loop that reads the same bytes and writes them, and
 * how much of reading streaming hides; exit code 1 below the goals. See load.ts.
 */

import { load } from "../scripts/load.mjs";
import { numberOf, readOptions } from "../scripts/options.mjs";

const usage = `
npm run bench:load -- [OPTIONS]: how fast weights get onto the GPU, against a bare loop

  --rounds N     5 by default
  --only PART    rate, or overlap: how much of reading hides where layers are streamed
`;
const { values } = readOptions(usage, {
  options: { rounds: { type: "string", default: "5" }, only: { type: "string" } },
});
const { only } = values;
const rounds = numberOf(values, "rounds");
const { measureRates, measureOverlap } = await load("bench/load.ts");
const isRateHeld = only === "overlap" || (await measureRates(rounds));
const isOverlapHeld = only === "rate" || (await measureOverlap(rounds));
// Dawn's instance would keep the process.
process.exit(isRateHeld && isOverlapHeld ? 0 : 1);
