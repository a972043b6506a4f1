// Tested by: test/evaluate/metrics.test.ts
/** Intervals by the bootstrap: rows are drawn again, whole clusters at a time. */
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
