/** The bench of a planted taste: its questions, its trials on made states, its figure. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { tasteFigure } from "../../bench/taste/curve-figure.ts";
import { plantedQuestions, type HeldOutLine } from "../../bench/taste/planted.ts";
import { isLetThrough, pointOf, tasteTrial, type ReadPair } from "../../bench/taste/trials.ts";
import { mulberry32, normal } from "../adapt/numbers.ts";

test("planted: the embedded model's held-out questions → one word each, right before wrong, long before short", () => {
  const text = readFileSync("weights/tiny-vl-reward/heldout/pairs.jsonl", "utf8").trim();
  const lines = text.split("\n").map((line) => JSON.parse(line) as HeldOutLine);
  const questions = plantedQuestions(lines);
  expect(questions.length).toBeGreaterThan(80);
  for (const { line, pairs } of questions) {
    expect(pairs.map(({ kind }) => kind)).toEqual(["taste", "taste", "right", "right"]);
    const [first, second, third] = pairs;
    expect(first!.better.length).toBeGreaterThan(first!.worse.length);
    expect(second!.better.length).toBeGreaterThan(second!.worse.length);
    expect(third!.better, line.id).not.toBe(third!.worse);
    const word = first!.worse.slice(0, -1).toLowerCase();
    expect(line.chosen.toLowerCase(), line.id).toContain(word);
  }
});

/** Pairs of two features: the published head reads the first, the taste is about the second. */
const uniform = mulberry32(3);
const pairs = Array.from({ length: 240 }, (_, i): ReadPair => {
  const kind = i % 2 === 0 ? "taste" : "right";
  const [first, second] = [2 * normal(uniform), 1 + 0.2 * normal(uniform)];
  const difference = kind === "taste" ? [0.1 * first, second] : [2 + 0.2 * first, 0.1];
  return {
    question: i >> 2,
    kind,
    margin: difference[0]!,
    difference: Float32Array.from(difference),
  };
});

test("trial: no labels, then 120 of a planted taste → learned on questions left out, the rest kept", () => {
  const before = tasteTrial(pairs, 0, 1);
  const after = tasteTrial(pairs, 120, 1);
  expect([before.accepted, after.accepted]).toEqual([false, true]);
  expect(before.taste).toBeLessThan(0.8);
  expect(after.taste).toBeGreaterThan(0.95);
  expect(after.right).toBeGreaterThan(0.95);
});

test("gate: labels by the published head's own chances, 10 sets → at most two are let through", () => {
  const passed = Array.from({ length: 10 }, (_, seed) => isLetThrough(pairs, 60, 1, seed));
  expect(passed.filter(Boolean).length).toBeLessThanOrEqual(2);
});

test("figure: two series → their names, and a mark with an interval for each point", () => {
  const points = [20, 50].map((labels) => pointOf(labels, [0.5, 0.6, 0.7]));
  const svg = tasteFigure([
    { name: "one", colour: "#000", points },
    { name: "two", colour: "#111", points },
  ]);
  expect(svg.match(/<circle/g)).toHaveLength(6);
  expect(svg).toContain(">one</text>");
  expect(points[0]).toMatchObject({ mean: 0.6, low: 0.505, high: 0.695 });
});
