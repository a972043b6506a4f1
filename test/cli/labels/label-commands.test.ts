/** `label-stats` and `threshold`, from files to files; nothing is scored. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../../testing/cli/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-labels-"));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

async function write(name: string, rows: readonly unknown[]): Promise<string> {
  await writeFile(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return at(name);
}

const label = (i: number, value: string, more: Readonly<Record<string, unknown>> = {}) => ({
  id: i,
  prompt: `Question ${i}`,
  responses: ["yes", "no"],
  label: value,
  ...more,
});

test("label-stats: two raters' files, scores in rows → JSON, Markdown, a page", async () => {
  const eva = await write("eva.jsonl", [
    label(1, "a", { scores: [2, 1] }),
    label(2, "b", { scores: [2, 1] }),
    label(3, "tie"),
  ]);
  const max = await write("max.jsonl", [label(1, "a"), label(2, "a"), label(3, "tie")]);
  const { code, out } = await run("label-stats", eva, max, "--output", at("stats"));
  expect(code).toBe(0);
  expect(out).toContain("6 labels of 3 pairs, 3 prompts");
  expect(out).toContain("1 pairs are labelled in more than one way");
  const statistics = JSON.parse(await readFile(at("stats/label-stats.json"), "utf8"));
  expect(statistics.raters.map(({ rater }: { rater: string }) => rater)).toEqual([
    "eva.jsonl",
    "max.jsonl",
  ]);
  expect(statistics.raters[0].model).toMatchObject({ count: 2, equal: 1 });
  expect(await readFile(at("stats/report.html"), "utf8")).toContain("<h2>Raters</h2>");
});

test("label-stats: names with HTML and pipes → no markup of theirs in the reports", async () => {
  const file = await write("odd.jsonl", [label(1, "a", { rater: "<img src=x>|x" })]);
  await run("label-stats", file, "--output", at("odd"));
  for (const name of ["report.md", "report.html"]) {
    expect(await readFile(at(`odd/${name}`), "utf8")).not.toContain("<img");
  }
});

test("threshold: 60 labels with scores by id → both guarantees, and the share that a wins", async () => {
  const labels = Array.from({ length: 60 }, (_, i) => label(i, i < 50 || i % 2 === 0 ? "a" : "b"));
  const scores = labels.map(({ id }) => ({ id, scores: [61 - id, 0] }));
  const all = Array.from({ length: 300 }, (_, id) => ({ id, scores: [(id % 9) - 3, 0] }));
  const { code, out } = await run(
    "threshold",
    "--labels",
    await write("t.jsonl", labels),
    "--scores",
    await write("s.jsonl", scores),
    "--all",
    await write("all.jsonl", all),
    "--output",
    at("threshold"),
  );
  expect(code).toBe(0);
  expect(out).toContain("a wins");
  const report = JSON.parse(await readFile(at("threshold/threshold.json"), "utf8"));
  expect(report).toMatchObject({ labels: 60, error: 0.1, risk: 0.1, leastLabels: 22 });
  // 54 decided with 2 wrong: BinomCDF(2; 54, 0.1) = 0.095; 60 with 5 wrong: 0.27.
  expect(report.confident).toMatchObject({ decided: 54, wrong: 2, margin: 8 });
  expect(report.onAverage.decided).toBe(60);
  expect(report.winRate.interval.low).toBeLessThan(report.winRate.mean);
});

test("threshold: no scores, a share of 2 → errors that say which", async () => {
  const file = await write("n.jsonl", [label(1, "a")]);
  const none = await run("threshold", "--labels", file, "--output", at("n"));
  expect([none.code, none.err.includes("line 1: has no scores")]).toEqual([1, true]);
  const wrong = await run("threshold", "--labels", file, "--output", at("n"), "--error", "2");
  expect([wrong.code, wrong.err.includes("--error takes a share")]).toEqual([2, true]);
});

test("pairs of labels: two raters, a tie, both bad → pairs, ties beside them, counts; each format", async () => {
  const labels = await write("all.jsonl", [
    label(1, "a", { rater: "eva", seconds: 2, seed: 7, scores: [2, 1], model: "m", head: "h" }),
    label(1, "a", { rater: "max", seconds: 4 }),
    label(2, "b", { rater: "eva" }),
    label(3, "tie", { rater: "eva" }),
    label(4, "both-bad", { rater: "eva" }),
  ]);
  for (const format of ["trl", "mmpr", "llama-factory", "ms-swift"]) {
    const output = at(format);
    const { code, err } = await run(
      "pairs",
      "--labels",
      labels,
      "--format",
      format,
      "--output",
      output,
    );
    expect(code, err).toBe(0);
    expect(err).toContain("2 pairs of 5 labels");
    expect(err).toContain("1 ties, 1 both bad, 0 split: ties.jsonl");
    const rows = (await readFile(path.join(output, "pairs.jsonl"), "utf8")).trimEnd().split("\n");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toContain('"rater":"eva, max","votes":2,"labels":2,"seconds":3,"seed":7');
    expect(
      (await readFile(path.join(output, "ties.jsonl"), "utf8")).trimEnd().split("\n"),
    ).toHaveLength(2);
    const summary = JSON.parse(await readFile(path.join(output, "summary.json"), "utf8"));
    expect(summary).toMatchObject({
      labels: 5,
      pairs: 2,
      ties: { tie: 1, "both-bad": 1, split: 0 },
    });
  }
  const odd = await run(
    "pairs",
    "--labels",
    labels,
    "--margin",
    "1",
    "--format",
    "trl",
    "--output",
    at("x"),
  );
  expect([odd.code, odd.err.includes("--margin does not go with --labels")]).toEqual([2, true]);
});
