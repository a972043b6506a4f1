/** `npm run bench:best-of-n`: what a best of 8 costs, in Node on Dawn; exit code 1 beyond the goals. See best-of-n.ts. */

import path from "node:path";
import { load, repository } from "../scripts/load.mjs";
import { numberOf, readOptions } from "../scripts/options.mjs";

const usage = `
npm run bench:best-of-n -- [OPTIONS]: what a best of 8 costs against one pass and against 8

  --model DIR    a small golden model by default
  --rounds N     3 by default
`;
const { values } = readOptions(usage, {
  options: {
    model: { type: "string", default: path.join(repository, "test/golden/models/qwen2") },
    rounds: { type: "string", default: "3" },
  },
});
const { bestOfN } = await load("bench/best-of-n.ts");
const found = await bestOfN(values.model, numberOf(values, "rounds"));
const { adapter, prefix, suffixes, rankMs, onePassMs, passesMs, overhead, gain } = found;
const ms = (time) => `${time.toFixed(1)} ms`;
console.log(`adapter    ${adapter}`);
console.log(`tokens     prefix ${prefix}, suffixes ${suffixes.join(" ")}`);
console.log(`rank       ${ms(rankMs)}`);
console.log(
  `one pass   ${ms(onePassMs)} of as many tokens: rank / it = ${overhead.toFixed(3)} (goal: 1.15)`,
);
console.log(`8 passes   ${ms(passesMs)}: rank is ${gain.toFixed(2)} times cheaper (goal: 4)`);
console.log(`scores     differ by at most ${found.worstError.toExponential(1)} (goal: 1e-5)`);
process.exit(overhead <= 1.15 && gain >= 4 && found.worstError <= 1e-5 ? 0 : 1);
