/**
 * Two or more systems on the same prompts: who wins how often and by how much, how sure that is,
 * and how many prompts would make it sure.
 */

import { InputError } from "../errors.ts";
import { isTie, rankValues } from "../preference/ranking.ts";
import type { Judge } from "./evaluate.ts";
import { groupBy } from "./group-by.ts";
import type { Solution } from "./solutions.ts";
import {
  bootstrap,
  numberClusters,
  type BootstrapOptions,
  type Interval,
  type Statistic,
} from "../statistics/bootstrap.ts";
import { mean, standardDeviation } from "../statistics/moments.ts";
import { rowsForMeanDifference, rowsForWinShare } from "../statistics/sample-size.ts";
import { holm, mcNemar, type McNemar } from "../statistics/tests.ts";

/** What one system answered to one prompt. */
export interface SystemAnswer {
  readonly response: string;
  readonly score: number;
  /** Whether it is right, if that is known. */
  readonly isRight?: boolean | undefined;
  /** Its steps, from a model that judges steps. */
  readonly solution?: Solution | undefined;
}

/** A prompt with the answers of all systems, in their order. */
export interface AbPrompt {
  readonly id: string;
  /** Prompts of one cluster are drawn together; the id by default. */
  readonly cluster?: string | undefined;
  readonly category: string;
  readonly prompt: string;
  readonly answers: readonly SystemAnswer[];
}

export interface Estimate {
  readonly value: number;
  readonly interval: Interval | undefined;
}

export interface CategoryResult {
  readonly name: string;
  readonly prompts: number;
  readonly winRate: Estimate;
  readonly difference: Estimate;
}

export interface AbComparison {
  readonly a: string;
  readonly b: string;
  /**
   * Prompts where a's score is higher. `losses`: lower. `ties`: equal as far as the arithmetic can
   * tell.
   */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Wins and half the ties, of all. */
  readonly winRate: Estimate;
  /** Mean of score of a minus score of b. */
  readonly difference: Estimate;
  /** McNemar's test on wins against losses; its exact form is the sign test. */
  readonly signTest: McNemar;
  /** The sign test's p-value, corrected for the number of comparisons. */
  readonly holmPValue: number;
  /** McNemar's test on right against wrong, if that is known of all answers. */
  readonly correctness: McNemar | undefined;
  /**
   * Prompts that would make the sign test and the mean difference certain; undefined if there is no
   * difference.
   */
  readonly promptsNeeded: number | undefined;
  readonly promptsNeededForMean: number | undefined;
  readonly categories: readonly CategoryResult[];
}

export interface SystemResult {
  readonly name: string;
  readonly meanScore: number;
  /** 1 is the best; systems that tie share the mean of their places. */
  readonly meanRank: number;
  /** The share of prompts on which no other system is better. */
  readonly bestShare: number;
  readonly rightShare: number | undefined;
}

export interface AbReport {
  readonly kind: "ab";
  readonly judge: Judge;
  readonly prompts: number;
  readonly bootstrap: Required<BootstrapOptions>;
  readonly systems: readonly SystemResult[];
  /** Every two systems. */
  readonly comparisons: readonly AbComparison[];
  /** The prompts, those first on which the systems differ most. */
  readonly details: readonly AbPrompt[];
  readonly notes: readonly string[];
}

export interface AbRequest {
  readonly names: readonly string[];
  readonly prompts: readonly AbPrompt[];
  readonly judge: Judge;
  readonly bootstrap?: BootstrapOptions;
  readonly notes?: readonly string[];
}

/**
 * Compares systems on the same prompts.
 * @throws InputError for fewer than two systems, or no prompt that all have answered
 */
export function compareSystems(request: AbRequest): AbReport {
  const { names, prompts, judge, notes = [] } = request;
  if (names.length < 2 || prompts.length === 0) {
    throw new InputError({
      where: "compareSystems",
      what: "nothing to compare",
      got: `${names.length} systems and ${prompts.length} prompts`,
      expected: "two systems or more, and one prompt or more that all have answered",
    });
  }
  for (const { id, answers } of prompts) {
    const got = answers.map(({ score }) => String(score));
    if (answers.length === names.length && answers.every(({ score }) => Number.isFinite(score))) {
      continue;
    }
    const wanted = `${names.length} finite numbers`;
    throw new InputError({
      where: `id ${id}`,
      what: "scores",
      got: got.join(", "),
      expected: wanted,
    });
  }
  const options = { resamples: 5000, seed: 1, level: 0.95, ...request.bootstrap };
  const every = names.flatMap((_, a) => names.slice(a + 1).map((__, i) => [a, a + 1 + i] as const));
  const compared = every.map(([a, b]) => compareTwo(names, prompts, a, b, options));
  const corrected = holm(compared.map(({ signTest }) => signTest.exactPValue));
  const spread = ({ answers }: AbPrompt): number => {
    const scores = answers.map(({ score }) => score);
    return Math.max(...scores) - Math.min(...scores);
  };
  return {
    kind: "ab",
    judge,
    prompts: prompts.length,
    bootstrap: options,
    systems: names.map((name, system) => systemResult(name, system, prompts)),
    comparisons: compared.map((one, i) => ({ ...one, holmPValue: corrected[i] ?? 1 })),
    details: prompts.toSorted((a, b) => spread(b) - spread(a)),
    notes,
  };
}

interface Margin {
  readonly difference: number;
  /** 1 for a win, 0.5 for a tie. */
  readonly credit: number;
  readonly category: string;
}

function compareTwo(
  names: readonly string[],
  prompts: readonly AbPrompt[],
  a: number,
  b: number,
  options: Required<BootstrapOptions>,
): Omit<AbComparison, "holmPValue"> {
  const margins = prompts.map(({ answers, category }): Margin => {
    const [x, y] = [answers[a]?.score ?? NaN, answers[b]?.score ?? NaN];
    return { difference: x - y, credit: isTie(x, y) ? 0.5 : x > y ? 1 : 0, category };
  });
  const groups = [...groupBy(margins.keys(), (i) => margins[i]?.category ?? "")];
  const all = margins.map((_, i) => i);
  const sets = [all, ...groups.map(([, own]) => own)];
  const statistics = sets.flatMap((own) => [
    weightedMean(own, (i) => margins[i]?.credit ?? 0),
    weightedMean(own, (i) => margins[i]?.difference ?? 0),
  ]);
  const clusters = numberClusters(prompts.map(({ id, cluster }) => cluster ?? id));
  const intervals = bootstrap(clusters, statistics, options);
  const once = new Float64Array(prompts.length).fill(1);
  const estimates = statistics.map((of, i): Estimate => ({
    value: of(once),
    interval: intervals[i],
  }));
  const [winRate, difference, ...ofGroups] = estimates;
  if (winRate === undefined || difference === undefined) throw new Error("ab: no estimate");
  const count = (credit: number): number => margins.filter((one) => one.credit === credit).length;
  const [wins, losses, ties] = [count(1), count(0), count(0.5)];
  return {
    a: names[a] ?? "",
    b: names[b] ?? "",
    wins,
    losses,
    ties,
    winRate,
    difference,
    signTest: mcNemar(wins, losses),
    correctness: compareCorrectness(prompts, a, b),
    promptsNeeded:
      wins === losses
        ? undefined
        : rowsForWinShare(wins / (wins + losses), (wins + losses) / prompts.length),
    promptsNeededForMean: neededForMean(margins.map((one) => one.difference)),
    categories: groups.map(([name, own], i) => ({
      name,
      prompts: own.length,
      winRate: ofGroups[2 * i] ?? winRate,
      difference: ofGroups[2 * i + 1] ?? difference,
    })),
  };
}

function weightedMean(rows: readonly number[], value: (row: number) => number): Statistic {
  const values = rows.map(value);
  return (weights) => {
    let sum = 0;
    let all = 0;
    for (const [i, row] of rows.entries()) {
      const weight = weights[row] ?? 0;
      sum += weight * (values[i] ?? 0);
      all += weight;
    }
    return sum / all;
  };
}

function neededForMean(differences: readonly number[]): number | undefined {
  const needed = rowsForMeanDifference(mean(differences), standardDeviation(differences));
  return Number.isFinite(needed) ? Math.max(2, needed) : undefined;
}

/** Returns which answers are correct; undefined if that is unknown for any of them. */
function compareCorrectness(
  prompts: readonly AbPrompt[],
  a: number,
  b: number,
): McNemar | undefined {
  let onlyA = 0;
  let onlyB = 0;
  for (const { answers } of prompts) {
    const x = answers[a]?.isRight;
    const y = answers[b]?.isRight;
    if (x === undefined || y === undefined) return undefined;
    if (x && !y) onlyA += 1;
    if (y && !x) onlyB += 1;
  }
  return mcNemar(onlyA, onlyB);
}

/** Returns the place of each answer, as `rankValues` has it. */
function placesOf(answers: readonly SystemAnswer[]): number[] {
  const places: number[] = [];
  for (const { index, place } of rankValues(answers.map(({ score }) => score))) {
    places[index] = place;
  }
  return places;
}

/** Returns the mean of the places that the answers of a tie take together. */
function meanPlace(answers: readonly SystemAnswer[], system: number): number {
  const places = placesOf(answers);
  const own = places[system] ?? NaN;
  return own + (places.filter((place) => place === own).length - 1) / 2;
}

function systemResult(name: string, system: number, prompts: readonly AbPrompt[]): SystemResult {
  const places = prompts.map(({ answers }) => meanPlace(answers, system));
  const best = prompts.filter(({ answers }) => placesOf(answers)[system] === 1);
  const truths = prompts.map(({ answers }) => answers[system]?.isRight);
  const known = truths.every((truth) => truth !== undefined);
  return {
    name,
    meanScore: mean(prompts.map(({ answers }) => answers[system]?.score ?? NaN)),
    meanRank: mean(places),
    bestShare: best.length / prompts.length,
    rightShare: known ? mean(truths.map(Number)) : undefined,
  };
}
