/**
 * `npm run bench:load`: how fast weights get onto the GPU, against a bare loop that reads the same bytes and
 * writes them; exit code 1 below 70 % of it. See load.ts.
 */

import { load } from "../scripts/load.mjs";
import { numberOf, readOptions } from "../scripts/options.mjs";

/** Issue 5: of the bare loop's rate, in the same run. */
const WANTED = 0.7;

const usage = `
npm run bench:load -- [OPTIONS]: how fast weights get onto the GPU, against a bare loop

  --rounds N    5 by default
`;
const { values } = readOptions(usage, { options: { rounds: { type: "string", default: "5" } } });
const rounds = numberOf(values, "rounds");
const { loadRates } = await load("bench/load.ts");
const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(0);
let isRight = true;
for (const [source, { bytes, bareRate, ourRate, ratio }] of await loadRates(rounds)) {
  isRight &&= ratio >= WANTED;
  console.log(
    `${source.padEnd(12)} ${megabytes(bytes)} MB: bare ${megabytes(bareRate)} MB/s, ours ${megabytes(ourRate)} MB/s: ` +
      `${(100 * ratio).toFixed(0)} % (wanted ${100 * WANTED})`,
  );
}
process.exit(isRight ? 0 : 1);
