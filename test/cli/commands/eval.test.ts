/**
 * `vl-reward eval` without an engine: kept scores to the three forms of a report; wrong use.
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../../testing/cli/run.ts";

const golden = path.join(import.meta.dirname, "../../evaluate/golden");
const weights = path.join(import.meta.dirname, "../../../weights/tiny-vl-reward");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-eval-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("eval: VL-RewardBench's parquet and scores → report.json, report.md beside others, report.html", async () => {
  const output = path.join(folder, "vl");
  const scores = path.join(golden, "vl-rewardbench-scores.jsonl");
  const files = [path.join(golden, "vl-rewardbench.parquet"), "--scores", scores];
  const how = ["--benchmark", "vl-rewardbench", "--resamples", "200", "--output", output];
  const { code, out, err } = await run("eval", ...how, ...files);
  expect([code, err]).toEqual([0, `report: ${path.join(output, "report.html")}`]);
  expect(out).toMatch(/^\| \*\*Overall\*\* \| 300 \| 65\.0 \| \d\d\.\d – \d\d\.\d \| 47\.0 \|/m);
  expect(out).toContain("| Skywork-VL Reward 7B | 73.1 | 69.0 | 66.0 | 80.0 | 61.0 |");
  expect(out).toContain("The published benchmark has 1250 rows");
  expect(out).toContain("1 rows repeat another word for word");
  expect(await readFile(path.join(output, "report.md"), "utf8")).toBe(`${out}\n`);
  const html = await readFile(path.join(output, "report.html"), "utf8");
  expect(html.match(/<svg/g)).toHaveLength(4);
  // Self-contained: nothing is fetched, and nothing runs.
  expect(html).not.toMatch(/<script|<link|src=|url\(|@import/);
  const report = JSON.parse(await readFile(path.join(output, "report.json"), "utf8"));
  expect(report).toMatchObject({ kind: "evaluation", rows: 300, bootstrap: { resamples: 200 } });
});

test("eval: the embedded model's held-out pairs and their reference scores → 98 % or more", async () => {
  const output = path.join(folder, "tiny");
  const pairs = path.join(weights, "heldout/pairs.jsonl");
  const scores = ["--scores", path.join(weights, "reference_scores.json"), "--scores-name", "bf16"];
  const how = ["--benchmark", "pairs", "--model", weights, "--output", output, "--quiet"];
  const { code, err } = await run("eval", ...how, ...scores, pairs);
  expect([code, err]).toEqual([0, ""]);
  const report = JSON.parse(await readFile(path.join(output, "report.json"), "utf8"));
  const lines = (await readFile(pairs, "utf8")).trimEnd().split("\n");
  expect(report.rows).toBe(lines.length);
  expect(report.metrics[0].value).toBeGreaterThan(0.98);
  expect(report.judge).toMatchObject({ model: "tiny-vl-reward", maxPixels: 25088 });
});

test("eval: texts that look like HTML → shown as text", async () => {
  const pairs = path.join(folder, "hostile.jsonl");
  const bad = "<img src=x onerror=alert(1)>";
  const row = { id: bad, prompt: bad, chosen: bad, rejected: "b", category: bad };
  const other = { id: "2", prompt: "p", chosen: "c", rejected: "d", category: "x" };
  await writeFile(pairs, `${JSON.stringify(row)}\n${JSON.stringify(other)}\n`);
  const scores = path.join(folder, "hostile-scores.jsonl");
  const line = (id: string, values: number[]): string =>
    `${JSON.stringify({ id, scores: values })}\n`;
  await writeFile(scores, line(bad, [0, 1]) + line("2", [1, 0]));
  const output = path.join(folder, "hostile");
  await run("eval", "--benchmark", "pairs", "--scores", scores, "--output", output, pairs);
  const html = await readFile(path.join(output, "report.html"), "utf8");
  expect(html).toContain("&lt;img src=x onerror");
  expect(html).not.toContain("<img");
});

test.each([
  [["--output", "o", "f"], "--benchmark is missing: vl-rewardbench"],
  [["--benchmark", "x", "--output", "o", "f"], "--benchmark takes vl-rewardbench"],
  [["--benchmark", "pairs", "f"], "--output is missing"],
  [["--benchmark", "pairs", "--output", "o"], "no file given"],
  [["--benchmark", "pairs", "--output", "o", "f", "--seed", "x"], "--seed takes a whole number"],
  [["--benchmark", "pairs", "--output", "o", "f", "--resamples", "0"], "from 1; got 0"],
])("eval %j → exit code 2 and why", async (args, why) => {
  const { code, err } = await run("eval", ...args);
  expect([code, err.includes(why)]).toEqual([2, true]);
});

test("eval: scores of other rows → an error, no report of nothing", async () => {
  const pairs = path.join(folder, "unscored.jsonl");
  await writeFile(
    pairs,
    `${JSON.stringify({ id: "1", prompt: "p", chosen: "a", rejected: "b" })}\n`,
  );
  const scores = path.join(folder, "other-scores.jsonl");
  await writeFile(scores, `${JSON.stringify({ id: "2", scores: [1, 0] })}\n`);
  const output = path.join(folder, "nothing");
  const how = ["--benchmark", "pairs", "--scores", scores, "--output", output];
  const { code, err } = await run("eval", ...how, pairs);
  expect(code).toBe(1);
  expect(err).toMatch(/^InputError: .*no row/);
});

test.each([
  ["gone.jsonl", undefined, "there is no such file"],
  ["other.jsonl", '{"id": 1, "prompt": "p"}\n', "field chosen: expected a text, got nothing"],
  ["broken.jsonl", '{"id": 1,\n', "is not JSON"],
  ["broken.parquet", "PAR1 and no more", "is damaged parquet"],
  ["empty.jsonl", "\n", "has no rows"],
  ["binary.bin", Buffer.from([0xff, 0xfe, 0x00]), "is neither parquet nor UTF-8"],
])("eval: %s → refused, 1", async (name, content, why) => {
  const file = path.join(folder, name);
  if (content !== undefined) await writeFile(file, content);
  const { code, err } = await run("eval", "--benchmark", "pairs", "--output", folder, file);
  expect(code).toBe(1);
  expect(err).toContain(why);
});
