/**
 * How far scores have drifted from the reference's, and whether pairs keep their winner.
 */
import { kendall } from "../../src/statistics/correlation.ts";
import { mean, standardDeviation } from "../../src/statistics/moments.ts";

/** Upper ends of the bins of margins; the last bin has none. */
const MARGINS = [0.05, 0.2, 1, Infinity];

/** Scores, and which of them are compared with each other. */
export interface Scored {
  /** The reference's. */
  readonly wanted: readonly number[];
  readonly got: readonly number[];
  /** Places of two scores. */
  readonly pairs: readonly (readonly [number, number])[];
}

/** Pairs by the reference's margin. */
export interface MarginBin {
  readonly above: number;
  readonly upTo: number;
  readonly pairs: number;
  /** Pairs that have another winner, or none. */
  readonly flips: number;
}

export interface Drift {
  readonly scores: number;
  readonly mean: number;
  readonly largest: number;
  /** The same as shares of the spread: the standard deviation of the reference's scores. */
  readonly meanShare: number;
  readonly largestShare: number;
  /** Kendall's τ-b of all scores. */
  readonly kendall: number;
  readonly bins: readonly MarginBin[];
}

export function driftOf({ wanted, got, pairs }: Scored): Drift {
  const off = wanted.map((value, i) => Math.abs((got[i] ?? NaN) - value));
  const spread = standardDeviation(wanted);
  const margins = pairs.map(([a, b]) => ({
    wanted: (wanted[a] ?? NaN) - (wanted[b] ?? NaN),
    got: (got[a] ?? NaN) - (got[b] ?? NaN),
  }));
  return {
    scores: wanted.length,
    mean: mean(off),
    largest: Math.max(...off),
    meanShare: mean(off) / spread,
    largestShare: Math.max(...off) / spread,
    kendall: kendall(wanted, got),
    bins: MARGINS.map((upTo, i) => {
      const above = MARGINS[i - 1] ?? 0;
      const own = margins.filter(
        (margin) => Math.abs(margin.wanted) > above && Math.abs(margin.wanted) <= upTo,
      );
      const flips = own.filter((margin) => Math.sign(margin.got) !== Math.sign(margin.wanted));
      return { above, upTo, pairs: own.length, flips: flips.length };
    }),
  };
}

/**
 * Returns the drift of several sets as one. Every score has the same weight, shares relate to the
 * spread of their own set, and τ is the mean over the sets.
 */
export function pooled(sets: readonly Drift[]): Drift {
  const scores = sets.reduce((sum, set) => sum + set.scores, 0);
  const meanOf = (value: (set: Drift) => number): number =>
    sets.reduce((sum, set) => sum + value(set) * set.scores, 0) / scores;
  return {
    scores,
    mean: meanOf((set) => set.mean),
    largest: Math.max(...sets.map(({ largest }) => largest)),
    meanShare: meanOf(({ meanShare }) => meanShare),
    largestShare: Math.max(...sets.map(({ largestShare }) => largestShare)),
    kendall: mean(sets.map((set) => set.kendall)),
    bins: MARGINS.map((upTo, i) => ({
      above: MARGINS[i - 1] ?? 0,
      upTo,
      pairs: sets.reduce((sum, { bins }) => sum + (bins[i]?.pairs ?? 0), 0),
      flips: sets.reduce((sum, { bins }) => sum + (bins[i]?.flips ?? 0), 0),
    })),
  };
}

/** Pairs whose margin is above `margin`, and those of them that changed their winner. */
export function flipsAbove({ bins }: Drift, margin: number): { pairs: number; flips: number } {
  const own = bins.filter(({ above }) => above >= margin);
  return {
    pairs: own.reduce((sum, { pairs }) => sum + pairs, 0),
    flips: own.reduce((sum, { flips }) => sum + flips, 0),
  };
}
