// Tested by: test/audit/golden.test.ts
/**
 * A mean over prompts, with what a referee asks for: an interval by the bootstrap over prompts, a
 * paired test, and how many prompts an effect of the wanted size takes.
 */
import { at } from "../base/at.ts";
import { bootstrap, type BootstrapOptions, type Interval } from "../statistics/bootstrap.ts";
import { studentTwoSided } from "../statistics/distributions.ts";
import { mean, standardDeviation } from "../statistics/moments.ts";

export interface Estimated {
  readonly value: number;
  readonly interval: Interval | undefined;
  /** Two-sided, of a mean of 0; undefined for fewer than two prompts. */
  readonly p: number | undefined;
  readonly standardError: number;
  readonly prompts: number;
}

/** Two-sided 5 % and a power of 80 %. */
const Z_BOTH = 1.959963984540054 + 0.8416212335729143;
/** Nothing is said of fewer prompts. */
export const FEWEST_PROMPTS = 20;

/**
 * Returns the mean of the prompts' own means.
 * @param clusters of the values: which prompt each belongs to
 */
export function meanOverPrompts(
  values: readonly number[],
  clusters: readonly number[],
  options: BootstrapOptions,
): Estimated {
  const means = promptMeans(values, clusters);
  const value = mean(means);
  const prompts = means.length;
  const standardError = standardDeviation(means) / Math.sqrt(prompts);
  const all = means.map((_, i) => i);
  const [interval] = bootstrap(all, [weightedMean(means)], options);
  return { value, interval, standardError, prompts, p: pOf(value, standardError, prompts) };
}

/** Returns P of a mean that far from 0, by Student's t over prompts. */
function pOf(value: number, standardError: number, prompts: number): number | undefined {
  if (prompts < 2) return undefined;
  // Every prompt says exactly the same.
  if (standardError === 0) return value === 0 ? 1 : 0;
  return studentTwoSided(value / standardError, prompts - 1);
}

function promptMeans(values: readonly number[], clusters: readonly number[]): number[] {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const [i, value] of values.entries()) {
    const own = sums.get(at(clusters, i)) ?? { sum: 0, count: 0 };
    own.sum += value;
    own.count += 1;
    sums.set(at(clusters, i), own);
  }
  return [...sums.values()].map(({ sum, count }) => sum / count);
}

function weightedMean(values: readonly number[]): (weights: Float64Array) => number {
  return (weights) => {
    let sum = 0;
    let all = 0;
    // Indexes without `at`: it runs for each resample.
    for (let i = 0; i < values.length; i++) {
      sum += (weights[i] ?? NaN) * (values[i] ?? NaN);
      all += weights[i] ?? NaN;
    }
    return sum / all;
  };
}

/** Returns how many prompts find an effect of a size in four of five tries. */
export function promptsNeeded(prompts: number, standardError: number, size: number): number {
  if (!Number.isFinite(standardError)) return Infinity;
  return Math.max(FEWEST_PROMPTS, Math.ceil(prompts * ((Z_BOTH * standardError) / size) ** 2));
}
