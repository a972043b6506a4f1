/**
 * The statistics of evaluations, by hand: intervals by the bootstrap, rank correlation, exact
 * tests, sample sizes.
 *
 * Each is held to numpy and scipy in test/evaluate/golden.
 */

import { random } from "./random.ts";

/**
 * A value as a function of how often each row counts. NaN if the rows that count leave it
 * undefined.
 */
export type Statistic = (weights: Float64Array) => number;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** 5,000 by default: the ends then move by about 4 % of a standard error from seed to seed. */
  readonly resamples?: number;
  /** 1 by default. */
  readonly seed?: number;
  /** 0.95 by default. */
  readonly level?: number;
}

/**
 * Returns percentile intervals of statistics under resampling of whole clusters, all from the same
 * resamples. A resample that leaves a statistic undefined (a group without rows) does not count for
 * it.
 * @param clusters for each row, which cluster it is in: 0, 1, …
 * @returns undefined for a statistic that no resample defines
 */
export function bootstrap(
  clusters: readonly number[],
  statistics: readonly Statistic[],
  { resamples = 5000, seed = 1, level = 0.95 }: BootstrapOptions = {},
): (Interval | undefined)[] {
  const { below } = random(seed);
  const clusterCount = clusters.reduce((most, cluster) => Math.max(most, cluster + 1), 0);
  const counts = new Float64Array(clusterCount);
  const weights = new Float64Array(clusters.length);
  const drawn = statistics.map(() => new Float64Array(resamples));
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0);
    for (let draw = 0; draw < clusterCount; draw++) {
      const cluster = below(clusterCount);
      counts[cluster] = (counts[cluster] ?? 0) + 1;
    }
    for (const [row, cluster] of clusters.entries()) weights[row] = counts[cluster] ?? 0;
    for (const [i, statistic] of statistics.entries()) {
      const values = drawn[i];
      if (values) values[resample] = statistic(weights);
    }
  }
  const tail = (1 - level) / 2;
  return drawn.map((values) => {
    const defined = values.filter((value) => Number.isFinite(value)).toSorted();
    if (defined.length === 0) return undefined;
    return { low: quantile(defined, tail), high: quantile(defined, 1 - tail) };
  });
}

/** Numbers the clusters of rows by their names. */
export function numberClusters(names: readonly string[]): number[] {
  const numbers = new Map<string, number>();
  return names.map((name) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
}

/** Returns the quantile of sorted values, linear between two of them (numpy's default). */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the standard deviation of a sample (n − 1). NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return values.length < 2 ? NaN : Math.sqrt(squares / (values.length - 1));
}

/**
 * Returns Spearman's rank correlation; equal values share their mean rank. NaN if either side is
 * constant.
 */
export function spearman(x: readonly number[], y: readonly number[]): number {
  const a = ranks(x);
  const b = ranks(y);
  const middle = (x.length + 1) / 2;
  let both = 0;
  let first = 0;
  let second = 0;
  for (const [i, rank] of a.entries()) {
    const u = rank - middle;
    const v = (b[i] ?? NaN) - middle;
    both += u * v;
    first += u * u;
    second += v * v;
  }
  return both / Math.sqrt(first * second);
}

/**
 * Returns Kendall's rank correlation τ-b; values equal on one side alone lower it. NaN if either
 * side is constant.
 */
export function kendall(x: readonly number[], y: readonly number[]): number {
  let both = 0;
  let first = 0;
  let second = 0;
  for (let i = 1; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const u = Math.sign((x[i] ?? NaN) - (x[j] ?? NaN));
      const v = Math.sign((y[i] ?? NaN) - (y[j] ?? NaN));
      both += u * v;
      first += u * u;
      second += v * v;
    }
  }
  return both / Math.sqrt(first * second);
}

function ranks(values: readonly number[]): number[] {
  const order = values
    .map((value, index) => ({ value, index }))
    .toSorted((a, b) => a.value - b.value);
  const result = Array.from<number>({ length: values.length });
  for (let begin = 0; begin < order.length;) {
    let end = begin + 1;
    while (order[end]?.value === order[begin]?.value) end += 1;
    for (const { index } of order.slice(begin, end)) result[index] = (begin + 1 + end) / 2;
    begin = end;
  }
  return result;
}

/**
 * Returns P of a split at least as uneven, if both sides are equally likely: the sign test, and
 * McNemar's exact one.
 */
export function signTest(wins: number, losses: number): number {
  const total = wins + losses;
  const fewer = Math.min(wins, losses);
  let logTerm = -total * Math.LN2;
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= fewer; k++) {
    logTerm += Math.log((total - k + 1) / k);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, 2 * sum);
}

export interface McNemar {
  /** Rows that only the first has, and that only the second has. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Chi-square with one degree of freedom, with Edwards' correction. */
  readonly chiSquare: number;
  readonly pValue: number;
  /** The exact binomial test; the one to look at below some 25 discordant rows. */
  readonly exactPValue: number;
}

/** Computes McNemar's test on discordant rows. */
export function mcNemar(onlyFirst: number, onlySecond: number): McNemar {
  const total = onlyFirst + onlySecond;
  const excess = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1);
  const chiSquare = total === 0 ? 0 : excess ** 2 / total;
  return {
    onlyFirst,
    onlySecond,
    chiSquare,
    pValue: complementaryError(Math.sqrt(chiSquare / 2)),
    exactPValue: signTest(onlyFirst, onlySecond),
  };
}

/** Returns p-values with Holm's correction for their number. */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues
    .map((value, index) => ({ value, index }))
    .toSorted((a, b) => a.value - b.value);
  const adjusted = Array.from<number>({ length: pValues.length });
  let least = 0;
  for (const [i, { value, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, value * (pValues.length - i)));
    adjusted[index] = least;
  }
  return adjusted;
}

// Two-sided 5 %, and a power of 80 %.
const Z_LEVEL = 1.959963984540054;
const Z_POWER = 0.8416212335729143;

/**
 * Returns how many rows it takes to find a mean difference of this size with 95 % confidence in
 * four of five tries.
 */
export function rowsForMeanDifference(difference: number, deviation: number): number {
  return Math.ceil(((Z_LEVEL + Z_POWER) * deviation) ** 2 / difference ** 2);
}

/**
 * Returns how many rows the sign test needs to separate a share of wins from one half with 95 %
 * confidence, in four of five tries.
 * @param winShare wins among rows with a winner
 * @param decidedShare rows with a winner among all rows
 */
export function rowsForWinShare(winShare: number, decidedShare: number): number {
  const spread = Z_LEVEL / 2 + Z_POWER * Math.sqrt(winShare * (1 - winShare));
  return Math.ceil((spread / (winShare - 0.5)) ** 2 / decidedShare);
}

/** Returns erfc by a Chebyshev fit (Numerical Recipes, erfcc): relative error below 1.2e-7. */
function complementaryError(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const terms = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398,
    1.48851587, -0.82215223, 0.17087277,
  ];
  const fit = terms.reduceRight((sum, term) => sum * t + term, 0);
  const value = t * Math.exp(-x * x + fit);
  return x >= 0 ? value : 2 - value;
}
