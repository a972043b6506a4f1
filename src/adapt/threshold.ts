/**
 * When the judge may decide and when a person must: the least margin at which its error is bounded,
 * from labelled pairs.
 *
 * Two guarantees, which people confuse:
 *
 *   on average  the error among decided pairs is at most α in the mean over calibration sets; any
 *               one set may lie above it (linearised conformal risk control)
 *   confident   with probability 1 − δ over calibration sets the error is at most α (learn then
 *               test, by fixed sequences of binomial tests)
 */
import { InputError } from "../errors.ts";
import { binomialCdf } from "../statistics/distributions.ts";

/** A labelled pair: the margin of a over b, and which one people prefer. */
export interface DecidedPair {
  readonly margin: number;
  /** 1 if a is better, 0 if b is. */
  readonly target: number;
}

export interface ThresholdOptions {
  /** The error that is allowed among decided pairs, α; 0.1 by default. */
  readonly error?: number;
  /** The chance δ that the confident guarantee fails; 0.1 by default. */
  readonly risk?: number;
  /**
   * What is tested in turn, strict to lenient: coverages of 30, 40 … 100 % (the default), or each
   * count from the fewest that can pass.
   */
  readonly steps?: "coverages" | "counts";
}

export interface Threshold {
  /** Decide if |margin| ≥ this. Infinity: never. */
  readonly margin: number;
  /** Calibration pairs that it decides, and their share. */
  readonly decided: number;
  readonly coverage: number;
  /** Those of them that the judge gets wrong. */
  readonly wrong: number;
}

export interface Thresholds {
  readonly onAverage: Threshold;
  readonly confident: Threshold;
  /** The fewest pairs without an error that can certify the wish. */
  readonly leastLabels: number;
  readonly labels: number;
}

const COVERAGES = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * Returns the thresholds with both guarantees.
 * @throws InputError for numbers that are not finite, or α and δ outside (0, 1)
 */
export function findThresholds(
  pairs: readonly DecidedPair[],
  { error = 0.1, risk = 0.1, steps = "coverages" }: ThresholdOptions = {},
): Thresholds {
  for (const [where, value] of Object.entries({ error, risk })) {
    if (!(value > 0 && value < 1)) {
      throw new InputError({ where, expected: "a share between 0 and 1", got: value });
    }
  }
  for (const [i, { margin }] of pairs.entries()) {
    if (!Number.isFinite(margin)) {
      throw new InputError({ where: `pairs[${i}]`, expected: "a finite margin", got: margin });
    }
  }
  const cuts = cutsOf(pairs);
  const leastLabels = Math.ceil(Math.log(risk) / Math.log(1 - error));
  return {
    onAverage: strictest(pairs.length, largestOnAverage(cuts, error)),
    confident: strictest(
      pairs.length,
      steps === "counts"
        ? lastPassed(
            cuts.filter(({ decided }) => decided >= leastLabels),
            error,
            risk,
          )
        : lastPassed(coverageCuts(cuts, pairs.length, leastLabels), error, risk),
    ),
    leastLabels,
    labels: pairs.length,
  };
}

interface Cut {
  readonly margin: number;
  readonly decided: number;
  readonly wrong: number;
}

/** Returns a cut after each size of margin, the largest first. Equal sizes are decided together. */
function cutsOf(pairs: readonly DecidedPair[]): Cut[] {
  const sorted = pairs
    .map(({ margin, target }) => ({ size: Math.abs(margin), wrong: wrongness(margin, target) }))
    .toSorted((a, b) => b.size - a.size);
  const cuts: Cut[] = [];
  let wrong = 0;
  for (const [i, one] of sorted.entries()) {
    wrong += one.wrong;
    if (sorted[i + 1]?.size === one.size) continue;
    cuts.push({ margin: one.size, decided: i + 1, wrong });
  }
  return cuts;
}

/** Returns 1 for a wrong decision. A margin of 0 decides nothing rightly. */
function wrongness(margin: number, target: number): number {
  return margin > 0 === target > 0.5 && margin !== 0 ? 0 : 1;
}

/** Returns the most lenient cut with Σ(wrong − α) + (1 − α) ≤ 0. */
function largestOnAverage(cuts: readonly Cut[], error: number): Cut | undefined {
  return cuts.findLast(({ decided, wrong }) => wrong - error * decided + (1 - error) <= 1e-12);
}

/** Returns the last of the cuts that pass, from the first on without a gap. */
function lastPassed(cuts: readonly Cut[], error: number, risk: number): Cut | undefined {
  let passed: Cut | undefined;
  for (const cut of cuts) {
    if (binomialCdf(cut.wrong, cut.decided, error) > risk) break;
    passed = cut;
  }
  return passed;
}

/**
 * Returns the most lenient cuts that decide at most 30, 40 … 100 % of the pairs. Those too small
 * to pass without an error are left out, whatever the labels are.
 */
function coverageCuts(cuts: readonly Cut[], count: number, least: number): Cut[] {
  return COVERAGES.flatMap((coverage) => {
    const most = Math.round(coverage * count);
    const cut = cuts.findLast(({ decided }) => decided <= most);
    return cut === undefined || cut.decided < least ? [] : [cut];
  });
}

function strictest(count: number, cut: Cut | undefined): Threshold {
  if (cut === undefined) return { margin: Infinity, decided: 0, coverage: 0, wrong: 0 };
  return { ...cut, coverage: cut.decided / count };
}

/** Returns what the judge decides: "a", "b" or, below the threshold, "ask". */
export function decide(margin: number, { margin: least }: Threshold): "a" | "b" | "ask" {
  if (Math.abs(margin) < least) return "ask";
  return margin > 0 ? "a" : "b";
}
