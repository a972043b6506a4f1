/**
 * `npm run bench:visits`: what a quantised copy in the store spares the second visit; exit code 1 where that reads more than the
 * copy has, asks the server, or scores otherwise. See visits.ts.
 */

import { openModules } from "../scripts/load.mjs";
import { numberOf, readOptions, refuse } from "../scripts/options.mjs";

const usage = `
npm run bench:visits -- [OPTIONS]: bytes and seconds of first and second visits, stored and quantised

  --layers N        of the made-up model, 12 by default: about a gigabyte
  --weights FORM    q4 (the default) or q8
`;
const { values } = readOptions(usage, {
  options: {
    layers: { type: "string", default: "12" },
    weights: { type: "string", default: "q4" },
  },
});
const layers = numberOf(values, "layers");
if (!["q4", "q8"].includes(values.weights))
  refuse(`--weights takes q4 or q8; got ${values.weights}`);

const modules = await openModules();
const { measureVisits, sizesOf7b } = await modules.load("bench/visits.ts");
const [stored, quantised] = await measureVisits(layers, values.weights);

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const seconds = (ms) => (ms === undefined ? "" : `${(ms / 1000).toFixed(1)} s`);
const rows = [
  ["weights", "visit", "from the net", "read of the store", "to the first score", "copy kept in"],
  ...[stored, quantised].flatMap(({ weights, first, second }) =>
    Object.entries({ first, second }).map(([visit, { netBytes, readBytes, ms, keepMs }]) => [
      weights,
      visit,
      megabytes(netBytes),
      megabytes(readBytes),
      seconds(ms),
      seconds(visit === "first" ? keepMs : undefined),
    ]),
  ),
];
const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
console.log(`adapter: ${stored.first.adapter}`);
for (const row of rows) console.log(row.map((cell, i) => cell.padStart(widths[i])).join("  "));
const { first, second } = quantised;
console.log(`files ${megabytes(first.storedBytes)}, copy ${megabytes(second.copyBytes)}`);
const gigabytes = (bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
const { files, q8, q4, embedding } = await sizesOf7b();
console.log(
  `computed from its layout, not measured: the 7B's files ${gigabytes(files)}, its copy in q8 ${gigabytes(q8)}, in q4 ${gigabytes(q4)}; ` +
    `in each ${gigabytes(embedding)} of embedding, of which a visit reads a few rows`,
);

const isSame = (a, b) => a.length > 0 && a.every((value, i) => value === b[i]);
const failures = [
  !(second.copyBytes > 0) && "no copy was kept",
  second.readBytes > second.copyBytes && "the second visit read more than the copy has",
  second.netBytes > 0 && "the second visit asked the server",
  !isSame(first.values, second.values) && "the second visit scored otherwise",
].filter(Boolean);
console.log(failures.length === 0 ? "passed" : failures.join("\n"));
await modules.close();
process.exit(failures.length === 0 ? 0 : 1);
