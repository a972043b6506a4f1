/** Kendall's τ against scipy's (golden/make.py), and where it is not defined. */
import { expect, test } from "vitest";
import { kendall } from "../../src/statistics/correlation.ts";
import { golden } from "../evaluate/golden.ts";

interface Ranked {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly tau: number;
}

const { kendall: cases } = (await golden("expected.json")) as { readonly kendall: Ranked[] };

test("kendall: five pairs of lists, ties on neither, one and both sides → as scipy has it", () => {
  expect(cases).toHaveLength(5);
  for (const { x, y, tau } of cases) expect(kendall(x, y)).toBeCloseTo(tau, 12);
});

test("kendall: the same order, the reverse, a constant → 1, -1, NaN", () => {
  const x = [3, 1, 4, 1.5, 9];
  const negated = x.map((value) => -value);
  expect([kendall(x, x), kendall(x, negated), kendall(x, [2, 2, 2, 2, 2])]).toEqual([1, -1, NaN]);
});
