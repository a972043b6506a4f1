// Tested by: test/monitor/drift-statistics.test.ts
/**
 * The population stability index, with a limit that knows the sample sizes.
 *
 * **Trap** The usual limits 0.1 and 0.25 are wrong for small windows: without any drift the mean is
 * about 9 · (1/n + 1/m), 0.1 for n = 100. Divided by 1/n + 1/m it is near chi-square with one
 * degree of freedom less than bins; that is the limit here.
 */
import { at } from "../base/at.ts";
import { quantile } from "../statistics/bootstrap.ts";
import { chiSquareQuantile, chiSquareTail } from "../statistics/distributions.ts";

/** Added to each bin's count: an empty bin would make the index infinite. */
const ADDED = 0.5;

/**
 * Returns the inner edges of bins that hold equal shares of a sample. Equal edges count once.
 * @param values at least one, finite
 */
export function binEdges(values: readonly number[], bins = 10): number[] {
  const sorted = Float64Array.from(values).toSorted();
  const edges = Array.from({ length: bins - 1 }, (_, i) => quantile(sorted, (i + 1) / bins));
  return edges.filter((edge, i) => i === 0 || edge > at(edges, i - 1));
}

/** Returns the bin of a value: the number of edges at or below it. */
export function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(edges, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns how many values are in each bin. */
export function countBins(edges: readonly number[], values: readonly number[]): number[] {
  const counts = Array.from<number>({ length: edges.length + 1 }).fill(0);
  for (const value of values) {
    const bin = binOf(edges, value);
    counts[bin] = at(counts, bin) + 1;
  }
  return counts;
}

export interface StabilityIndex {
  /** Σ (q − p) · ln(q / p) over the bins. */
  readonly value: number;
  /** By the chi-square limit. */
  readonly pValue: number;
  /** The value that 1 % of windows without drift exceed. */
  readonly limit: number;
}

/** Returns the index of counts of the same bins. */
export function stabilityIndex(
  reference: readonly number[],
  counts: readonly number[],
): StabilityIndex {
  const m = sum(reference);
  const n = sum(counts);
  const shares = (list: readonly number[], total: number): number[] =>
    list.map((count) => (count + ADDED) / (total + ADDED * list.length));
  const p = shares(reference, m);
  const q = shares(counts, n);
  const value = sum(q.map((share, i) => (share - at(p, i)) * Math.log(share / at(p, i))));
  const scale = 1 / n + 1 / m;
  const degrees = Math.max(1, counts.length - 1);
  return {
    value,
    pValue: chiSquareTail(value / scale, degrees),
    limit: chiSquareQuantile(0.99, degrees) * scale,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
