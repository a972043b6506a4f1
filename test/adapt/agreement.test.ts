/** Agreement and PPI++ against scikit-learn, krippendorff and numpy (golden/make.py). */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { cohenKappa, krippendorffAlpha } from "../../src/statistics/agreement.ts";
import { predictionPoweredMean } from "../../src/statistics/prediction-powered.ts";
import { normals } from "./numbers.ts";

const golden = JSON.parse(await readFile(new URL("golden/expected.json", import.meta.url), "utf8"));

test("kappa: two, three and four labels → scikit-learn's", () => {
  for (const { a, b, kappa } of golden.kappa) expect(cohenKappa(a, b)).toBeCloseTo(kappa, 12);
});

test("kappa: all equal, one label only → 1, NaN", () => {
  expect(cohenKappa(["a", "b"], ["a", "b"])).toBe(1);
  expect(cohenKappa(["a", "a"], ["a", "a"])).toBeNaN();
});

test("alpha: raters who skipped items; nominal, ordinal, interval → krippendorff's", () => {
  for (const { data, ...levels } of golden.alpha) {
    const ratings = data.map((row: (number | null)[]) => row.map((value) => value ?? undefined));
    for (const level of ["nominal", "ordinal", "interval"] as const) {
      expect(krippendorffAlpha(ratings, level)).toBeCloseTo(levels[level], 10);
    }
  }
});

test("alpha: the fixture of three raters → 0.641", () => {
  const none = undefined;
  const ratings = [
    [0, 1, 1, 0, 1, none, 0, 1],
    [0, 1, 0, 0, 1, 1, 0, 1],
    [0, 1, 1, 0, none, 1, 1, 1],
  ];
  expect(krippendorffAlpha(ratings)).toBeCloseTo(0.641025641025641, 12);
});

test("alpha: no item with two labels → NaN", () => {
  expect(
    krippendorffAlpha([
      [1, undefined],
      [undefined, 2],
    ]),
  ).toBeNaN();
});

const clip = (value: number): number => Math.min(1, Math.max(0, value));
const labels = normals(5, 80).map((value) => Number(value > 0));
const predictions = normals(6, 80).map((value, i) => clip(labels[i]! * 0.6 + 0.2 + 0.15 * value));
const noise = normals(8, 2000);
const others = normals(7, 2000).map((value, i) =>
  clip(Number(value > 0) * 0.6 + 0.2 + 0.15 * noise[i]!),
);

test("PPI++: three sizes → numpy's λ, mean and standard error", () => {
  for (const { k, N, lam, theta, se } of golden.ppi) {
    const got = predictionPoweredMean(
      labels.slice(0, k),
      predictions.slice(0, k),
      others.slice(0, N),
    );
    expect(got.lambda).toBeCloseTo(lam, 10);
    expect(got.mean).toBeCloseTo(theta, 10);
    expect(got.standardError).toBeCloseTo(se, 10);
  }
});

test("PPI++: predictions that say nothing → the labels alone", () => {
  const flat = predictions.map(() => 0.5);
  const got = predictionPoweredMean(labels, flat, [0.5, 0.5, 0.5]);
  expect(got.lambda).toBe(0);
  expect(got.mean).toBeCloseTo(labels.reduce((a, b) => a + b) / 80, 12);
});
