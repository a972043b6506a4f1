/** Thresholds: the arithmetic on small sets, and both guarantees in simulated calibrations. */
import { expect, test } from "vitest";
import { decide, findThresholds, type DecidedPair } from "../../src/adapt/threshold.ts";
import { InputError } from "../../src/errors.ts";
import { mulberry32, normal } from "./numbers.ts";

/** `right` pairs with large margins, then `wrong` with small ones. */
function ladder(right: number, wrong: number): DecidedPair[] {
  return Array.from({ length: right + wrong }, (_, i) => ({
    margin: right + wrong - i,
    target: i < right ? 1 : 0,
  }));
}

test("threshold: labels that can certify at all → 22, 45 and 59 as the table has them", () => {
  const least = (error: number, risk: number): number =>
    findThresholds([], { error, risk }).leastLabels;
  expect([least(0.1, 0.1), least(0.05, 0.1), least(0.05, 0.05)]).toEqual([22, 45, 59]);
});

test("threshold: 30 right, 10 wrong below them → all of the right, and few more on average", () => {
  const { onAverage, confident } = findThresholds(ladder(30, 10));
  // Σ(wrong − 0.1) + 0.9 ≤ 0: 32 decided with 2 wrong give −1.2 + 0.9; 33 with 3 give +0.6.
  expect([onAverage.decided, onAverage.wrong]).toEqual([32, 2]);
  expect(confident).toEqual({ margin: 13, decided: 28, coverage: 0.7, wrong: 0 });
});

test("threshold: steps by counts → stops at the first that fails", () => {
  const { confident } = findThresholds(ladder(30, 10), { steps: "counts" });
  expect([confident.decided, confident.wrong]).toEqual([30, 0]);
  expect(findThresholds(ladder(21, 0), { steps: "counts" }).confident.margin).toBe(Infinity);
  expect(findThresholds(ladder(22, 0), { steps: "counts" }).confident.decided).toBe(22);
});

test("threshold: equal margins → decided together or not at all", () => {
  const pairs = Array.from({ length: 40 }, (_, i) => ({ margin: 1, target: Number(i > 0) }));
  expect(findThresholds(pairs).onAverage.decided).toBe(40);
  expect(findThresholds(pairs).confident.decided).toBe(40);
});

test("threshold: what is decided → a, b, or a person is asked", () => {
  const { onAverage } = findThresholds(ladder(30, 10));
  expect([decide(20, onAverage), decide(-20, onAverage), decide(3, onAverage)]).toEqual([
    "a",
    "b",
    "ask",
  ]);
});

test("threshold: α of 0, a margin that is not a number → InputError", () => {
  expect(() => findThresholds([], { error: 0 })).toThrow(InputError);
  expect(() => findThresholds([{ margin: NaN, target: 1 }])).toThrow("pairs[0]: expected a finite");
});

test("guarantees: 1,000 calibrations of 100 → on average ≤ α; confident above α in ≤ 5 %", () => {
  const uniform = mulberry32(11);
  const draw = (): DecidedPair => {
    const margin = 2 * normal(uniform);
    return { margin, target: Number(uniform() < 1 / (1 + Math.exp(-1.2 * margin))) };
  };
  const population = Array.from({ length: 20_000 }, draw);
  const byMargin = population
    .map(({ margin, target }) => ({
      size: Math.abs(margin),
      wrong: margin > 0 === target > 0.5 ? 0 : 1,
    }))
    .toSorted((a, b) => b.size - a.size);
  const wrongs = new Float64Array(byMargin.length + 1);
  for (const [i, { wrong }] of byMargin.entries()) wrongs[i + 1] = wrongs[i]! + wrong;
  const trueError = (margin: number): number => {
    let low = 0;
    let high = byMargin.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byMargin[middle]!.size >= margin) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : wrongs[low]! / low;
  };
  let onAverage = 0;
  let over = 0;
  let decided = 0;
  for (let run = 0; run < 1000; run++) {
    const found = findThresholds(Array.from({ length: 100 }, draw));
    onAverage += trueError(found.onAverage.margin);
    over += Number(trueError(found.confident.margin) > 0.1);
    decided += found.confident.coverage;
  }
  expect(onAverage / 1000).toBeLessThanOrEqual(0.1);
  expect(over).toBeLessThanOrEqual(50);
  expect(decided / 1000).toBeGreaterThan(0.1);
});
