/**
 * Labels to an adapted head and back into scores, from the shell to Chrome, on the embedded model.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readSafetensors } from "../../../testing/checkpoint/safetensors-file.ts";
import { callCli } from "../shell.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-labels-"));
});
afterAll(() => rm(folder, { recursive: true }));

const NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

/** Pairs of a short and a long right answer; the rater likes the short one. */
const labels = Array.from({ length: 64 }, (_, i) => {
  const [x, y] = [NUMBERS[i % 8], NUMBERS[(i * 3 + 1) % 8]];
  const answers = [`It is ${x}.`, `The answer, if one looks at it for long, is ${x}, not ${y}.`];
  const isFirstLong = i % 2 === 1;
  return {
    id: `l${i}`,
    messages: [{ role: "user", content: `Is it ${x} or ${y}? Question ${i}.` }],
    responses: isFirstLong ? answers.toReversed() : answers,
    label: i % 16 === 5 ? "tie" : isFirstLong ? "b" : "a",
    rater: "eva",
  };
});

const lines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join("");

const json = async (name: string): Promise<Record<string, never>> =>
  JSON.parse(await readFile(path.join(folder, name), "utf8"));

test("adapt: a planted taste → a head that other commands score with, a stopped call continues", async () => {
  await writeFile(path.join(folder, "labels.jsonl"), lines(labels));
  const args = ["adapt", "--labels", "labels.jsonl", "--output", "out"];
  const { code, out } = await callCli(folder, args);
  expect(code).toBe(0);
  expect(out).toContain("# The adapted head is better");
  const report = await json("out/adapt.json");
  expect(report).toMatchObject({ accepted: true, labels: 64, head: "published + labels" });
  expect(report["counts"]).toEqual({ all: 64, decided: 60, ties: 4, prompts: 64 });
  const { before, after } = report as Record<string, { accuracy: number; logLoss: number }>;
  expect(after!.logLoss).toBeLessThan(before!.logLoss);
  expect(after!.accuracy).toBeGreaterThan(0.9);
  expect(await readFile(path.join(folder, "out/report.html"), "utf8")).toContain("<svg");

  // Without its last line the journal is continued, and the result is the same.
  const journal = path.join(folder, "out/features.jsonl");
  const text = await readFile(journal, "utf8");
  await writeFile(journal, text.slice(0, -20));
  const again = await callCli(folder, args);
  expect([again.code, again.out]).toEqual([0, out]);
  expect(again.err).toContain("63 rows kept");

  // The published states times the new head are the scores of --head.
  const cases = labels.slice(0, 3).map(({ id, messages, responses }) => ({
    id,
    messages: [...messages, { role: "assistant", content: responses[0] }],
  }));
  await writeFile(path.join(folder, "cases.jsonl"), lines(cases));
  const input = ["--input", "cases.jsonl", "--output"];
  const states = await callCli(folder, ["features", ...input, "f.safetensors"]);
  expect(states.code, states.err).toBe(0);
  const head = ["--head", "out/value_head.safetensors"];
  const scored = await callCli(folder, ["score", ...input, "s.jsonl", ...head]);
  expect(scored.err).toContain("head: value_head.safetensors, in place of the published one");
  const features = readSafetensors(path.join(folder, "f.safetensors"));
  const { values, shape } = features.get("features")!;
  expect(shape[0]).toBe(3);
  const own = readSafetensors(path.join(folder, "out/value_head.safetensors"));
  const weight = own.get("v_head.summary.weight")!.values;
  const bias = own.get("v_head.summary.bias")!.values[0]!;
  const rows = (await readFile(path.join(folder, "s.jsonl"), "utf8")).trimEnd().split("\n");
  for (const [i, row] of rows.entries()) {
    const { score, head: judge } = JSON.parse(row) as { score: number; head: string };
    let product = bias;
    for (const [k, value] of weight.entries()) product += value * values[i * weight.length + k]!;
    expect(Math.abs(score - product)).toBeLessThan(2e-4 * Math.max(1, Math.abs(score)));
    expect(judge).toBe("value_head.safetensors");
  }
}, 600_000);

test("adapt: no labels, --head, a wrong label → errors that say which", async () => {
  await writeFile(path.join(folder, "bad.jsonl"), lines([{ ...labels[0], label: "left" }]));
  const bad = await callCli(folder, ["adapt", "--labels", "bad.jsonl", "--output", "o"]);
  expect([bad.code, bad.err.includes("bad.jsonl, line 1, label: expected")]).toEqual([1, true]);
  const none = await callCli(folder, ["adapt", "--output", "o"]);
  expect([none.code, none.err.includes("--labels is missing")]).toEqual([2, true]);
}, 240_000);
