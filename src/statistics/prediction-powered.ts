// Tested by: test/adapt/agreement.test.ts
/**
 * The mean of a label over many items, from few labels and a prediction for every item (PPI++,
 * Angelopoulos, Duchi and Zrnic 2023).
 */
import { normalQuantile } from "./distributions.ts";
import { mean } from "./moments.ts";
import type { Interval } from "./bootstrap.ts";

export interface PoweredMean {
  readonly mean: number;
  readonly interval: Interval;
  readonly standardError: number;
  /** How far the predictions are used: 0 is the labels alone. */
  readonly lambda: number;
  /** Half the width that the labels alone would give. */
  readonly classicHalfWidth: number;
}

/**
 * Returns the mean with its interval.
 *
 * The labelled items must be a random sample of all items. Below some 30 labels the interval is
 * too narrow, for it takes the mean to be normal.
 * @param labels of the labelled items
 * @param predictions of the same items
 * @param others predictions of the items without a label
 */
export function predictionPoweredMean(
  labels: readonly number[],
  predictions: readonly number[],
  others: readonly number[],
  level = 0.95,
): PoweredMean {
  const n = labels.length;
  const count = others.length;
  const all = [...predictions, ...others];
  const share = n / count;
  const lambda = clip(covariance(labels, predictions) / ((1 + share) * variance(all)));
  const rest = labels.map((label, i) => label - lambda * (predictions[i] ?? NaN));
  const value = lambda * mean(others) + mean(rest);
  const standardError = Math.sqrt((lambda ** 2 * variance(others)) / count + variance(rest) / n);
  const z = normalQuantile(1 - (1 - level) / 2);
  return {
    mean: value,
    standardError,
    lambda,
    interval: { low: value - z * standardError, high: value + z * standardError },
    classicHalfWidth: z * Math.sqrt(variance(labels) / n),
  };
}

/** Returns a weight from 0 to 1; 0 if predictions that never differ say nothing. */
function clip(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value));
}

function variance(values: readonly number[]): number {
  return covariance(values, values);
}

/** Returns the covariance with n in its denominator, as numpy's `var`. */
function covariance(a: readonly number[], b: readonly number[]): number {
  const first = mean(a);
  const second = mean(b);
  return mean(a.map((value, i) => (value - first) * ((b[i] ?? NaN) - second)));
}
