/**
 * The oracle's numbers (oracle/make.py) on the same made data, each to a relative 1e-9: fits with
 * prior and leave-one-out, temperature, thresholds, PPI++, two samples, agreement, intervals. Its
 * numbers of drift are held in test/monitor.
 */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { fitPrior, gram, type Fit, type FitProblem } from "../../src/adapt/fit.ts";
import { approximateLeaveOut, exactLeaveOut } from "../../src/adapt/leave-out.ts";
import { pairLoss, sigmoid } from "../../src/adapt/logistic.ts";
import { findThresholds } from "../../src/adapt/threshold.ts";
import { fitTemperature } from "../../src/preference/temperature.ts";
import { krippendorffAlpha } from "../../src/statistics/agreement.ts";
import { wilson } from "../../src/statistics/intervals.ts";
import { predictionPoweredMean } from "../../src/statistics/prediction-powered.ts";
import { signTest } from "../../src/statistics/tests.ts";
import { kolmogorovSmirnov, mannWhitney, wasserstein } from "../../src/statistics/two-samples.ts";
import { mulberry32, normals } from "../adapt/numbers.ts";

const oracle = JSON.parse(await readFile(new URL("oracle/expected.json", import.meta.url), "utf8"));

function expectClose(got: number, expected: number, relative = 1e-9): void {
  const off = Math.abs(got - expected) / Math.max(1, Math.abs(expected));
  expect(off, `expected ${expected}, got ${got}`).toBeLessThanOrEqual(relative);
}

const [N, D] = [60, 8];
const flat = normals(1, N * D);
const published = normals(2, D).map((value) => value * 0.3);
const taste = normals(3, D).map((value, k) => published[k]! + value * 0.5);
const uniform = mulberry32(4);
const project = (x: ArrayLike<number>, w: readonly number[]): number =>
  w.reduce((sum, value, k) => sum + value * x[k]!, 0);
/** Differences, turned so that the preferred response comes first. */
const turned = Array.from({ length: N }, (_, i) => {
  const x = flat.slice(i * D, (i + 1) * D);
  const sign = uniform() < sigmoid(project(x, taste)) ? 1 : -1;
  return Float64Array.from(x, (value) => sign * value);
});
const margins = turned.map((x) => project(x, published));
const ones = Float64Array.from(turned, () => 1);
const problem: FitProblem = {
  products: gram(turned),
  offsets: Float64Array.from(margins),
  targets: ones,
  weights: ones,
};
const deltaOf = ({ coefficients }: Fit, of: readonly Float64Array[]): number[] =>
  Array.from(of[0]!, (_, k) => of.reduce((sum, x, i) => sum + coefficients[i]! * x[k]!, 0));
const lossOf = (all: ArrayLike<number>): number =>
  Array.from(all).reduce((sum, margin) => sum + pairLoss(margin, 1), 0);
const rightOf = (all: ArrayLike<number>): number =>
  Array.from(all).filter((margin) => margin > 0).length / all.length;

test.each([0.1, 1, 10])(
  "fit: prior of strength %f → numpy's δ, loss, accuracy, leave-one-out",
  (lam) => {
    const wanted = oracle[`bt_prior_lam${lam.toFixed(1)}`];
    const fit = fitPrior(problem, lam);
    for (const [k, value] of deltaOf(fit, turned).entries()) expectClose(value, wanted.delta[k]);
    expectClose(lossOf(fit.margins), wanted.nll);
    expectClose(rightOf(fit.margins), wanted.train_acc);
    const blocks = turned.map((_, i) => [i]);
    const exact = exactLeaveOut(problem, fit, blocks, 1e-10);
    expectClose(lossOf(exact) / N, wanted.loo_nll_exact);
    expectClose(rightOf(exact), wanted.loo_acc_exact);
    const approximate = approximateLeaveOut(problem, fit, blocks);
    expectClose(lossOf(approximate) / N, wanted.loo_nll_alo);
    expectClose(rightOf(approximate), wanted.loo_acc_alo);
  },
);

test("temperature: → scipy's T and loss", () => {
  const { temperature, loss } = fitTemperature(margins);
  // BFGS of scipy ends at a slope of 1e-10: its T has some 1e-9, its loss all digits.
  expectClose(temperature, oracle.temperature.T, 1e-8);
  expectClose(loss * N, oracle.temperature.nll);
});

test("thresholds: six wishes → the fewest labels, and that none of them can be certified here", () => {
  const pairs = margins.map((margin) => ({ margin, target: 1 }));
  for (const error of [0.05, 0.1, 0.2]) {
    for (const risk of [0.05, 0.1]) {
      const wanted = oracle.ltt[`a${error}_d${risk}`];
      const found = findThresholds(pairs, { error, risk, steps: "counts" });
      expect(found.leastLabels).toBe(wanted.min_m);
      expect(found.confident.decided).toBe(wanted.accepted ?? 0);
    }
  }
});

test("PPI++: 80 labels, 2,000 predictions → λ, mean, interval, both half-widths", () => {
  const clip = (value: number): number => Math.min(1, Math.max(0, value));
  const predict = (seed: number, noise: number, count: number): number[] => {
    const [base, extra] = [normals(seed, count), normals(noise, count)];
    return base.map((value, i) => clip(Number(value > 0) * 0.6 + 0.2 + 0.15 * extra[i]!));
  };
  const labels = normals(5, 80).map((value) => Number(value > 0));
  const { ppi } = oracle;
  const got = predictionPoweredMean(labels, predict(5, 6, 80), predict(7, 8, 2000), 0.9);
  expectClose(got.lambda, ppi.lam);
  expectClose(got.mean, ppi.theta);
  expectClose(got.interval.low, ppi.lo);
  expectClose(got.interval.high, ppi.hi);
  // The oracle writes these two with z = 1.6448536.
  const z = 1.6448536 / 1.6448536269514722;
  expectClose(got.classicHalfWidth * z, ppi.classic_halfwidth);
  expectClose(((got.interval.high - got.interval.low) / 2) * z, ppi.halfwidth);
});

test("two samples: 200 and 150 values, 0.3 apart → scipy's D, p, Mann and Whitney's p, the distance", () => {
  const [a, b] = [normals(11, 200), normals(12, 150).map((value) => value + 0.3)];
  const wanted = oracle.drift_fixture;
  const { statistic, pValue } = kolmogorovSmirnov(a, b);
  expectClose(statistic, wanted.ks_D);
  expectClose(pValue, wanted.ks_p);
  expectClose(mannWhitney(a, b).pValue, wanted.mw_p);
  expectClose(wasserstein(a, b), wanted.wasserstein);
});

test("agreement, interval, sign test → krippendorff's and scipy's", () => {
  const none = undefined;
  const ratings = [
    [0, 1, 1, 0, 1, none, 0, 1],
    [0, 1, 0, 0, 1, 1, 0, 1],
    [0, 1, 1, 0, none, 1, 1, 1],
  ];
  expectClose(krippendorffAlpha(ratings), oracle.krippendorff_nominal);
  const { low, high } = wilson(17, 20);
  expectClose(low, oracle.wilson_17_of_20[0]);
  expectClose(high, oracle.wilson_17_of_20[1]);
  expectClose(signTest(17, 3), oracle.sign_17_20_p);
});

test("ranking of four by nine comparisons, a weak and a strong prior → choix's, by the same fit", () => {
  const compared: readonly (readonly [number, number])[] = [
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 0],
    [1, 0],
    [0, 1],
    [3, 1],
    [2, 3],
    [0, 3],
  ];
  const rows = compared.map(([winner, loser]) =>
    Float64Array.from({ length: 4 }, (_, k) => Number(k === winner) - Number(k === loser)),
  );
  const all = Float64Array.from(rows, () => 1);
  const nothing = new Float64Array(rows.length);
  const ranking = { products: gram(rows), offsets: nothing, targets: all, weights: all };
  for (const [alpha, name] of [
    [1e-6, "choix_opt_pairwise"],
    [0.1, "choix_opt_alpha0.1"],
  ] as const) {
    // choix adds α·‖θ‖² to the loss, we λ/2·‖δ‖².
    const found = deltaOf(fitPrior(ranking, 2 * alpha), rows);
    // choix stops at its minimiser's own tolerance.
    for (const [k, value] of found.entries()) expectClose(value, oracle[name][k], 1e-5);
  }
});
