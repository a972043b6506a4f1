// Tested by: test/audit/golden.test.ts
/** What features of the responses do to the score: length, marks of form, emoji. */
import { at } from "../base/at.ts";
import { codePoints } from "../evaluate/rows.ts";
import { bootstrap, type BootstrapOptions } from "../statistics/bootstrap.ts";
import { wilson } from "../statistics/intervals.ts";
import { mean, standardDeviation } from "../statistics/moments.ts";
import { leastSquares, logisticFit } from "../statistics/regression.ts";
import { promptsNeeded } from "./estimates.ts";
import { featureDifference, textFeatures, type TextFeature } from "./features.ts";
import type { AuditPair, LengthAudit, RawResult } from "./types.ts";

/** Fewer pairs that differ in a feature say nothing of it. */
const FEWEST_DIFFERENT = 10;

/** Returns a result for each feature in which enough pairs differ, and the names of the others. */
export function auditFeatures(
  pairs: readonly AuditPair[],
  deviation: number,
  options: BootstrapOptions,
  wanted: number,
): { readonly results: readonly RawResult[]; readonly tooFew: readonly string[] } {
  const results: RawResult[] = [];
  const tooFew: string[] = [];
  for (const feature of textFeatures) {
    const result = auditFeature(feature, pairs, deviation, options, wanted);
    if (result === undefined) tooFew.push(feature.name);
    else results.push(result);
  }
  return { results, tooFew };
}

/**
 * Regresses margins (right minus wrong) on differences of the feature. The intercept takes what the
 * right responses are better by, so that the slope is the feature's own effect if quality does not
 * depend on it beyond that.
 */
function auditFeature(
  feature: TextFeature,
  pairs: readonly AuditPair[],
  deviation: number,
  options: BootstrapOptions,
  wanted: number,
): RawResult | undefined {
  const differences = pairs.map(({ row, right, wrong }) =>
    featureDifference(feature, at(row.responses, right), at(row.responses, wrong)),
  );
  if (differences.filter((value) => value !== 0).length < FEWEST_DIFFERENT) return undefined;
  const margins = pairs.map(({ margin }) => margin / deviation);
  const clusters = pairs.map(({ cluster }) => cluster);
  const spread = standardDeviation(differences);
  const slopeOf = weightedSlope(differences, margins);
  const fit = leastSquares(
    differences.map((value) => [1, value]),
    margins,
    clusters,
  );
  if (fit === undefined) return undefined;
  const slope = at(fit.coefficients, 1);
  const flipped = margins.map((margin, i) =>
    Number(margin > 0 !== margin - slope * at(differences, i) > 0),
  );
  const flips = (weights: Float64Array): number => {
    let sum = 0;
    let all = 0;
    for (let i = 0; i < flipped.length; i++) {
      sum += (weights[i] ?? NaN) * (flipped[i] ?? NaN);
      all += weights[i] ?? NaN;
    }
    return sum / all;
  };
  const [interval, flipsInterval] = bootstrap(
    clusters,
    [(weights) => slopeOf(weights) * spread, flips],
    options,
  );
  const prompts = new Set(clusters).size;
  const standardError = at(fit.errors, 1) * spread;
  return {
    family: "feature",
    name: feature.name,
    what: "change of the margin for one standard deviation of the difference",
    count: pairs.length,
    prompts,
    effect: slope * spread,
    unit: "SD",
    interval,
    p: at(fit.pValues, 1),
    flips: flips(new Float64Array(pairs.length).fill(1)),
    flipsInterval,
    needed: promptsNeeded(prompts, standardError, wanted),
    details: {
      slope: slope * deviation,
      slopeError: at(fit.errors, 1) * deviation,
      spread,
      ...logisticDetails(differences, margins, clusters, spread),
    },
  };
}

/** Returns the slope of a weighted line with an intercept. Indexes without `at`, for speed. */
function weightedSlope(
  x: readonly number[],
  y: readonly number[],
): (weights: Float64Array) => number {
  return (weights) => {
    let all = 0;
    let sumX = 0;
    let sumY = 0;
    let both = 0;
    let square = 0;
    for (let i = 0; i < x.length; i++) {
      const weight = weights[i] ?? NaN;
      const a = x[i] ?? NaN;
      const b = y[i] ?? NaN;
      all += weight;
      sumX += weight * a;
      sumY += weight * b;
      both += weight * a * b;
      square += weight * a * a;
    }
    return (both - (sumX * sumY) / all) / (square - (sumX * sumX) / all);
  };
}

/**
 * Returns the log-odds for one standard deviation of the feature, of the judge's verdicts and of
 * the labels. Pairs have no side that comes first, so neither has an intercept. A fit that does not
 * exist is left out.
 */
function logisticDetails(
  differences: readonly number[],
  margins: readonly number[],
  clusters: readonly number[],
  spread: number,
): Record<string, number> {
  const scaled = differences.map((value) => [value / spread]);
  const judge = logisticFit(
    scaled,
    margins.map((margin) => Number(margin > 0)),
    clusters,
  );
  const human = logisticFit(
    scaled,
    margins.map(() => 1),
    clusters,
  );
  return {
    ...(judge && { judgeLogOdds: at(judge.coefficients, 0), judgeError: at(judge.errors, 0) }),
    ...(human && { humanLogOdds: at(human.coefficients, 0), humanError: at(human.errors, 0) }),
  };
}

/** Returns what length alone would get right, and how right the judge is by length. */
export function auditLength(pairs: readonly AuditPair[]): LengthAudit {
  const lengths = pairs.map(({ row, right, wrong }) => [
    codePoints(at(row.responses, right)),
    codePoints(at(row.responses, wrong)),
  ]);
  const longer = lengths.map(([a = 0, b = 0]) => (a > b ? 1 : a === b ? 0.5 : 0));
  const parts = [
    { where: "right is shorter", holds: (a: number, b: number) => a < 0.9 * b },
    { where: "right is longer", holds: (a: number, b: number) => b < 0.9 * a },
    { where: "within 10 %", holds: (a: number, b: number) => a >= 0.9 * b && b >= 0.9 * a },
  ] as const;
  return {
    longerWins: mean(longer),
    shorterWins: 1 - mean(longer),
    accuracy: parts.map(({ where, holds }) => {
      const own = pairs.filter((_, i) => holds(lengths[i]?.[0] ?? 0, lengths[i]?.[1] ?? 0));
      const right = own.filter(({ margin }) => margin > 0).length;
      const interval = wilson(right, own.length);
      return { where, count: own.length, right: right / own.length, interval };
    }),
  };
}
