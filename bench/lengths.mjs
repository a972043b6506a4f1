/**
 * `npm run bench:lengths`: scores, memory and cost of short and long texts on a small text model, in Dawn for Node; exit code 1
 * beyond the goals. See lengths.ts and README.md.
 */

import { load } from "../scripts/load.mjs";
import { numberOf, numbersOf, readOptions } from "../scripts/options.mjs";

/** How much more a token, or a pair, may cost than in the text that the others are measured against. */
const ALLOWED_GROWTH = 1.3;
const BASE_TOKENS = 1000;

const usage = `
npm run bench:lengths -- [OPTIONS]: scores, memory and cost of short and long texts

  --tokens N,…        1,31,32,33,1000,16384 by default; each that of a golden
  --reps N            repetitions, 3 by default
  --budget SECONDS    what one length may take, 180 by default
`;
const { values } = readOptions(usage, {
  options: {
    tokens: { type: "string", default: "1,31,32,33,1000,16384" },
    reps: { type: "string", default: "3" },
    budget: { type: "string", default: "180" },
  },
});
const lengths = [...new Set([...numbersOf(values, "tokens"), BASE_TOKENS])];
const [reps, budgetMs] = [numberOf(values, "reps"), 1000 * numberOf(values, "budget")];

const { measureLengths } = await load("bench/lengths.ts");
const { digits } = await load("bench/measure/digits.ts");
const { adapter, results } = await measureLengths(lengths, { reps, budgetMs });
const base = results.find(({ tokens }) => tokens === BASE_TOKENS);
const perToken = ({ restMs, tokens }) => restMs / tokens;
const perPair = ({ attentionMs, pairs }) => attentionMs / pairs;
/** What a pass would take at the base's cost of a token and of a pair. */
const explainedMs = ({ tokens, pairs }) => perToken(base) * tokens + perPair(base) * pairs;

console.log(`adapter: ${adapter}`);
const columns = [
  ["tokens", ({ tokens }) => tokens.toLocaleString("en-US")],
  ["score", ({ value }) => value.toFixed(6)],
  ["off", ({ off }) => off.toExponential(1)],
  ["ms", ({ wholeMs }) => digits(wholeMs)],
  ["ms/token", ({ wholeMs, tokens }) => digits(wholeMs / tokens)],
  ["attention ms", ({ attentionMs }) => digits(attentionMs)],
  ["ns/pair", (one) => digits(1e6 * perPair(one))],
  ["× base", (one) => digits(perPair(one) / perPair(base))],
  ["rest µs/token", (one) => digits(1000 * perToken(one))],
  ["× base", (one) => digits(perToken(one) / perToken(base))],
  ["ms / explained", (one) => digits(one.wholeMs / explainedMs(one))],
  ["held kB", ({ memory }) => digits(memory.totalBytes / 1000)],
  ["peak kB", ({ memory }) => digits(memory.peakBytes / 1000)],
  ["alive kB", ({ alivePeakBytes }) => digits(alivePeakBytes / 1000)],
];
const rows = [columns.map(([name]) => name)];
for (const one of results) rows.push(columns.map(([, cell]) => cell(one)));
const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i].length)));
for (const row of rows) console.log(row.map((cell, i) => cell.padStart(widths[i])).join("  "));

const failures = results.flatMap((one) => {
  const { tokens, off, limit, memory, alivePeakBytes } = one;
  // Shorter texts pay for the start of each step: only what grows with the length is judged.
  const isLong = tokens > BASE_TOKENS;
  return [
    !(off <= limit) && `the score is ${off} off, allowed ${limit}`,
    memory.peakBytes < alivePeakBytes && `${alivePeakBytes} bytes lived, told ${memory.peakBytes}`,
    isLong && !(perToken(one) <= ALLOWED_GROWTH * perToken(base)) && "a token costs more",
    isLong && !(one.wholeMs <= ALLOWED_GROWTH * explainedMs(one)) && "more than attention explains",
  ]
    .filter(Boolean)
    .map((what) => `${tokens} tokens: ${what}`);
});
console.log(failures.length === 0 ? "passed" : failures.join("\n"));
// Dawn's instance would keep the process.
process.exit(failures.length === 0 ? 0 : 1);
