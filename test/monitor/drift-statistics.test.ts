/** The statistics of drift against numpy and scipy (golden/make.py), and their false alarms. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { BettingTest } from "../../src/monitor/betting.ts";
import { Cusum, limitForRunLength, runLength } from "../../src/monitor/cusum.ts";
import { binEdges, countBins, stabilityIndex } from "../../src/monitor/psi.ts";
import { Sample } from "../../src/monitor/sample.ts";
import { chiSquareOfCounts } from "../../src/statistics/contingency.ts";
import { mean, standardDeviation } from "../../src/statistics/moments.ts";
import { kolmogorovSmirnov } from "../../src/statistics/two-samples.ts";
import { Draws } from "../../testing/trust/draws.ts";
import { normals } from "../adapt/numbers.ts";

const golden = JSON.parse(readFileSync(new URL("golden/expected.json", import.meta.url), "utf8"));

const a = normals(11, 200);
const b = normals(12, 150).map((value) => value + 0.3);
const c = normals(13, 900);
const rounded = normals(14, 300).map(roundHalfEven);
const roundedB = b.map(roundHalfEven);

/** As numpy rounds. */
function roundHalfEven(value: number): number {
  return Math.round(value) + 0;
}

function expectClose(got: number, expected: number): void {
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1e-3, Math.abs(expected)));
}

test("PSI: value, p and limit → as numpy and scipy have them", () => {
  const pairs = [
    [a, b],
    [c, a],
    [rounded, roundedB],
  ] as const;
  for (const [i, [reference, run]] of pairs.entries()) {
    const edges = binEdges(reference);
    const got = stabilityIndex(countBins(edges, reference), countBins(edges, run));
    expectClose(got.value, golden.psi[i].value);
    expectClose(got.pValue, golden.psi[i].p);
    expectClose(got.limit, golden.psi[i].limit);
  }
});

test("Kolmogorov and Smirnov: either side larger, ties → scipy's exact p", () => {
  const pairs = [
    [a, b],
    [c, a],
    [a, c],
    [c, b],
    [rounded, roundedB],
  ] as const;
  for (const [i, [x, y]] of pairs.entries()) {
    const got = kolmogorovSmirnov(x, y);
    expectClose(got.statistic, golden.ks[i][0]);
    expect(Math.abs(got.pValue - golden.ks[i][1])).toBeLessThan(1e-9);
  }
  const large = kolmogorovSmirnov(
    normals(1, 4096),
    normals(2, 1000).map((value) => value + 0.5),
  );
  expect(large.pValue).toBeGreaterThanOrEqual(0);
  expect(large.pValue).toBeLessThanOrEqual(1e-12);
});

test("counts: two rows → chi2_contingency, with Yates' correction for two columns", () => {
  for (const { a: x, b: y, statistic, p } of golden.counts) {
    const got = chiSquareOfCounts(x, y);
    expectClose(got.statistic, statistic);
    expectClose(got.pValue, p);
  }
});

test("CUSUM: sums, first alarm and their number → as a second loop has them", () => {
  for (const { shift, k, h, most, first, alarms, high, low } of golden.cusum) {
    const cusum = new Cusum(k, h);
    for (const value of normals(15, 800)) cusum.add(value + shift);
    const { state } = cusum;
    expectClose(state.most, most);
    expectClose(state.high, high);
    expectClose(state.low, low);
    expect([state.alarmAt ?? null, state.alarms]).toEqual([first, alarms]);
  }
  for (const [k, h, length] of golden.runLength) expectClose(runLength(k, h), length);
  for (const [k, wanted, h] of golden.limit) expectClose(limitForRunLength(k, wanted), h);
  expect(() => limitForRunLength(0, 1000)).toThrow("CUSUM: expected k above 0");
});

test("CUSUM: 400 streams without drift → the mean run length that Siegmund's formula says", () => {
  const limit = limitForRunLength(0.5, 465);
  const lengths = Array.from({ length: 400 }, (_, seed) => {
    const draws = new Draws(seed + 1);
    const cusum = new Cusum(0.5, limit);
    while (cusum.state.alarmAt === undefined) cusum.add(draws.normal());
    return cusum.state.alarmAt;
  });
  // The mean of 400 exponential lengths is within 15 % of theirs 997 times in 1,000.
  expect(mean(lengths) / 465).toBeGreaterThan(0.85);
  expect(mean(lengths) / 465).toBeLessThan(1.15);
});

test("betting test: capital now and at most → as numpy has it", () => {
  for (const { shift, log, most } of golden.betting) {
    const bets = new BettingTest(a);
    for (const value of normals(16, 400)) bets.add(value + shift);
    expectClose(bets.logCapital, log);
    expectClose(bets.mostLogCapital, most);
  }
});

test("betting test: 200 streams of 2,000 without drift, looked at after each → at most 5 % alarm", () => {
  let alarms = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const draws = new Draws(seed);
    const bets = new BettingTest(Array.from({ length: 500 }, () => draws.normal()));
    for (let i = 0; i < 2000; i++) bets.add(draws.normal());
    if (bets.mostLogCapital > Math.log(20)) alarms += 1;
  }
  expect(alarms).toBeLessThanOrEqual(10);
});

test("PSI: 1,000 windows of 100 without drift → fewer than 2 % over the limit, a third over 0.1", () => {
  const draws = new Draws(9);
  let over = 0;
  let overFixed = 0;
  for (let window = 0; window < 1000; window++) {
    const reference = Array.from({ length: 1000 }, () => draws.normal());
    const edges = binEdges(reference);
    const run = Array.from({ length: 100 }, () => draws.normal());
    const index = stabilityIndex(countBins(edges, reference), countBins(edges, run));
    if (index.value > index.limit) over += 1;
    if (index.value > 0.1) overFixed += 1;
  }
  expect(over).toBeLessThan(20);
  expect(overFixed).toBeGreaterThan(250);
});

test("sample: a stream longer than it keeps → exact moments, a uniform sample", () => {
  const values = normals(3, 20_000);
  const sample = new Sample(1000);
  for (const value of values) sample.add(value);
  expect(sample.count).toBe(20_000);
  expectClose(sample.mean, mean(values));
  expectClose(sample.standardDeviation, standardDeviation(values));
  expect(sample.values).toHaveLength(1000);
  // Old and new values are there alike.
  const kept = new Set(sample.values);
  const early = values.slice(0, 10_000).filter((value) => kept.has(value)).length;
  expect(early).toBeGreaterThan(440);
  expect(early).toBeLessThan(560);
});
