/** `vl-reward compare-models` on given scores: three forms, the list to label, wrong use. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { goldenInputs } from "../../audit/golden-rows.ts";
import { run } from "../../../testing/cli/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-compare-"));
  const lines = (rows: readonly object[]): string =>
    rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const rows = goldenInputs.map(({ id, prompt, chosen, rejected, language }, i) =>
    i < 100
      ? { id, prompt, chosen, rejected, category: language }
      : { id, prompt, responses: [chosen, rejected], category: language },
  );
  await writeFile(at("rows.jsonl"), lines(rows));
  await writeFile(at("a.jsonl"), lines(goldenInputs.map(({ id, scores }) => ({ id, scores }))));
  await writeFile(
    at("b.jsonl"),
    lines(goldenInputs.map(({ id, other }) => ({ id, scores: other }))),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

test("compare-models: labelled and unlabelled rows, given scores → report in three forms, to-label.jsonl", async () => {
  const how = ["--scores", at("a.jsonl"), "--scores", at("b.jsonl"), "--output", at("out")];
  const { code, out } = await run("compare-models", at("rows.jsonl"), ...how, "--resamples", "100");
  expect(code).toBe(0);
  expect(out).toContain("# a.jsonl and b.jsonl");
  expect(out).toContain("180 pairs of 90 prompts, 100 with a label.");
  expect(out).toMatch(/^\| ja \| 60 \|/m);
  const report = JSON.parse(await readFile(at("out/report.json"), "utf8"));
  const open = (await readFile(at("out/to-label.jsonl"), "utf8")).trim().split("\n");
  expect(report.plan.open).toBe(open.length);
  expect(JSON.parse(open[0] ?? "")).toMatchObject({
    id: expect.any(String),
    responses: [expect.any(String), expect.any(String)],
  });
  const html = await readFile(at("out/report.html"), "utf8");
  expect(html).toContain("<h1>a.jsonl and b.jsonl</h1>");
  expect(html).not.toMatch(/<script|<link|src=|url\(/);
});

test.each([
  [["--output", "o"], 2, "no file given"],
  [["r", "--output", "o"], 2, "two judges are needed: --model twice, --weights-b or --head-b"],
  [["r", "--output", "o", "--model", "a"], 2, "two judges are needed"],
  [
    ["r", "--output", "o", "--model", "a", "--model", "b", "--model", "c"],
    2,
    "--model is given more than twice",
  ],
  [["r", "--output", "o", "--scores", "s"], 2, "--scores is given twice or not at all"],
  [["r", "--output", "o", "--weights-b", "q3"], 2, "--weights takes stored, q8, q4; got q3"],
])("compare-models %j → exit code %i and why", async (args, wanted, why) => {
  const { code, err } = await run("compare-models", ...args);
  expect([code, err]).toEqual([wanted, expect.stringContaining(why)]);
});
