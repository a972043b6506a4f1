/**
 * Tells growth from noise: a series of measurements grows if its trend is significant (Mann and
 * Kendall's test) and its slope (Theil and Sen's) adds up to more than is allowed.
 */

/** A measurement, with the time or the count of work when it was made. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

export interface Growth {
  readonly first: number;
  readonly last: number;
  /** Of the value for one unit of `at`. */
  readonly slope: number;
  /** Slope times the span that was judged. */
  readonly total: number;
  readonly isSignificant: boolean;
  readonly isGrowing: boolean;
}

/** Caches fill and code is compiled in the first part of a run: it is not judged. */
const WARM_UP = 0.25;
/** Two-sided 99 %. */
const SIGNIFICANT = 2.576;
/** Fewer say nothing. */
export const LEAST_SAMPLES = 8;

/**
 * Judges a series; undefined if it is too short.
 * @param allowed the growth over the judged span that is still accepted, in the value's unit
 */
export function growthOf(samples: readonly Sample[], allowed: number): Growth | undefined {
  const judged = samples.slice(Math.floor(samples.length * WARM_UP));
  const [first, last] = [judged.at(0), judged.at(-1)];
  if (judged.length < LEAST_SAMPLES || first === undefined || last === undefined) return undefined;
  const slopes: number[] = [];
  let rising = 0;
  for (const [i, a] of judged.entries()) {
    for (const b of judged.slice(i + 1)) {
      rising += Math.sign(b.value - a.value);
      if (b.at > a.at) slopes.push((b.value - a.value) / (b.at - a.at));
    }
  }
  const deviation = Math.sqrt(varianceOfKendall(judged));
  const isSignificant = deviation > 0 && (rising - Math.sign(rising)) / deviation > SIGNIFICANT;
  const slope = median(slopes);
  const total = slope * (last.at - first.at);
  return {
    first: first.value,
    last: last.value,
    slope,
    total,
    isSignificant,
    isGrowing: isSignificant && total > allowed,
  };
}

/** The variance of Kendall's S without a trend, corrected for equal values. */
function varianceOfKendall(samples: readonly Sample[]): number {
  const times = new Map<number, number>();
  for (const { value } of samples) times.set(value, (times.get(value) ?? 0) + 1);
  const part = (n: number): number => n * (n - 1) * (2 * n + 5);
  const tied = [...times.values()].reduce((sum, n) => sum + part(n), 0);
  return (part(samples.length) - tied) / 18;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted.at(middle - 1), sorted.at(middle)];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
