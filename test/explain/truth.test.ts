import { expect, test } from "vitest";
import { takeShare, testTruth, type TestedUnit } from "../../src/explain/truth.ts";
import { random } from "../../src/statistics/random.ts";

/** A verdict that three of twelve words carry. */
const weights = [0, 0, 3, 0.1, 0, 0, 4, -0.2, 0, 2, 0, 0.1];
const margin = weights.reduce((sum, weight) => sum + weight, 0);
const without = async (removed: readonly (readonly number[])[]) =>
  removed.map((list) => margin - list.reduce((sum, i) => sum + weights[i]!, 0));
const explainedBy = (supports: readonly number[]): TestedUnit[] =>
  supports.map((support) => ({ support, size: 4 }));

test("truth: the right words named → better than chance, and what they carry is lost", async () => {
  const truth = await testTruth(explainedBy(weights), margin, without, random(1));
  expect(truth.p).toBeCloseTo(1 / 21, 9);
  expect(truth.verdict).toBe("better than chance");
  expect(truth.comprehensiveness).toBeGreaterThan(6);
  expect(truth.sufficiency).toBeLessThan(truth.comprehensiveness!);
});

test("truth: other words named → no better than chance", async () => {
  const wrong = explainedBy(weights.toReversed().map((weight) => -weight));
  const truth = await testTruth(wrong, margin, without, random(1));
  expect(truth.p).toBeGreaterThan(0.1);
  expect(truth.verdict).toBe("no better than chance");
});

test("truth: random heads as large as the margin → no better than chance, whatever the removals say", async () => {
  const small = Array.from({ length: 199 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (i / 199));
  const units = explainedBy(weights);
  const trained = await testTruth(units, margin, without, random(1), small);
  expect(trained.heads).toBeCloseTo(5 / 200, 9);
  expect(trained.verdict).toBe("better than chance");
  const shuffled = await testTruth(
    units,
    margin,
    without,
    random(1),
    small.map((m) => m * 20),
  );
  expect(shuffled.removals).toBeCloseTo(1 / 21, 9);
  expect(shuffled.verdict).toBe("no better than chance");
});

test("truth: a share of the length → units in order until it is reached, at least one", () => {
  const units = [5, 1, 1, 3].map((size) => ({ support: 0, size }));
  expect(takeShare(units, [1, 2, 3, 0], 0.2)).toEqual([1, 2]);
  expect(takeShare(units, [0, 1, 2, 3], 0.1)).toEqual([0]);
});
