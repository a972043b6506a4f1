/**
 * Every metric, interval and diagnostic against what numpy and scipy make of the same files
 * (golden/make.py).
 */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { readBenchmark, type BenchmarkName } from "../../src/evaluate/benchmarks.ts";
import { evaluate, type EvaluationReport } from "../../src/evaluate/evaluate.ts";
import { keptScores, parseScores, scoreLine } from "../../src/evaluate/scores.ts";
import { EmbeddedPicture } from "../../src/rows/embedded-picture.ts";
import { readPicture } from "../../src/rows/table-file.ts";
import { entryLine, KeptEntries, readEntry } from "../../src/score/journal.ts";
import { golden, goldenFile } from "./golden.ts";

interface Table {
  readonly [name: string]: number;
}

interface Expected {
  readonly values: Table;
  readonly intervals?: { readonly [name: string]: readonly [number, number] };
}

const expected = (await golden("expected.json")) as { readonly [name: string]: Expected };

async function report(benchmark: BenchmarkName, file: string): Promise<EvaluationReport> {
  const read = await readBenchmark(benchmark, [await goldenFile(file)]);
  const scoresFile = path.join(import.meta.dirname, `golden/${benchmark}-scores.jsonl`);
  const rows = parseScores(await readFile(scoresFile, "utf8"), scoresFile).join(read.rows);
  return evaluate({ ...read, benchmark, rows, judge: { model: "made up" } });
}

const files = {
  "vl-rewardbench": "vl-rewardbench.parquet",
  "multimodal-rewardbench": "multimodal-rewardbench.json",
  "mm-rlhf": "mm-rlhf.jsonl",
  rewardbench: "rewardbench.jsonl",
  "rewardbench-2": "rewardbench-2.jsonl",
} as const;

test.each(Object.entries(files))(
  "evaluate: %s → every metric as numpy has it",
  async (name, file) => {
    const benchmark = name as keyof typeof files;
    const { metrics } = await report(benchmark, file);
    const values = Object.fromEntries(metrics.map((one) => [one.name, one.value]));
    const wanted = expected[benchmark]!;
    expect(Object.keys(values).toSorted()).toEqual(Object.keys(wanted.values).toSorted());
    for (const [metric, value] of Object.entries(wanted.values)) {
      expect(values[metric], metric).toBeCloseTo(value, 12);
    }
    for (const [metric, [low, high]] of Object.entries(wanted.intervals ?? {})) {
      const own = metrics.find((one) => one.name === metric)!.interval!;
      // Both draw at random: each end within 1 % of scipy's.
      expect(Math.abs(own.low / low - 1), `${metric}, low`).toBeLessThan(0.01);
      expect(Math.abs(own.high / high - 1), `${metric}, high`).toBeLessThan(0.01);
    }
  },
);

test("evaluate: VL-RewardBench's own schema → groups, clusters, baselines, length, calibration", async () => {
  const own = await report("vl-rewardbench", files["vl-rewardbench"]);
  const wanted = expected["vl-rewardbench"] as unknown as {
    readonly counts: Table;
    readonly shorterWins: Table;
    readonly longerWins: Table;
    readonly lengthBins: readonly [number, number][];
    readonly calibration: Table;
    readonly wrong: readonly string[];
    readonly [name: string]: unknown;
  };
  expect([own.rows, own.duplicates, own.clusters, own.ties]).toEqual([
    wanted["rows"],
    wanted["duplicates"],
    wanted["clusters"],
    wanted["ties"],
  ]);
  for (const { name, count, shorterWins, longerWins } of own.metrics) {
    if (wanted.counts[name] !== undefined) expect(count).toBe(wanted.counts[name]);
    expect(shorterWins, name).toBeCloseTo(wanted.shorterWins[name]!, 12);
    expect(longerWins, name).toBeCloseTo(wanted.longerWins[name]!, 12);
  }
  expect(own.length.bins.map(({ count }) => count)).toEqual(wanted.lengthBins.map(([n]) => n));
  own.length.bins.forEach(({ accuracy }, i) =>
    expect(accuracy).toBeCloseTo(wanted.lengthBins[i]![1], 12),
  );
  expect(own.length.scoreAndLength).toBeCloseTo(Number(wanted["scoreAndLength"]), 12);
  expect(own.length.differences).toBeCloseTo(Number(wanted["differences"]), 12);
  const { temperature, error, errorAtOne } = wanted.calibration;
  expect(own.calibration.temperature! / temperature!).toBeCloseTo(1, 5);
  expect(own.calibration.errorAtOne).toBeCloseTo(errorAtOne!, 10);
  expect(own.calibration.error).toBeCloseTo(error!, 5);
  const byId = new Set(wanted.wrong);
  expect(own.wrong).toHaveLength(wanted.wrong.length);
  expect(own.wrong.every(({ id }) => byId.has(id))).toBe(true);
  expect(own.wrong.map(({ margin }) => margin)).toEqual(
    own.wrong.map(({ margin }) => margin).toSorted((a, b) => a - b),
  );
});

test("evaluate: the same seed → the same intervals, another → others", async () => {
  const read = await readBenchmark("mm-rlhf", [await goldenFile(files["mm-rlhf"])]);
  const scored = read.rows.map((row, i) => ({ ...row, scores: [i % 3, 1], pixels: undefined }));
  const run = (seed: number): unknown =>
    evaluate({
      benchmark: "mm-rlhf",
      rows: scored,
      judge: { model: "m" },
      bootstrap: { seed, resamples: 300 },
    }).metrics.map(({ interval }) => interval);
  expect(run(3)).toEqual(run(3));
  expect(run(3)).not.toEqual(run(4));
});

test("evaluate: a tie → wrong; nothing scored, or a score that is no number → refused", async () => {
  const read = await readBenchmark("mm-rlhf", [await goldenFile(files["mm-rlhf"])]);
  const [row] = read.rows;
  const judge = { model: "m" };
  const scored = (scores: number[]) => [{ ...row!, scores, pixels: undefined }];
  const tie = evaluate({ benchmark: "pairs", rows: scored([0.5, 0.5]), judge });
  expect([tie.metrics[0]?.value, tie.ties, tie.wrong.length]).toEqual([0, 1, 1]);
  const one = evaluate({ benchmark: "pairs", rows: scored([0.6, 0.5]), judge });
  expect([one.metrics[0]?.value, one.calibration.temperature]).toEqual([1, undefined]);
  expect(() => evaluate({ benchmark: "pairs", rows: [], judge })).toThrow("no row has a score");
  expect(() => evaluate({ benchmark: "pairs", rows: scored([NaN, 0]), judge })).toThrow("NaN");
  expect(() => evaluate({ benchmark: "pairs", rows: scored([1]), judge })).toThrow(
    "2 finite numbers",
  );
});

test("readPicture: parquet of several row groups → each row's own bytes", async () => {
  const { rows, tables } = await readBenchmark("vl-rewardbench", [
    await goldenFile(files["vl-rewardbench"]),
  ]);
  for (const i of [0, 150, 299]) {
    const [picture] = rows[i]!.pictures;
    if (!(picture instanceof EmbeddedPicture)) throw new Error("the picture is not embedded");
    const bytes = await readPicture(tables, picture);
    expect(Array.from((bytes as Uint8Array).slice(0, 4))).toEqual([0x89, 0x50, 0x4e, 0x47]);
  }
});

test("scores: kept and read back → the same rows, repeated ids and swapped responses kept apart", async () => {
  const { rows } = await readBenchmark("vl-rewardbench", [
    await goldenFile(files["vl-rewardbench"]),
  ]);
  const scored = rows.map((row, i) => ({ ...row, scores: [i, i + 0.5], pixels: undefined }));
  // Out of order, as several machines would have written them.
  const lines = scored.map((row) => JSON.stringify(scoreLine(row, row))).toReversed();
  const text = `${JSON.stringify({ judge: {} })}\n${lines.join("\n")}\n`;
  const back = parseScores(text, "scores.jsonl").join(rows);
  expect(back.map(({ scores }) => scores)).toEqual(scored.map(({ scores }) => scores));
  expect(() => parseScores(`${text}{"id": "cut o`, "scores.jsonl")).toThrow(
    "scores.jsonl, line 302: is not a JSON object",
  );
  const kept = new KeptEntries();
  for (const row of scored.toReversed()) {
    const entry = readEntry(entryLine(scoreLine(row, row)));
    if (typeof entry === "string") throw new Error(entry);
    kept.add(entry);
  }
  expect(rows.map((row) => keptScores(kept, row)?.scores)).toEqual(
    scored.map(({ scores }) => scores),
  );
  const swapped = rows.find(({ isSwapped }) => isSwapped)!;
  expect(scoreLine(swapped, { scores: [2, 1], pixels: undefined })).toMatchObject({
    scores: [1, 2],
  });
});

test.each([
  ['{"pairs": {"a": {"x": [1, 2], "y": [3, 4]}}}', "y", [3, 4]],
  ['{"a": [1, 2]}', undefined, [1, 2]],
  ['{"id": "a", "scores": [5, 6]}', undefined, [5, 6]],
])("scores: %s, %s → %j", (text, name, scores) => {
  const row = { id: "a", digest: "", responses: ["", ""], isSwapped: false };
  const joined = parseScores(text, "s", { name }).join([row as never]);
  expect(joined[0]?.scores).toEqual(scores);
});

test.each([
  ['{"a": {"x": [1, 2]}}', "--scores-name, one of x"],
  ['{"a": [1, 2, 3]}', "another number of scores"],
  ['{"id": "a", "scores": ["1"]}', "has no list of finite scores"],
  ["[]", "is not a JSON object"],
  ['{"id": [], "scores": []}', "has no id"],
])("scores: %s → %s", (text, why) => {
  const row = { id: "a", digest: "", responses: ["", ""], isSwapped: false };
  expect(() => parseScores(text, "s").join([row as never])).toThrow(why);
});
