/** The fit against numpy's, scipy's and scikit-learn's (golden/make.py). */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { fitPrior, gram, type FitProblem } from "../../src/adapt/fit.ts";
import { approximateLeaveOut, exactLeaveOut } from "../../src/adapt/leave-out.ts";
import { pairLoss, sigmoid } from "../../src/adapt/logistic.ts";
import { fitScale } from "../../src/adapt/scale.ts";
import { mulberry32, normals } from "./numbers.ts";

const golden = JSON.parse(await readFile(new URL("golden/expected.json", import.meta.url), "utf8"));

const N = 60;
const D = 8;
const flat = normals(1, N * D);
const features = Array.from({ length: N }, (_, i) =>
  Float64Array.from(flat.slice(i * D, (i + 1) * D)),
);
const published = normals(2, D).map((value) => value * 0.3);
const taste = normals(3, D).map((value, k) => published[k]! + value * 0.5);
const project = (x: Float64Array, w: readonly number[]): number =>
  x.reduce((sum, value, k) => sum + value * w[k]!, 0);
const uniform = mulberry32(4);
const targets = Float64Array.from(features, (x) =>
  uniform() < sigmoid(project(x, taste)) ? 1 : 0,
);
for (let i = 0; i < N; i += 7) targets[i] = 0.5;
const weights = Float64Array.from(normals(9, N), (value) => 0.5 + Math.abs(value));
const offsets = Float64Array.from(features, (x) => project(x, published));
const problem: FitProblem = { products: gram(features), offsets, targets, weights };
const blocks = Array.from({ length: N / 3 }, (_, k) => [3 * k, 3 * k + 1, 3 * k + 2]);

/** Returns δ = Σ coefficientsᵢ·xᵢ. */
function deltaOf(coefficients: Float64Array, of: readonly Float64Array[]): number[] {
  return Array.from({ length: D }, (_, k) =>
    of.reduce((sum, x, i) => sum + coefficients[i]! * x[k]!, 0),
  );
}

function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

test("fit: ties, weights, a prior of three strengths → numpy's δ in 8 dimensions to 1e-9", () => {
  for (const { lam, delta } of golden.fits) {
    const fit = fitPrior(problem, lam);
    expect(largestGap(deltaOf(fit.coefficients, features), delta)).toBeLessThan(1e-9);
  }
});

test("fit: ± rows without a prior, and with one → scikit-learn's and scipy's weights", () => {
  const sure = features.flatMap((_, i) => (targets[i] === 0.5 ? [] : [i]));
  const of = sure.map((i) => features[i]!.map((value) => (targets[i]! > 0.5 ? value : -value)));
  const ones = Float64Array.from(sure, () => 1);
  for (const name of ["sklearn", "offset"] as const) {
    const own = Float64Array.from(sure, (i) =>
      name === "sklearn" ? 0 : (targets[i]! > 0.5 ? 1 : -1) * offsets[i]!,
    );
    const { lam, delta } = golden[name];
    const signed = { products: gram(of), offsets: own, targets: ones, weights: ones };
    const found = deltaOf(fitPrior(signed, lam).coefficients, of);
    for (const [k, value] of found.entries()) {
      expect(Math.abs(value - delta[k])).toBeLessThan(1e-6 * Math.abs(delta[k]));
    }
  }
});

test("fit: an infinite prior → the published margins", () => {
  const fit = fitPrior(problem, Infinity);
  expect(fit.margins).toEqual(offsets);
  expect(largestGap(fit.coefficients, new Float64Array(N))).toBe(0);
});

test("leave-out: prompts of three labels → exactly the refits, approximately in one step", () => {
  for (const { lam, left } of golden.fits) {
    const fit = fitPrior(problem, lam);
    expect(largestGap(exactLeaveOut(problem, fit, blocks), left)).toBeLessThan(1e-5);
    const once = approximateLeaveOut(problem, fit, blocks);
    const loss = (margins: ArrayLike<number>): number =>
      targets.reduce((sum, target, i) => sum + pairLoss(margins[i]!, target), 0) / N;
    // A weak prior (λ = 0.1) leaves more to the steps after the first.
    const bound = lam < 1 ? 0.06 : 0.02;
    expect(Math.abs(loss(once) - loss(left)) / loss(left)).toBeLessThan(bound);
    expect(loss(once)).not.toBeCloseTo(loss(fit.margins), 3);
  }
});

test("scale: a prior on ln b → scipy's minimum", () => {
  expect(fitScale({ margins: offsets, targets, weights })).toBeCloseTo(golden.scale, 6);
});
