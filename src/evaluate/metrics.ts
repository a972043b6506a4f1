/**
 * The metrics of each benchmark as its official script has them, each as a function of how often
 * every row counts, so that the value and its bootstrap interval come from one definition.
 *
 * Equal scores are wrong. The scripts compare with `>` and know nothing of rounding, so the metrics
 * do the same: `isTie` counts the ties beside them.
 */

import { mmRlhfGroups, type BenchmarkName } from "./benchmarks.ts";
import { groupBy } from "./group-by.ts";
import type { ScoredRow } from "./rows.ts";
import { rewardBenchSections } from "./rewardbench-sections.ts";
import type { Statistic } from "../statistics/bootstrap.ts";
import { tiesScore } from "./ties.ts";

export interface Metric {
  readonly name: string;
  /** `total` heads the table. */
  readonly kind: "total" | "group";
  /** Rows (or ids, or tests) that it counts. */
  readonly count: number;
  readonly of: Statistic;
}

/**
 * Returns what a row earns: 1 if the right response is first, else 0. A tie counts as wrong. Only
 * in RewardBench 2 those that share the best score share the point (reroll_and_score_dataset).
 */
export function creditOf({ scores }: ScoredRow, sharesTies: boolean): number {
  const [first = NaN, ...others] = scores;
  const best = others.reduce((most, score) => Math.max(most, score), -Infinity);
  if (first > best) return 1;
  return sharesTies && first === best ? 1 / scores.filter((score) => score === first).length : 0;
}

/** Returns the metrics of a benchmark, the totals first. */
export function metricsOf(benchmark: BenchmarkName, rows: readonly ScoredRow[]): Metric[] {
  const credits = rows.map((row) => creditOf(row, benchmark === "rewardbench-2"));
  const groups = groupAccuracies(rows, credits);
  const overall: Metric = total("Overall", rows.length, accuracy(indices(rows), credits));
  if (benchmark === "vl-rewardbench") {
    const order = ["general", "hallucination", "reasoning"];
    const three = groups.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    return [overall, macro(three), ...three];
  }
  if (benchmark === "mm-rlhf") return mmRlhf(rows, credits, overall, groups);
  if (benchmark === "rewardbench") return rewardBench(groups);
  if (benchmark === "rewardbench-2") return rewardBench2(rows, groups);
  if (benchmark === "pairs" && groups.length === 1) return [overall];
  return benchmark === "pairs" ? [overall, macro(groups), ...groups] : [overall, ...groups];
}

/** Returns the share of right rows among those given, by weight. */
function accuracy(rows: readonly number[], credits: readonly number[]): Statistic {
  return (weights) => {
    let right = 0;
    let all = 0;
    for (const row of rows) {
      const weight = weights[row] ?? 0;
      right += weight * (credits[row] ?? 0);
      all += weight;
    }
    return right / all;
  };
}

function groupAccuracies(rows: readonly ScoredRow[], credits: readonly number[]): Metric[] {
  const groups = groupBy(indices(rows), (row) => rows[row]?.group ?? "");
  return [...groups].map(([name, own]) => ({
    name,
    kind: "group",
    count: own.length,
    of: accuracy(own, credits),
  }));
}

function indices(rows: readonly unknown[]): number[] {
  return rows.map((_, i) => i);
}

function total(name: string, count: number, of: Statistic): Metric {
  return { name, kind: "total", count, of };
}

/** Returns the mean of groups, without those that a resample leaves empty. */
function meanOf(parts: readonly Statistic[]): Statistic {
  return (weights) => {
    const values = parts.map((part) => part(weights)).filter((value) => !Number.isNaN(value));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
}

function macro(groups: readonly Metric[]): Metric {
  return total("Macro", groups.length, meanOf(groups.map(({ of }) => of)));
}

/**
 * Returns Acc+ of get_acc.py: the share of ids whose pairs are all right, over all and by the id's
 * group.
 */
function mmRlhf(
  rows: readonly ScoredRow[],
  credits: readonly number[],
  overall: Metric,
  groups: readonly Metric[],
): Metric[] {
  const order: readonly string[] = mmRlhfGroups;
  const sorted = groups.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const ids = [...groupBy(indices(rows), (row) => rows[row]?.id ?? "").values()];
  const plus = (own: readonly number[][]): Statistic => {
    return (weights) => {
      let right = 0;
      let all = 0;
      for (const members of own) {
        // All pairs of an id are one cluster, and count alike.
        const weight = weights[members[0] ?? 0] ?? 0;
        all += weight;
        if (members.every((row) => credits[row] === 1)) right += weight;
      }
      return right / all;
    };
  };
  const plusGroups = sorted.map(({ name }): Metric => {
    const own = ids.filter((members) => members.some((row) => rows[row]?.group === name));
    return { name: `${name} Acc+`, kind: "group", count: own.length, of: plus(own) };
  });
  return [overall, total("Acc+", ids.length, plus(ids)), ...sorted, ...plusGroups];
}

/**
 * Sections weigh their subsets by RewardBench's own counts; the score is the mean of the sections.
 */
function rewardBench(subsets: readonly Metric[]): Metric[] {
  const sections = [...rewardBenchSections].flatMap(([name, tests]): Metric[] => {
    const own = subsets.flatMap((subset) => {
      const weight = tests.get(subset.name);
      return weight === undefined ? [] : [{ subset, weight }];
    });
    if (own.length === 0) return [];
    const of: Statistic = (weights) => {
      let sum = 0;
      let all = 0;
      for (const { subset, weight } of own) {
        const value = subset.of(weights);
        if (Number.isNaN(value)) continue;
        sum += value * weight;
        all += weight;
      }
      return sum / all;
    };
    const count = own.reduce((sum, { subset }) => sum + subset.count, 0);
    return [total(name, count, of)];
  });
  return [
    total("Score", sections.length, meanOf(sections.map(({ of }) => of))),
    ...sections,
    ...subsets,
  ];
}

function rewardBench2(rows: readonly ScoredRow[], groups: readonly Metric[]): Metric[] {
  const own = groups.map((group): Metric => {
    if (group.name.toLowerCase() !== "ties") return group;
    return { ...group, of: tiesScore(rows) };
  });
  return [total("Score", own.length, meanOf(own.map(({ of }) => of))), ...own];
}
