/**
 * `vl-reward pairs` from file to file: scores inside or beside, the index, the summary, wrong use.
 */

import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../../testing/cli/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-pairs-"));
});
afterAll(() => rm(folder, { recursive: true }));

const content = [
  { type: "image", image: "p.png" },
  { type: "text", text: "Which?" },
];
const messages = [{ role: "user", content }];

async function write(name: string, rows: readonly unknown[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return file;
}

async function json(...names: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path.join(folder, ...names), "utf8"));
}

test("pairs: rankings beside the prompts → best against worst, absolute paths, summary", async () => {
  const input = await write("prompts.jsonl", [
    { id: "x", messages, responses: ["a", "bb", "c"] },
    { id: 2, messages, responses: ["same", "same"] },
  ]);
  const scores = await write("rankings.jsonl", [
    { id: 2, scores: [1, 2], order: [1, 0] },
    { id: "x", scores: [0, 1, 3], order: [2, 1, 0] },
  ]);
  const output = path.join(folder, "trl");
  const how = ["--format", "trl", "--model", "org/judge@abc", "--output", output];
  const { code, out, err } = await run("pairs", "--input", input, "--scores", scores, ...how);
  expect([code, out]).toEqual([0, ""]);
  expect(err).toContain("1 pairs of 1 of 2 prompts");
  expect(await json("trl", "pairs.jsonl")).toMatchObject({
    chosen: [{ role: "assistant", content: [{ type: "text", text: "c" }] }],
    images: [path.join(folder, "p.png")],
    vl_reward: { id: "x", chosen_score: 3, rejected_score: 0, model: "org/judge", revision: "abc" },
  });
  expect(await json("trl", "summary.json")).toMatchObject({
    prompts: 2,
    promptsWithPairs: 1,
    pairs: 1,
    meanMargin: 3,
    revision: "abc",
    dropped: { "same text": 1, "not the best and the worst": 2 },
  });
});

test("pairs: rankings that name their model → it is in every pair and in the summary; --model goes first", async () => {
  const input = path.join(folder, "judged.jsonl");
  const judge = { model: "org/judge", revision: "abc", weights: "q8" };
  const scores = await write("judged-rankings.jsonl", [{ id: "x", scores: [0, 1], ...judge }]);
  const call = async (output: string, ...more: string[]): Promise<unknown[]> => {
    const how = ["--format", "trl", "--output", path.join(folder, output)];
    const { code, err } = await run("pairs", "--input", input, ...how, ...more);
    expect(code, err).toBe(0);
    const text = await readFile(path.join(folder, output, "pairs.jsonl"), "utf8");
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  };
  await write("judged.jsonl", [{ id: "x", messages, responses: ["a", "bb"] }]);
  expect(await call("judged", "--scores", scores)).toMatchObject([{ vl_reward: judge }]);
  expect(await json("judged", "summary.json")).toMatchObject(judge);
  expect(await call("named", "--scores", scores, "--model", "other")).toMatchObject([
    { vl_reward: { model: "other", revision: "" } },
  ]);
  await write("judged.jsonl", [
    {
      id: "y",
      messages,
      responses: ["a", "bb"],
      scores: [2, 0],
      vl_reward: { model: "org/page", revision: "r", weights: "q4", head: "mine.safetensors" },
    },
  ]);
  expect(await call("page")).toMatchObject([
    { vl_reward: { model: "org/page", weights: "q4", head: "mine.safetensors" } },
  ]);
});

test("pairs: mmpr → relative paths, meta.json with the root and the length", async () => {
  const rows = [1, 2, 3].map((id) => ({ id, messages, responses: ["a", "b"], scores: [id, 0] }));
  const input = await write("scored.jsonl", rows);
  const output = path.join(folder, "mmpr");
  await run("pairs", "--input", input, "--format", "mmpr", "--output", output, "--margin", "1.5");
  const lines = (await readFile(path.join(output, "pairs.jsonl"), "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).image)).toEqual(["p.png", "p.png"]);
  const annotation = path.join(output, "pairs.jsonl");
  expect(await json("mmpr", "meta.json")).toMatchObject({
    mmpr: { root: folder, annotation, length: 2 },
  });
});

test("pairs: length-balanced → as many longer as shorter", async () => {
  const rows = Array.from({ length: 9 }, (_, id) => {
    const responses = id < 6 ? ["long", "s"] : ["s", "long"];
    return { id, messages, responses, scores: [1, 0] };
  });
  const input = await write("long.jsonl", rows);
  const output = path.join(folder, "balanced");
  const how = ["--format", "ms-swift", "--length-balanced", "--output", output, "--quiet"];
  await run("pairs", "--input", input, ...how);
  expect(await json("balanced", "summary.json")).toMatchObject({
    pairs: 6,
    chosenLonger: 3,
    chosenShorter: 3,
    lengthBalanced: true,
    dropped: { "length balance": 3 },
  });
});

test.each([
  [
    [{ id: 1, messages, responses: ["a"] }],
    "line 1: has no scores: expected a list of numbers, got nothing",
  ],
  [[{ id: 1, messages, responses: ["a"], scores: [1, 2] }], "scores, one for each response"],
  [[{ id: 1, messages, responses: ["a"], scores: [1], correct: [1] }], "has no correct"],
  [[{ id: 1, messages, responses: [] }], "field responses: expected one or more responses"],
  [[], "has no prompts"],
])("pairs: %j → refused, 1", async (rows, why) => {
  const input = await write("bad.jsonl", rows);
  const output = path.join(folder, "bad");
  const { code, err } = await run("pairs", "--input", input, "--format", "trl", "--output", output);
  expect(code).toBe(1);
  expect(err).toContain(why);
});

test("pairs: scores of other responses, no file of scores, no input → named, 1, and no folder made", async () => {
  const input = await write("scored.jsonl", [{ id: 1, messages, responses: ["a"] }]);
  const scores = await write("other-scores.jsonl", [{ id: 1, scores: [1, 2] }]);
  const output = path.join(folder, "none");
  const how = ["--format", "trl", "--output", output];
  const other = await run("pairs", "--input", input, "--scores", scores, ...how);
  expect(other.err).toContain(
    "line 1: --scores has for it, one for each response: expected 1, got 2.",
  );
  await rm(output, { recursive: true });
  const gone = path.join(folder, "gone.jsonl");
  const unscored = await run("pairs", "--input", input, "--scores", gone, ...how);
  expect([unscored.code, unscored.err]).toEqual([
    1,
    expect.stringMatching(/^InputError: .*gone\.jsonl: cannot be read \(ENOENT/),
  ]);
  const missing = await run("pairs", "--input", gone, ...how);
  expect([missing.code, missing.err]).toEqual([
    1,
    expect.stringContaining("gone.jsonl: there is no such file. Check the path given to --input."),
  ]);
  await expect(stat(output)).rejects.toThrow("ENOENT");
});

test.each([
  [[], "--input is missing"],
  [["--input", "i"], "--format is missing: mmpr"],
  [["--input", "i", "--format", "mmpr"], "--output is missing"],
  [["--input", "i", "--format", "x", "--output", "o"], "--format takes mmpr, trl"],
  [["--input", "i", "--format", "trl", "--output", "o", "--margin=-1"], "--margin takes"],
  [["--input", "i", "--format", "trl", "--output", "o", "--select", "x"], "--select takes"],
])("pairs %j → exit code 2 and why", async (args, why) => {
  const { code, err } = await run("pairs", ...args);
  expect([code, err.includes(why)]).toEqual([2, true]);
});
