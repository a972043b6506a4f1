/**
 * `vl-reward ab` on answers that have scores: the report's three forms, names, wrong use.
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../../testing/cli/run.ts";

const golden = path.join(import.meta.dirname, "../../evaluate/golden");
const [a, b] = ["a", "b"].map((name) => path.join(golden, `ab-${name}.jsonl`)) as [string, string];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-ab-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("ab: two files with scores → compared by their names, in three forms", async () => {
  const how = ["--output", folder, "--name", "new", "--name", "old", "--resamples", "200"];
  const { code, out } = await run("ab", a, b, ...how);
  expect(code).toBe(0);
  expect(out).toContain("# new against old");
  expect(out).toMatch(/^\| new \| old \| 177 \| 21 \| 102 \| 62\.5 \|/m);
  expect(out).toContain("## new against old by category");
  const html = await readFile(path.join(folder, "report.html"), "utf8");
  expect(html.match(/<svg/g)).toHaveLength(1);
  expect(html).not.toMatch(/<script|<link|src=|url\(/);
  const report = JSON.parse(await readFile(path.join(folder, "report.json"), "utf8"));
  expect(report).toMatchObject({ kind: "ab", prompts: 300, comparisons: [{ wins: 177 }] });
});

test.each([
  [[a, b], "--output is missing"],
  [[a, "--output", "o"], "give two files or more"],
  [[a, a, "--output", "o"], "systems need names that differ"],
  [[a, b, "--output", "o", "--name", "1", "--name", "2", "--name", "3"], "more often than files"],
])("ab %j → exit code 2 and why", async (args, why) => {
  const { code, err } = await run("ab", ...args);
  expect([code, err.includes(why)]).toEqual([2, true]);
});

test("ab: files without a prompt in common → both named, 1", async () => {
  const line = (id: number): string => `${JSON.stringify({ id, prompt: "p", response: "r" })}\n`;
  const files = ["one.jsonl", "two.jsonl"].map((name) => path.join(folder, name));
  for (const [id, file] of files.entries()) await writeFile(file, line(id));
  const { code, err } = await run("ab", ...files, "--output", folder);
  expect(code).toBe(1);
  expect(err).toContain("two.jsonl: have no prompt in common, got 2 ids, none in every file.");
});
