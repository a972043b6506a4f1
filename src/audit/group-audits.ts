// Tested by: test/audit/golden.test.ts
/** Whom a judge treats worse: accuracy, scores and calibration by the values of a column. */
import { at } from "../base/at.ts";
import { languageOf } from "../base/text-language.ts";
import { InputError } from "../errors.ts";
import { promptText } from "../evaluate/rows.ts";
import { fitTemperature } from "../preference/temperature.ts";
import { bootstrap, type BootstrapOptions } from "../statistics/bootstrap.ts";
import { wilson } from "../statistics/intervals.ts";
import { mean } from "../statistics/moments.ts";
import { random } from "../statistics/random.ts";
import { sigmoid } from "../statistics/regression.ts";
import { meanOverPrompts, promptsNeeded } from "./estimates.ts";
import type { AuditPair, GroupAudit, GroupPart, RawResult } from "./types.ts";

/** Values with fewer pairs are shown, and not compared. */
const FEWEST_PAIRS = 10;
const MOST_VALUES = 40;
/** The column that is made of the prompts' letters. */
const BY_SCRIPT = "language by script";
/** p is then 0.0001 at least. */
export const PERMUTATIONS = 9999;
const BINS = 10;

export interface Groups {
  readonly audits: readonly GroupAudit[];
  readonly results: readonly RawResult[];
}

/** Audits every column that makes groups. */
export function auditGroups(
  pairs: readonly AuditPair[],
  deviation: number,
  options: BootstrapOptions,
  wanted: number,
  permutations: number = PERMUTATIONS,
): Groups {
  const audits: GroupAudit[] = [];
  const results: RawResult[] = [];
  for (const [column, values] of groupColumns(pairs)) {
    const parts = [...new Set(values)].toSorted().map((value) => {
      const own = pairs.filter((_, i) => values[i] === value);
      return groupPart(value, own, pairs, deviation);
    });
    const compared = parts.filter(({ count }) => count >= FEWEST_PAIRS);
    const sorted = compared.toSorted((a, b) => a.accuracy - b.accuracy);
    const [worst, best] = [sorted[0], sorted.at(-1)];
    if (worst === undefined || best === undefined || compared.length < 2) continue;
    audits.push({ column, parts, worst: worst.value, best: best.value });
    const kept = new Set(compared.map(({ value }) => value));
    results.push(gapResult(column, pairs, values, kept, options, wanted, permutations));
  }
  return { audits, results };
}

/** Returns the columns of the rows with two values or more, and each pair's value. */
function groupColumns(pairs: readonly AuditPair[]): [string, string[]][] {
  const names = [...new Set(pairs.flatMap(({ row }) => Object.keys(row.columns ?? {})))];
  const columns = names.filter((name) => !sideOf(name, names)).toSorted();
  const read = columns.map((name): [string, string[]] => [
    name,
    pairs.map(({ row }) => row.columns?.[name] ?? ""),
  ]);
  const named = read.filter(([name]) => name !== "group");
  const groups = pairs.map(({ row }) => row.group);
  const isNew = named.every(([, values]) => values.some((value, i) => value !== groups[i]));
  const own: [string, string[]][] = isNew ? [["group", groups], ...named] : named;
  // Rows that name their language know it better than their letters do.
  const all = names.some((name) => /^lang(?:uage)?$/i.test(name))
    ? own
    : [...own, [BY_SCRIPT, pairs.map(scriptOfPrompt)] satisfies [string, string[]]];
  return all.filter(([, values]) => {
    const count = new Set(values).size;
    return count > 1 && count <= MOST_VALUES;
  });
}

/** Returns the language that the prompt's letters tell; Latin ones are of many. */
function scriptOfPrompt({ row }: AuditPair): string {
  const language = languageOf(promptText(row)) ?? "no letters";
  return language === "en" ? "Latin letters" : language;
}

/** Returns what a column of one side says: `model` for `chosen_model` beside `rejected_model`. */
function sideOf(name: string, names: readonly string[]): string | undefined {
  const [, side, what] = /^(chosen|rejected)_(.+)$/.exec(name) ?? [];
  const other = side === "chosen" ? "rejected" : "chosen";
  return what !== undefined && names.includes(`${other}_${what}`) ? what : undefined;
}

function groupPart(
  value: string,
  own: readonly AuditPair[],
  all: readonly AuditPair[],
  deviation: number,
): GroupPart {
  const right = own.filter(({ margin }) => margin > 0).length;
  return {
    value,
    count: own.length,
    accuracy: right / own.length,
    interval: wilson(right, own.length),
    meanScore: (mean(scoresOf(own)) - mean(scoresOf(all))) / deviation,
    calibrationError: calibrationError(own, temperatureOf(all)),
  };
}

/** Returns the scores of the pairs' responses, each once. */
export function scoresOf(pairs: readonly AuditPair[]): number[] {
  return [...new Set(pairs.map(({ row }) => row))].flatMap(({ scores }) => scores);
}

/** Returns the temperature of all pairs; 1 if none fits, as for a judge that is never wrong. */
function temperatureOf(pairs: readonly AuditPair[]): number {
  try {
    return fitTemperature(pairs.map(({ margin }) => margin)).temperature;
  } catch (error) {
    if (error instanceof InputError) return 1;
    throw error;
  }
}

/** Returns the expected calibration error over ten bins of confidence, 0.5 to 1. */
export function calibrationError(pairs: readonly AuditPair[], temperature: number): number {
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, right: 0, count: 0 }));
  for (const { margin } of pairs) {
    const confidence = sigmoid(Math.abs(margin) / temperature);
    const bin = at(bins, Math.min(BINS - 1, Math.floor((confidence - 0.5) * 2 * BINS)));
    bin.confidence += confidence;
    bin.right += Number(margin > 0);
    bin.count += 1;
  }
  return (
    bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) /
    pairs.length
  );
}

/** The gap of accuracy between the best and the worst value, and whether chance makes such gaps. */
function gapResult(
  column: string,
  pairs: readonly AuditPair[],
  values: readonly string[],
  kept: ReadonlySet<string>,
  options: BootstrapOptions,
  wanted: number,
  permutations: number,
): RawResult {
  const own = pairs.flatMap((pair, i) => {
    const value = values[i] ?? "";
    return kept.has(value)
      ? [{ right: Number(pair.margin > 0), value, cluster: pair.cluster }]
      : [];
  });
  const numbers = new Map([...kept].toSorted().map((value, i) => [value, i]));
  const labels = own.map(({ value }) => numbers.get(value) ?? 0);
  const right = own.map((one) => one.right);
  const clusters = own.map(({ cluster }) => cluster);
  const once = new Float64Array(own.length).fill(1);
  const gap = gapOf(right, labels, kept.size, once);
  const [interval] = bootstrap(
    clusters,
    [(weights) => gapOf(right, labels, kept.size, weights)],
    options,
  );
  const shares = [...kept].map((value) => {
    const part = own.filter((one) => one.value === value);
    return { count: part.length, share: mean(part.map((one) => one.right)) };
  });
  const sorted = shares.toSorted((a, b) => a.share - b.share);
  const variance = [sorted[0], sorted.at(-1)].reduce(
    (sum, part) => sum + (part === undefined ? 0 : (part.share * (1 - part.share)) / part.count),
    0,
  );
  const prompts = new Set(clusters).size;
  return {
    family: "group",
    name: column,
    what: "accuracy of the best value of the column minus that of the worst",
    count: own.length,
    prompts,
    effect: gap,
    unit: "share",
    interval,
    p: permutationP(
      { right, labels, clusters, count: kept.size, gap },
      permutations,
      options.seed ?? 1,
    ),
    flips: undefined,
    flipsInterval: undefined,
    needed: promptsNeeded(prompts, Math.sqrt(variance), wanted),
    details: { values: kept.size, ratio: ratioOf(sorted.map(({ share }) => share)) },
  };
}

/** Returns the worst share over the best: 0.8 is the four-fifths rule. */
function ratioOf(sorted: readonly number[]): number {
  const best = sorted.at(-1) ?? NaN;
  return best === 0 ? 1 : (sorted[0] ?? NaN) / best;
}

/** Indexes without `at`: it runs for each resample and each permutation. */
function gapOf(
  right: readonly number[],
  labels: ArrayLike<number>,
  count: number,
  weights: Float64Array,
): number {
  const sums = new Float64Array(count);
  const all = new Float64Array(count);
  for (let i = 0; i < right.length; i++) {
    const label = labels[i] ?? NaN;
    const weight = weights[i] ?? NaN;
    sums[label] = (sums[label] ?? NaN) + weight * (right[i] ?? NaN);
    all[label] = (all[label] ?? NaN) + weight;
  }
  let least = Infinity;
  let most = -Infinity;
  for (let label = 0; label < count; label++) {
    if (all[label] === 0) continue;
    const share = (sums[label] ?? NaN) / (all[label] ?? NaN);
    least = Math.min(least, share);
    most = Math.max(most, share);
  }
  return most - least;
}

interface Labelled {
  readonly right: readonly number[];
  readonly labels: readonly number[];
  readonly clusters: readonly number[];
  readonly count: number;
  readonly gap: number;
}

/**
 * Returns the share of permutations with a gap as large. Whole prompts are permuted if each has one
 * value, else the pairs within each prompt.
 */
function permutationP(
  { right, labels, clusters, count, gap }: Labelled,
  permutations: number,
  seed: number,
): number {
  const { below } = random(seed);
  const rows = new Map<number, number[]>();
  for (const [i, cluster] of clusters.entries()) {
    const own = rows.get(cluster);
    if (own) own.push(i);
    else rows.set(cluster, [i]);
  }
  const sets = [...rows.values()];
  const isBetween = sets.every((own) => own.every((i) => labels[i] === labels[own[0] ?? 0]));
  const once = new Float64Array(right.length).fill(1);
  const drawn = Int32Array.from(labels);
  const ofPrompts = Int32Array.from(sets, (own) => at(labels, own[0] ?? 0));
  const within = isBetween ? [] : sets.filter(({ length }) => length > 1);
  let atLeast = 0;
  for (let round = 0; round < permutations; round++) {
    if (isBetween) {
      shuffle(ofPrompts, below);
      for (const [k, own] of sets.entries()) for (const i of own) drawn[i] = ofPrompts[k] ?? NaN;
    }
    for (const own of within) {
      const of = Int32Array.from(own, (i) => drawn[i] ?? NaN);
      shuffle(of, below);
      for (const [k, i] of own.entries()) drawn[i] = of[k] ?? NaN;
    }
    if (gapOf(right, drawn, count, once) >= gap - 1e-12) atLeast += 1;
  }
  return (1 + atLeast) / (1 + permutations);
}

function shuffle(list: Int32Array, below: (count: number) => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const k = below(i + 1);
    const kept = list[i] ?? NaN;
    list[i] = list[k] ?? NaN;
    list[k] = kept;
  }
}

/**
 * Returns, for each value of a column that both responses have (`chosen_model` and
 * `rejected_model`), how much more often the judge takes its responses than the labels do.
 */
export function auditSources(
  pairs: readonly AuditPair[],
  options: BootstrapOptions,
  wanted: number,
): RawResult[] {
  const names = [...new Set(pairs.flatMap(({ row }) => Object.keys(row.columns ?? {})))];
  const columns = new Set(names.flatMap((name) => sideOf(name, names) ?? []));
  return [...columns].toSorted().flatMap((column) => {
    const sides = pairs.map(({ row: { columns: own = {} } }) => [
      own[`chosen_${column}`] ?? "",
      own[`rejected_${column}`] ?? "",
    ]);
    const values = [...new Set(sides.flat())].filter((value) => value !== "").toSorted();
    return values.slice(0, MOST_VALUES).flatMap((value): RawResult[] => {
      const found = pairs.flatMap(({ margin, cluster, row }, i) => {
        const [right = "", wrong = ""] = sides[i] ?? [];
        if ((right === value) === (wrong === value)) return [];
        const takes = margin > 0 === (right === value);
        const label = right === value;
        return [{ cluster, skew: Number(takes) - Number(label), takes, label, row }];
      });
      if (found.length < FEWEST_PAIRS) return [];
      const estimated = meanOverPrompts(
        found.map(({ skew }) => skew),
        found.map(({ cluster }) => cluster),
        options,
      );
      return [
        {
          family: "source",
          name: `${column}: ${value}`,
          what: "share of pairs in which the judge takes its response, minus the labels' share",
          count: found.length,
          prompts: estimated.prompts,
          effect: estimated.value,
          unit: "share",
          interval: estimated.interval,
          p: estimated.p,
          flips: mean(found.map(({ skew }) => Math.abs(skew))),
          flipsInterval: undefined,
          needed: promptsNeeded(estimated.prompts, estimated.standardError, wanted),
          details: {
            judge: mean(found.map(({ takes }) => Number(takes))),
            labels: mean(found.map(({ label }) => Number(label))),
          },
        },
      ];
    });
  });
}
