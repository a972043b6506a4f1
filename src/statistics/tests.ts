// Tested by: test/evaluate/ab.test.ts
/** Exact and asymptotic tests, and the correction for their number. Held to scipy. */
import { complementaryError } from "./special.ts";

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
