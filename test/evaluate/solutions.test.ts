/** Steps in reports: values, sums, the three forms of a report, and scores that are kept. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeReport } from "../../cli/output/evaluation-files.ts";
import { readBenchmark } from "../../src/evaluate/benchmarks.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { evaluationMarkdown } from "../../src/evaluate/reports/report.ts";
import type { EvaluationRow, ScoredRow } from "../../src/evaluate/rows.ts";
import { keptScores, parseScores, scoreLine } from "../../src/evaluate/scores.ts";
import { entryLine, KeptEntries, readEntry } from "../../src/score/journal.ts";

const lines = [
  { id: "a", prompt: "2(3 + 4)?", chosen: "3 + 4 = 7.\n\n2 * 7 = 14.", rejected: "3 < 4.\n\n9" },
  { id: "b", prompt: "1 + 1?", chosen: "2", rejected: "1 | 1.\n\n3" },
];

async function rows(): Promise<readonly EvaluationRow[]> {
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  const bytes = new TextEncoder().encode(text).buffer;
  return (await readBenchmark("pairs", [{ name: "pairs.jsonl", bytes }])).rows;
}

/** By the least the first pair is wrong and the second right; by the last both are right. */
const VALUES = [
  [
    [0.25, 0.75],
    [0.5, 0.5],
  ],
  [[0.875], [0.125, 0.75]],
];

const scored = (all: readonly EvaluationRow[], values = VALUES): ScoredRow[] =>
  all.map((row, i) => ({
    ...row,
    scores: (values[i] ?? []).map((steps) => Math.min(...steps)),
    pixels: undefined,
    stepValues: values[i],
  }));

test("evaluate: values of steps → which sum tells best, and each solution", async () => {
  const report = evaluate({
    benchmark: "pairs",
    rows: scored(await rows()),
    judge: { model: "prm" },
    bootstrap: { resamples: 50 },
  });
  expect(report.steps).toMatchObject({ solutions: 4, steps: 7 });
  expect(report.steps?.sums.map(({ name, value }) => [name, value])).toEqual([
    ["min", 0.5],
    ["product", 0.5],
    ["last", 1],
  ]);
  const [first] = report.wrong;
  expect(first?.solutions).toEqual([
    {
      steps: [
        { text: "3 + 4 = 7.", value: 0.25 },
        { text: "2 * 7 = 14.", value: 0.75 },
      ],
      min: 0.25,
      product: 0.1875,
      last: 0.75,
    },
    {
      steps: [
        { text: "3 < 4.", value: 0.5 },
        { text: "9", value: 0.5 },
      ],
      min: 0.5,
      product: 0.25,
      last: 0.5,
    },
  ]);
  const folder = await mkdtemp(path.join(tmpdir(), "vl-reward-solutions-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const markdown = await writeReport(folder, report);
  expect(markdown).toContain("| last | 100.0 |");
  expect(markdown).toContain("| a | 1, right | 0.250 · 0.750 | 0.250 | 0.188 | 0.750 |");
  expect(markdown).toContain("| b | 2 | 0.125 · 0.750 | 0.125 | 0.094 | 0.750 |");
  const page = await readFile(path.join(folder, "report.html"), "utf8");
  expect(page).toContain("<td>2 * 7 = 14.</td><td>0.750</td>");
  expect(page).toContain("min 0.250, product 0.188, last 0.750");
  // Texts of files are escaped.
  expect(page).toContain("<td>3 &lt; 4.</td><td>0.500</td>");
  expect(page).not.toContain("3 < 4.");
});

test("evaluate: a row without values of steps, or none with → no section of steps", async () => {
  const all = await rows();
  for (const values of [[], VALUES.slice(0, 1)]) {
    const some = scored(all, values).map((row, i) => ({ ...row, scores: [i, 1] }));
    const report = evaluate({ benchmark: "pairs", rows: some, judge: { model: "judge" } });
    expect(report.steps).toBeUndefined();
    expect(evaluationMarkdown(report)).not.toContain("score by");
  }
});

test("scores: values of steps → kept and read back in the order of the responses", async () => {
  const [row] = await rows();
  const swapped = { ...row!, isSwapped: true };
  const scores = { scores: [0.25, 0.5], pixels: undefined, stepValues: VALUES[0] };
  const text = entryLine(scoreLine(swapped, scores));
  expect(text).toContain('"step_values":[[0.5,0.5],[0.25,0.75]]');
  const kept = new KeptEntries();
  kept.add(readEntry(text) as ReturnType<typeof scoreLine>);
  expect(keptScores(kept, swapped)).toEqual(scores);
  expect(parseScores(text, "scores.jsonl").join([swapped])).toMatchObject([scores]);
});

test.each([
  ["a number", 1],
  ["a text", [["0.5"], [0.5]]],
  ["no step", [[], [0.5]]],
])("scores: step_values with %s → InputError that names the line", (_, stepValues) => {
  const line = JSON.stringify({ id: "a", scores: [1, 2], step_values: stepValues });
  expect(() => parseScores(line, "mine.jsonl")).toThrow(/mine\.jsonl, line 1.*step_values/s);
});
