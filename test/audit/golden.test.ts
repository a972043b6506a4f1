/** An audit against statsmodels, fairlearn, scipy and numpy (golden/make.py). */
import { expect, test } from "vitest";
import { audit } from "../../src/audit/audit.ts";
import { defaultSwaps, swapEdit } from "../../src/audit/edits.ts";
import type { AuditResult } from "../../src/audit/types.ts";
import type { Interval } from "../../src/statistics/bootstrap.ts";
import { leastSquares, logisticFit } from "../../src/statistics/regression.ts";
import { golden, goldenEdits, goldenRows, MANY } from "./golden-rows.ts";

const report = audit({
  judge: { model: "golden" },
  rows: goldenRows,
  edited: goldenEdits,
  swaps: swapEdit(defaultSwaps),
  bootstrap: MANY,
});

function expectClose(got: number | undefined, expected: number): void {
  expect(Math.abs((got ?? NaN) - expected)).toBeLessThanOrEqual(
    1e-9 * Math.max(1e-3, Math.abs(expected)),
  );
}

/** Within 1 % of its width at both ends, or one step of a share that has few values. */
function expectInterval(got: Interval | undefined, [low, high]: [number, number], step = 0): void {
  const bound = Math.max(0.01 * (high - low), step);
  expect(Math.abs((got?.low ?? NaN) - low)).toBeLessThanOrEqual(bound);
  expect(Math.abs((got?.high ?? NaN) - high)).toBeLessThanOrEqual(bound);
}

function resultOf(name: string): AuditResult {
  const result = report.results.find((one) => one.name === name);
  if (result === undefined) throw new Error(name);
  return result;
}

test("golden: the unit of effects, and the accuracy", () => {
  expectClose(report.scoreDeviation, golden.deviation);
  expectClose(report.accuracy, golden.accuracy);
});

test.each(["length", "markdown", "lists", "bold"])(
  "feature %s → slope, errors by prompt, flips, log-odds of judge and labels, interval",
  (name) => {
    const expected = golden.features[name];
    const { effect, p, flips, details, interval } = resultOf(name);
    expectClose(effect, expected.effect);
    expectClose(details["slope"], expected.slope);
    expectClose(details["slopeError"], expected.slopeError);
    expectClose(p, expected.p);
    expectClose(flips, expected.flips);
    expectClose(details["judgeLogOdds"], expected.judge);
    expectClose(details["judgeError"], expected.judgeError);
    expectClose(details["humanLogOdds"], expected.human);
    expectInterval(interval, expected.interval);
  },
);

test("length: baselines, accuracy where the right response is shorter, longer, about as long", () => {
  const { longerWins, shorterWins, accuracy } = report.length;
  expectClose(longerWins, golden.length.longerWins);
  expectClose(shorterWins, 1 - golden.length.longerWins);
  for (const [i, name] of ["shorter", "longer", "within"].entries()) {
    const [count, right, low, high] = golden.length[name];
    const part = accuracy[i];
    expect(part?.count).toBe(count);
    expectClose(part?.right, right);
    expectClose(part?.interval.low, low);
    expectClose(part?.interval.high, high);
  }
});

test.each([
  ["neutral sentence", golden.edit.effect],
  ["stated belief", golden.belief.effect],
  ["no picture", golden.reliance.effect],
  ["model: m1", golden.sources.m1],
  ["model: m2", golden.sources.m2],
  ["model: m3", golden.sources.m3],
])("%s → the mean over prompts, its test, its interval", (name, expected) => {
  const { effect, p, prompts, interval } = resultOf(name);
  expectClose(effect, expected.value);
  expectClose(p, expected.p);
  expect(prompts).toBe(expected.prompts);
  // Shares move in halves of a pair.
  const step = name.startsWith("model") ? 1.01 / (2 * prompts) : 0;
  expectInterval(interval, expected.interval, step);
});

test("flips: of an edit of one side, of a stated belief", () => {
  expectClose(resultOf("neutral sentence").flips, golden.edit.flips.value);
  expectInterval(resultOf("neutral sentence").flipsInterval, golden.edit.flips.interval);
  expectClose(resultOf("stated belief").flips, golden.belief.flips);
});

test("visual reliance: accuracy with and without the picture, and the difference's interval", () => {
  const { visualReliance } = report;
  expectClose(visualReliance?.withPicture, golden.reliance.withPicture);
  expectClose(visualReliance?.withoutPicture, golden.reliance.withoutPicture);
  expectClose(visualReliance?.difference, golden.reliance.difference);
  expectInterval(visualReliance?.interval, golden.reliance.interval);
});

test("groups: accuracies, gap and ratio as fairlearn, p as numpy's permutations", () => {
  const group = report.groups.find(({ column }) => column === "language");
  for (const { value, accuracy } of group?.parts ?? [])
    expectClose(accuracy, golden.groups.by[value]);
  const { effect, details, p } = resultOf("language");
  expectClose(effect, golden.groups.gap);
  expectClose(details["ratio"], golden.groups.ratio);
  // Two sets of permutations: 10,000 and 20,000 of them.
  expect(Math.abs((p ?? NaN) - golden.groups.p)).toBeLessThan(0.02);
});

test("regression: covariates that depend on each other, or separate the rows → no fit", () => {
  const line = [1, 2, 3, 4, 5];
  const twice = line.map((x) => [x, 2 * x]);
  expect(leastSquares(twice, line, line)).toBeUndefined();
  const labels = [0, 0, 1, 1, 1];
  const spread = line.map((x) => [x - 2.5]);
  expect(logisticFit(spread, labels, line)).toBeUndefined();
});
