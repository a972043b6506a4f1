// Tested by: test/evaluate/metrics.test.ts
/**
 * What the length of a response does to its score: accuracy by how much longer the right one is,
 * and rank correlations.
 */

import { codePoints, type ScoredPair, type ScoredRow } from "./rows.ts";
import { spearman } from "../statistics/correlation.ts";
import { mean } from "../statistics/moments.ts";

export interface LengthBin {
  /** The length of the right response, relative to the other. */
  readonly label: string;
  readonly count: number;
  readonly accuracy: number;
}

export interface LengthBias {
  readonly bins: readonly LengthBin[];
  /** Spearman's ρ of score and length over all responses; undefined if either is constant. */
  readonly scoreAndLength: number | undefined;
  /** The same of the differences within pairs: scores of different prompts do not compare. */
  readonly differences: number | undefined;
}

/** The upper ends of the bins, as ratios of lengths, right over other. */
const bins = [
  { label: "less than half as long", below: 0.5 },
  { label: "shorter", below: 0.9 },
  { label: "about as long (± 10 %)", below: 1 / 0.9 },
  { label: "longer", below: 2 },
  { label: "at least twice as long", below: Infinity },
] as const;

export function lengthBias(rows: readonly ScoredRow[], pairs: readonly ScoredPair[]): LengthBias {
  const binOf = ({ lengthRatio }: ScoredPair): number => {
    const found = bins.findIndex(({ below }) => lengthRatio < below);
    return found === -1 ? bins.length - 1 : found;
  };
  const scores = rows.flatMap((row) => row.scores);
  const lengths = rows.flatMap(({ responses }) => responses.map(codePoints));
  const margins = pairs.map(({ margin }) => margin);
  const differences = pairs.map(({ lengthDifference }) => lengthDifference);
  return {
    bins: bins.map(({ label }, bin) => {
      const own = pairs.filter((pair) => binOf(pair) === bin);
      const accuracy = mean(own.map(({ margin }) => (margin > 0 ? 1 : 0)));
      return { label, count: own.length, accuracy };
    }),
    scoreAndLength: undefinedIfNaN(spearman(scores, lengths)),
    differences: undefinedIfNaN(spearman(margins, differences)),
  };
}

function undefinedIfNaN(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
