/**
 * Solutions that were judged step by step, for reports of process reward models: the value of each
 * step, their least, product and last, and how well each of those tells right from wrong.
 */
import { aggregatesOf } from "../model/heads/output.ts";
import {
  bootstrap,
  numberClusters,
  type BootstrapOptions,
  type Interval,
} from "../statistics/bootstrap.ts";
import { solutionSteps } from "../text/template/steps.ts";
import type { BenchmarkName } from "./benchmarks.ts";
import { metricsOf } from "./metrics.ts";
import { promptText, type ScoredRow } from "./rows.ts";

/** A solution with a value for each of its steps, and what they come to. */
export interface Solution {
  readonly steps: readonly { readonly text: string; readonly value: number }[];
  readonly min: number;
  readonly product: number;
  readonly last: number;
}

/** What steps come to, as reports list it. */
export const SUMS = ["min", "product", "last"] as const;

/** The share of the benchmark's first metric, if the score were this sum of the steps. */
export interface SumResult {
  readonly name: (typeof SUMS)[number];
  readonly value: number;
  readonly interval: Interval | undefined;
}

export interface StepReport {
  readonly solutions: number;
  readonly steps: number;
  readonly sums: readonly SumResult[];
  /** In the order of the file; the right responses come first. */
  readonly rows: readonly {
    readonly id: string;
    readonly prompt: string;
    readonly rightCount: number;
    readonly solutions: readonly Solution[];
  }[];
}

/** Returns the steps of a response with their values. */
export function solutionOf(response: string, values: readonly number[]): Solution {
  const texts = solutionSteps(response);
  const { min, product, last } = aggregatesOf(values);
  // Values from a file may be of other steps than the text's: those have their number alone.
  const steps = values.map((value, i) => ({
    text: texts.length === values.length ? (texts[i] ?? "") : `step ${i + 1}`,
    value,
  }));
  return { steps, min, product, last };
}

/** Returns the solutions of a row; undefined if its steps have no values. */
export function solutionsOf({ responses, stepValues }: ScoredRow): readonly Solution[] | undefined {
  if (stepValues?.length !== responses.length) return undefined;
  return responses.map((response, i) => solutionOf(response, stepValues[i] ?? []));
}

/** Returns what a report says of steps; undefined if any row has no values of steps. */
export function reportSteps(
  benchmark: BenchmarkName,
  rows: readonly ScoredRow[],
  options: BootstrapOptions,
): StepReport | undefined {
  const solved = rows.flatMap((row) => {
    const solutions = solutionsOf(row);
    return solutions === undefined ? [] : [{ row, solutions }];
  });
  if (solved.length < rows.length || rows.length === 0) return undefined;
  const all = solved.flatMap(({ solutions }) => solutions);
  const once = new Float64Array(rows.length).fill(1);
  const metrics = SUMS.flatMap((name) => {
    const scored = solved.map(({ row, solutions }) => ({
      ...row,
      scores: solutions.map((one) => one[name]),
    }));
    return metricsOf(benchmark, scored).slice(0, 1);
  });
  const intervals = bootstrap(
    numberClusters(rows.map(({ cluster }) => cluster)),
    metrics.map(({ of }) => of),
    options,
  );
  return {
    solutions: all.length,
    steps: all.reduce((sum, { steps }) => sum + steps.length, 0),
    sums: metrics.map(({ of }, i) => ({
      name: SUMS[i] ?? "min",
      value: of(once),
      interval: intervals[i],
    })),
    rows: solved.map(({ row, solutions }) => ({
      id: row.id,
      prompt: promptText(row),
      rightCount: row.rightCount,
      solutions,
    })),
  };
}
