// Tested by: test/evaluate/metrics.test.ts
/**
 * RewardBench 2's score of its subset Ties, where several answers are right and should score alike
 * (rewardbench/utils.py, process_single_model).
 *
 *   0.30 tied accuracy + 0.30 reference accuracy
 *     + 0.20 preferred + 0.20 preferred hard + 0.01 margin
 */

import type { ScoredRow } from "./rows.ts";
import type { Statistic } from "../statistics/bootstrap.ts";

interface PromptStatistics {
  readonly row: number;
  /** Every right answer scores above every wrong one. */
  readonly isAccurate: boolean;
  /** Best right minus worst right; 0 for a single right answer. */
  readonly spread: number;
  /** Worst right minus best wrong. */
  readonly gap: number;
}

/** Returns the score of the rows of the subset Ties, among all rows. */
export function tiesScore(rows: readonly ScoredRow[]): Statistic {
  const reference = new Map<string, PromptStatistics>();
  const tied = new Map<string, PromptStatistics>();
  for (const [index, row] of rows.entries()) {
    if (row.group.toLowerCase() !== "ties") continue;
    const [type = "", prompt = ""] = row.id.split(":");
    (type === "ref" ? reference : tied).set(prompt, statistics(row, index));
  }
  const both = [...tied].flatMap(([prompt, one]) => {
    const other = reference.get(prompt);
    return other === undefined ? [] : [{ tied: one, reference: other }];
  });
  return (weights) => {
    const weightOf = ({ row }: PromptStatistics): number => weights[row] ?? 0;
    const accurate = (of: Iterable<PromptStatistics>): number =>
      share([...of], weightOf, (one) => Number(one.isAccurate));
    const ofBoth = (value: (pair: (typeof both)[number]) => number): number =>
      share(both, (pair) => weightOf(pair.tied), value);
    return (
      0.3 * accurate(tied.values()) +
      0.3 * accurate(reference.values()) +
      0.2 * ofBoth((pair) => Number(pair.tied.gap > pair.tied.spread)) +
      0.2 * ofBoth((pair) => Number(smallerGap(pair) > pair.tied.spread)) +
      0.01 * ofBoth((pair) => marginScore(smallerGap(pair), pair.tied.spread))
    );
  };
}

function statistics({ scores, rightCount }: ScoredRow, row: number): PromptStatistics {
  const right = scores.slice(0, rightCount);
  const gap = Math.min(...right) - Math.max(...scores.slice(rightCount));
  return { row, isAccurate: gap > 0, spread: Math.max(...right) - Math.min(...right), gap };
}

function smallerGap(pair: { tied: PromptStatistics; reference: PromptStatistics }): number {
  return Math.min(pair.reference.gap, pair.tied.gap);
}

/** Returns tanh(gap / spread − 1), and 0 if that is 0 / 0, as numpy's nan_to_num makes it. */
function marginScore(gap: number, spread: number): number {
  const score = Math.tanh(gap / spread - 1);
  return Number.isNaN(score) ? 0 : score;
}

function share<T>(
  items: readonly T[],
  weightOf: (item: T) => number,
  value: (item: T) => number,
): number {
  let sum = 0;
  let all = 0;
  for (const item of items) {
    const weight = weightOf(item);
    sum += weight * value(item);
    all += weight;
  }
  return sum / all;
}
