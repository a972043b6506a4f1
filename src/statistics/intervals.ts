// Tested by: test/statistics/golden-values.test.ts
/** Intervals of a share, held to scipy's `binomtest(...).proportion_ci`. */
import type { Interval } from "./bootstrap.ts";
import { betaQuantile, normalQuantile } from "./distributions.ts";

/** Returns Wilson's interval of a share. NaN for no trials. */
export function wilson(successes: number, trials: number, level = 0.95): Interval {
  const z = normalQuantile(1 - (1 - level) / 2);
  const share = successes / trials;
  const middle = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z / (1 + (z * z) / trials)) *
    Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  // Rounding would leave 1e-17 instead of the ends.
  const low = successes === 0 ? 0 : middle - half;
  const high = successes === trials ? 1 : middle + half;
  return { low, high };
}

/** Returns Clopper and Pearson's interval of a share, which covers at least `level`. */
export function clopperPearson(successes: number, trials: number, level = 0.95): Interval {
  const tail = (1 - level) / 2;
  const failures = trials - successes;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, failures + 1),
    high: failures === 0 ? 1 : betaQuantile(1 - tail, successes + 1, failures),
  };
}
