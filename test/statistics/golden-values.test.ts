/** The functions of `src/statistics` against scipy's own values (golden/make.py). */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import * as distributions from "../../src/statistics/distributions.ts";
import { clopperPearson, wilson } from "../../src/statistics/intervals.ts";
import * as special from "../../src/statistics/special.ts";
import {
  kolmogorovSmirnov,
  mannWhitney,
  wasserstein,
  welch,
  wilcoxon,
} from "../../src/statistics/two-samples.ts";

const text = await readFile(new URL("golden/expected.json", import.meta.url), "utf8");
const golden = JSON.parse(text);

const functions: Record<string, (...values: number[]) => number> = { ...special, ...distributions };

/** Equal to a relative 1e-9, or to 1e-12 beside 1. */
function expectClose(got: number, expected: number, what: string): void {
  const bound = Math.max(1e-9 * Math.abs(expected), 1e-290);
  const off = Math.abs(got - expected);
  expect(off <= bound || off < 1e-15, `${what}: expected ${expected}, got ${got}`).toBe(true);
}

const names = Object.keys(golden).filter((name) => name in functions);

test.each(names)("%s: scipy's values → equal to a relative 1e-9", (name) => {
  const call = functions[name];
  for (const row of golden[name] as number[][]) {
    const values = row.slice(0, -1);
    expectClose(call?.(...values) ?? NaN, row.at(-1) ?? NaN, `${name}(${values.join(", ")})`);
  }
  expect(golden[name].length).toBeGreaterThan(3);
});

test("golden: the functions that it has → all of special and distributions but two", () => {
  const untested = Object.keys(functions).filter((name) => !names.includes(name));
  expect(untested.toSorted()).toEqual(["betaCdf", "chiSquareCdf", "logChoose"]);
});

test("shares: Wilson, and Clopper and Pearson → as scipy's binomtest", () => {
  for (const [name, interval] of Object.entries({ wilson, clopperPearson })) {
    for (const [k, n, level, low, high] of golden[name] as number[][]) {
      const got = interval(k ?? NaN, n ?? NaN, level);
      expectClose(got.low, low ?? NaN, `${name} ${k} of ${n}, low`);
      expectClose(got.high, high ?? NaN, `${name} ${k} of ${n}, high`);
    }
  }
});

test("two samples: small, tied, large → Kolmogorov, Mann and Whitney, Welch, Wasserstein", () => {
  for (const { a, b, ...expected } of golden.twoSamples) {
    const tests = { ks: kolmogorovSmirnov, mannWhitney, welch };
    for (const [name, run] of Object.entries(tests)) {
      const got = run(a, b);
      expectClose(got.statistic, expected[name][0], `${name}, statistic`);
      // An exact p is 1 − P: to an absolute 1e-9.
      if (name !== "ks") expectClose(got.pValue, expected[name][1], `${name}, p`);
      else expect(Math.abs(got.pValue - expected[name][1])).toBeLessThan(1e-9);
    }
    expectClose(wasserstein(a, b), expected.wasserstein, "wasserstein");
  }
});

test("wilcoxon: paired differences with ties and zeros → as scipy", () => {
  for (const { d, statistic, p } of golden.wilcoxon) {
    const got = wilcoxon(d);
    expectClose(got.statistic, statistic, "statistic");
    expectClose(got.pValue, p, "p");
  }
});
