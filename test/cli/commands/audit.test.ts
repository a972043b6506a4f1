/** `vl-reward audit` and `card` without an engine: given scores to the three forms; wrong use. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { goldenInputs } from "../../audit/golden-rows.ts";
import { run } from "../../../testing/cli/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-audit-"));
  const rows = goldenInputs.map(
    ({ scores: _s, other: _o, edited: _e, unseen: _u, belief: _b, ...row }) => row,
  );
  await writeFile(at("rows.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const scores = goldenInputs.map(
    ({ id, scores: own }) => `${JSON.stringify({ id, scores: own })}\n`,
  );
  await writeFile(at("scores.jsonl"), scores.join(""));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string): string => path.join(folder, name);

test("audit: rows with given scores → groups and sources of the columns, in three forms", async () => {
  const how = ["--scores", at("scores.jsonl"), "--output", at("out"), "--resamples", "200"];
  const { code, out } = await run("audit", at("rows.jsonl"), ...how);
  expect(code).toBe(0);
  expect(out).toContain("# Audit of scores.jsonl");
  expect(out).toContain("180 pairs of 90 prompts; right in 70.0 %");
  expect(out).toMatch(/^\| de \| 60 \| 73\.3 \|/m);
  expect(out).toMatch(/^\| model: m1 \| 120 \|/m);
  const report = JSON.parse(await readFile(path.join(at("out"), "report.json"), "utf8"));
  expect(report).toMatchObject({
    kind: "audit",
    pairs: 180,
    prompts: 90,
  });
  expect(report).not.toHaveProperty("visualReliance");
  expect(report.results.map(({ name }: { name: string }) => name)).toContain("length");
  expect(report.notes.join(" ")).toContain("nothing was edited");
  const html = await readFile(path.join(at("out"), "report.html"), "utf8");
  expect(html.match(/<svg/g)).toHaveLength(1);
  expect(html).not.toMatch(/<script|<link|src=|url\(/);
});

test("weights/audit: the kept scores of the embedded model → the kept audit, number for number", async () => {
  await mkdir(at("embedded"));
  await copyFile("weights/audit/scores.jsonl", at("embedded/scores.jsonl"));
  const rows = "weights/tiny-vl-reward/heldout/pairs.jsonl";
  const how = ["--images", "weights/tiny-vl-reward", "--output", at("embedded"), "--quiet"];
  const { code, err } = await run("audit", rows, ...how);
  expect([code, err]).toEqual([0, ""]);
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));
  expect(await read(at("embedded/report.json"))).toEqual(await read("weights/audit/audit.json"));
});

test.each([
  [["--output", "o"], 2, "no file given"],
  [["r.jsonl"], 2, "--output is missing"],
  [["r.jsonl", "--output", "o", "--effect", "0"], 2, "--effect takes a number above 0; got 0"],
  [
    ["r.jsonl", "--output", "o", "--scores", "s", "--rewrites", "w"],
    2,
    "--rewrites does not go with --scores",
  ],
])("audit %j → exit code %i and why", async (args, wanted, why) => {
  const { code, err } = await run("audit", ...args);
  expect([code, err.includes(why)]).toEqual([wanted, true]);
});

test.each([
  ["swaps", '["he"]', 'expected a JSON list of pairs: [["he", "she"], …]'],
  [
    "rewrites",
    '{"id": "r0", "attribute": "a", "has": true, "rewrite": "x"}\n',
    "line 1, back: expected a text",
  ],
  [
    "rewrites",
    '{"id": "no", "attribute": "a", "has": true, "rewrite": "x", "back": "y"}\n',
    "expected the id of a row, got no",
  ],
  [
    "rewrites",
    '{"id": "r0", "response": 2, "attribute": "a", "has": true, "rewrite": "x", "back": "y"}\n',
    "expected 2 responses, got response 2",
  ],
])("audit: a file of --%s with %s → refused by name", async (option, content, why) => {
  await writeFile(at("bad"), content);
  const { code, err } = await run(
    "audit",
    at("rows.jsonl"),
    "--output",
    at("x"),
    `--${option}`,
    at("bad"),
  );
  expect([code, err]).toEqual([1, expect.stringContaining(why)]);
});
