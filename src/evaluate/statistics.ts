/**
 * The statistics of evaluations, by hand: rank correlation, exact tests, sample sizes.
 *
 * Each is held to numpy and scipy in test/evaluate/golden.
 */

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
