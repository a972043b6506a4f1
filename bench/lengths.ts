/**
 * Scores, memory and cost of short and long texts on a small text model, in Dawn for Node. Fails
 * beyond the goals. See README.md.
 */

import { numberOf, numbersOf, type Values } from "../tools/options.ts";
import { type LengthResult, measureLengths } from "./lengths/measure.ts";
import { digits } from "./measure/digits.ts";

export const usage = `
npm run bench -- lengths [OPTIONS]: scores, memory and cost of short and long texts

  --tokens N,…        1,31,32,33,1000,16384 by default; each that of a golden
  --reps N            repetitions, 3 by default
  --budget SECONDS    what one length may take, 180 by default
`;

export const options = {
  tokens: { type: "string", default: "1,31,32,33,1000,16384" },
  reps: { type: "string", default: "3" },
  budget: { type: "string", default: "180" },
} as const;

/**
 * How much more a token, or a pair, may cost than in the text that the others are measured against.
 */
const ALLOWED_GROWTH = 1.3;
const BASE_TOKENS = 1000;

export async function run(values: Values<typeof options>): Promise<boolean> {
  const lengths = [...new Set([...numbersOf("tokens", values.tokens), BASE_TOKENS])];
  const reps = numberOf("reps", values.reps);
  const budgetMs = 1000 * numberOf("budget", values.budget);
  const { adapter, results } = await measureLengths(lengths, { reps, budgetMs });
  const base = results.find(({ tokens }) => tokens === BASE_TOKENS);
  if (!base) throw new Error(`${BASE_TOKENS} tokens were not measured`);
  console.log(`adapter: ${adapter}`);
  for (const line of tableLines(results, base)) console.log(line);
  const failures = results.flatMap((one) => failuresOf(one, base));
  console.log(failures.length === 0 ? "passed" : failures.join("\n"));
  return failures.length === 0;
}

function msPerToken({ restMs, tokens }: LengthResult): number {
  return restMs / tokens;
}

function msPerPair({ attentionMs, pairs }: LengthResult): number {
  return attentionMs / pairs;
}

/** Returns what a pass would take at the base's cost of a token and of a pair. */
function explainedMs({ tokens, pairs }: LengthResult, base: LengthResult): number {
  return msPerToken(base) * tokens + msPerPair(base) * pairs;
}

function tableLines(results: readonly LengthResult[], base: LengthResult): string[] {
  const columns: [string, (one: LengthResult) => string][] = [
    ["tokens", ({ tokens }) => tokens.toLocaleString("en-US")],
    ["score", ({ value }) => value.toFixed(6)],
    ["off", ({ off }) => off.toExponential(1)],
    ["ms", ({ wholeMs }) => digits(wholeMs)],
    ["ms/token", ({ wholeMs, tokens }) => digits(wholeMs / tokens)],
    ["attention ms", ({ attentionMs }) => digits(attentionMs)],
    ["ns/pair", (one) => digits(1e6 * msPerPair(one))],
    ["× base", (one) => digits(msPerPair(one) / msPerPair(base))],
    ["rest µs/token", (one) => digits(1000 * msPerToken(one))],
    ["× base", (one) => digits(msPerToken(one) / msPerToken(base))],
    ["ms / explained", (one) => digits(one.wholeMs / explainedMs(one, base))],
    ["held kB", ({ memory }) => digits(memory.totalBytes / 1000)],
    ["peak kB", ({ memory }) => digits(memory.peakBytes / 1000)],
    ["alive kB", ({ alivePeakBytes }) => digits(alivePeakBytes / 1000)],
  ];
  const cells = columns.map(([name, cell]) => [name, ...results.map(cell)]);
  const padded = cells.map((column) => {
    const width = Math.max(...column.map((cell) => cell.length));
    return column.map((cell) => cell.padStart(width));
  });
  return [...results.keys(), results.length].map((row) =>
    padded.map((column) => column[row]).join("  "),
  );
}

function failuresOf(one: LengthResult, base: LengthResult): string[] {
  const { tokens, off, limit, memory, alivePeakBytes } = one;
  // Shorter texts pay for the start of each step: only what grows with the length is judged.
  const isLong = tokens > BASE_TOKENS;
  const found: [boolean, string][] = [
    [!(off <= limit), `the score is ${off} off, allowed ${limit}`],
    [
      memory.peakBytes < alivePeakBytes,
      `${alivePeakBytes} bytes allocated, reported ${memory.peakBytes}`,
    ],
    [isLong && !(msPerToken(one) <= ALLOWED_GROWTH * msPerToken(base)), "a token costs more"],
    [
      isLong && !(one.wholeMs <= ALLOWED_GROWTH * explainedMs(one, base)),
      "more than attention explains",
    ],
  ];
  return found.filter(([isWrong]) => isWrong).map(([, what]) => `${tokens} tokens: ${what}`);
}
