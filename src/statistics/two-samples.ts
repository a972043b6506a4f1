// Tested by: test/statistics/golden-values.test.ts
/**
 * Tests whether two samples come from one distribution, held to scipy.stats in
 * test/statistics/golden.
 */
import { normalCdf, studentTwoSided } from "./distributions.ts";
import { mean, standardDeviation } from "./moments.ts";

export interface TestResult {
  readonly statistic: number;
  readonly pValue: number;
}

/** Up to this product of the sizes p is exact: some 0.3 s at most. */
const EXACT = 1e8;
const LOST = 1e-12;

/**
 * Returns Kolmogorov and Smirnov's D and its two-sided p: exact if the sizes' product is at most
 * 1e8 (`ks_2samp(method="exact")`) and not below 1e-12, else by Kolmogorov's limit.
 * @param a,b finite values, at least one each
 */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): TestResult {
  const statistic = largestGap(sorted(a), sorted(b));
  const rate = Math.sqrt((a.length * b.length) / (a.length + b.length));
  const limiting = kolmogorovTail(statistic * rate);
  if (a.length * b.length > EXACT) return { statistic, pValue: limiting };
  const [fewer, more] = [Math.min(a.length, b.length), Math.max(a.length, b.length)];
  const exact = 1 - chanceBelow(statistic, fewer, more);
  // The difference from 1 has no digits left below this.
  return { statistic, pValue: exact < LOST ? Math.min(LOST, limiting) : exact };
}

/**
 * Returns P(D < `gap`) if both samples come from one continuous distribution: the share of
 * lattice paths that stay within the gap (Hodges 1958).
 * @param m,n sizes, m ≤ n: the other way round the recursion overflows
 */
function chanceBelow(gap: number, m: number, n: number): number {
  const limit = (0.5 + Math.floor(gap * m * n - 1e-7)) / (m * n);
  const chance = new Float64Array(n + 1);
  for (let j = 0; j <= n; j++) chance[j] = j / n > limit ? 0 : 1;
  for (let i = 1; i <= m; i++) {
    const weight = i / (i + n);
    let last = i / m > limit ? 0 : weight * (chance[0] ?? NaN);
    chance[0] = last;
    for (let j = 1; j <= n; j++) {
      last = Math.abs(i / m - j / n) > limit ? 0 : weight * (chance[j] ?? NaN) + last;
      chance[j] = last;
    }
  }
  return chance[n] ?? NaN;
}

/** Returns the largest distance between two empirical distribution functions. */
function largestGap(a: Float64Array, b: Float64Array): number {
  let i = 0;
  let j = 0;
  let most = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
    while (i < a.length && (a[i] ?? Infinity) <= value) i += 1;
    while (j < b.length && (b[j] ?? Infinity) <= value) j += 1;
    most = Math.max(most, Math.abs(i / a.length - j / b.length));
  }
  return most;
}

/** Returns P(K > x) of Kolmogorov's distribution. */
export function kolmogorovTail(x: number): number {
  if (x <= 0) return 1;
  if (x < 1) {
    // The theta function's other form converges quickly for small x.
    let sum = 0;
    for (let k = 1; k < 60; k += 2) sum += Math.exp(-((k * Math.PI) ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 1; k < 60; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * (k * x) ** 2);
  return Math.min(1, Math.max(0, sum));
}

/**
 * Returns Mann and Whitney's U of the first sample and its two-sided p by the normal
 * approximation, with corrections for ties and for continuity.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): TestResult {
  const { ranks, tieSum } = rankWithTies([...a, ...b]);
  let rankSum = 0;
  for (let i = 0; i < a.length; i++) rankSum += ranks[i] ?? NaN;
  const statistic = rankSum - (a.length * (a.length + 1)) / 2;
  const n = a.length + b.length;
  const product = a.length * b.length;
  const spread = Math.sqrt((product / 12) * (n + 1 - tieSum / (n * (n - 1))));
  const larger = Math.max(statistic, product - statistic);
  const z = (larger - product / 2 - 0.5) / spread;
  return { statistic, pValue: Math.min(1, 2 * normalCdf(-z)) };
}

/** Returns Welch's t and its two-sided p: equal means, whatever the variances. */
export function welch(a: readonly number[], b: readonly number[]): TestResult {
  const first = standardDeviation(a) ** 2 / a.length;
  const second = standardDeviation(b) ** 2 / b.length;
  const statistic = (mean(a) - mean(b)) / Math.sqrt(first + second);
  const degrees =
    (first + second) ** 2 / (first ** 2 / (a.length - 1) + second ** 2 / (b.length - 1));
  return { statistic, pValue: studentTwoSided(statistic, degrees) };
}

/**
 * Returns Wilcoxon's signed-rank statistic and its two-sided p by the normal approximation.
 * Differences of 0 are left out.
 */
export function wilcoxon(differences: readonly number[]): TestResult {
  const kept = differences.filter((value) => value !== 0);
  const { ranks, tieSum } = rankWithTies(kept.map(Math.abs));
  let above = 0;
  let below = 0;
  for (const [i, value] of kept.entries()) {
    if (value > 0) above += ranks[i] ?? NaN;
    else below += ranks[i] ?? NaN;
  }
  const n = kept.length;
  const statistic = Math.min(above, below);
  const spread = Math.sqrt((n * (n + 1) * (2 * n + 1) - tieSum / 2) / 24);
  const z = (statistic - (n * (n + 1)) / 4) / spread;
  return { statistic, pValue: Math.min(1, 2 * normalCdf(-Math.abs(z))) };
}

/** Returns the earth mover's distance between two samples on a line. */
export function wasserstein(a: readonly number[], b: readonly number[]): number {
  const first = sorted(a);
  const second = sorted(b);
  const all = sorted([...a, ...b]);
  let i = 0;
  let j = 0;
  let distance = 0;
  for (let k = 0; k + 1 < all.length; k++) {
    const from = all[k] ?? NaN;
    const to = all[k + 1] ?? NaN;
    while (i < first.length && (first[i] ?? NaN) <= from) i += 1;
    while (j < second.length && (second[j] ?? NaN) <= from) j += 1;
    distance += Math.abs(i / first.length - j / second.length) * (to - from);
  }
  return distance;
}

interface Ranked {
  readonly ranks: readonly number[];
  /** The sum of t³ − t over groups of t equal values. */
  readonly tieSum: number;
}

function rankWithTies(values: readonly number[]): Ranked {
  const order = values.map((_, index) => index);
  order.sort((a, b) => (values[a] ?? NaN) - (values[b] ?? NaN));
  const ranks = Array.from<number>({ length: values.length });
  let tieSum = 0;
  for (let begin = 0; begin < order.length;) {
    let end = begin + 1;
    const value = values[order[begin] ?? -1];
    while (end < order.length && values[order[end] ?? -1] === value) end += 1;
    for (const index of order.slice(begin, end)) ranks[index] = (begin + 1 + end) / 2;
    tieSum += (end - begin) ** 3 - (end - begin);
    begin = end;
  }
  return { ranks, tieSum };
}

function sorted(values: readonly number[]): Float64Array {
  return Float64Array.from(values).toSorted();
}
