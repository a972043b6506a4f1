// Tested by: test/evaluate/metrics.test.ts
/**
 * A benchmark's scored rows to a report: metrics with intervals, baselines, length, calibration,
 * what was wrong. Plain data: what draws it is report.ts (Markdown) and report-html.ts.
 */

import { InputError } from "../errors.ts";
import { isTie } from "../preference/ranking.ts";
import type { BenchmarkName } from "./benchmarks.ts";
import { calibrate, type Calibration } from "./calibration.ts";
import { groupBy } from "./group-by.ts";
import { lengthBias, type LengthBias } from "./length-bias.ts";
import { metricsOf, type Metric } from "./metrics.ts";
import {
  codePoints,
  pairsOf,
  picturesOf,
  promptText,
  type PixelRecord,
  type ScoredPair,
  type ScoredRow,
} from "./rows.ts";
import { reportSteps, solutionsOf, type Solution, type StepReport } from "./solutions.ts";
import {
  bootstrap,
  numberClusters,
  type BootstrapOptions,
  type Interval,
} from "../statistics/bootstrap.ts";

/** The model that gave the scores. */
export interface Judge {
  readonly model: string;
  readonly revision?: string | undefined;
  /** `stored`, `q8` or `q4`; undefined if the scores came in a file. */
  readonly weights?: string | undefined;
  readonly backend?: string | undefined;
  /** The file of an own head, if it is not the published one that judged. */
  readonly head?: string | undefined;
  /** The budget of the processor, in pixels of a resized picture. */
  readonly minPixels?: number | undefined;
  readonly maxPixels?: number | undefined;
}

export interface MetricResult extends Pick<Metric, "name" | "kind" | "count"> {
  readonly value: number;
  /** At 95 %, or the level that the caller chose; undefined if no resample defines it. */
  readonly interval: Interval | undefined;
  /** The same metric of who always takes the shorter response, or the longer. */
  readonly shorterWins: number;
  readonly longerWins: number;
}

/** A pair that the scores get wrong, or a tie as `isTie` has it. */
export interface WrongPair {
  readonly id: string;
  readonly group: string;
  readonly where: string;
  readonly prompt: string;
  readonly preferred: string;
  readonly other: string;
  readonly scores: readonly [preferred: number, other: number];
  readonly margin: number;
  /** Paths beside the file, if the pictures are there. */
  readonly pictures: readonly string[];
  /** The steps of both, from a model that judges steps. */
  readonly solutions?: readonly [preferred: Solution, other: Solution] | undefined;
}

export interface PixelSummary {
  readonly pictures: number;
  /** Of the pictures after resizing, as they were scored. */
  readonly leastPixels: number;
  readonly mostPixels: number;
  readonly mostTokens: number;
}

export interface EvaluationReport {
  readonly kind: "evaluation";
  readonly benchmark: BenchmarkName;
  readonly judge: Judge;
  readonly rows: number;
  readonly unscored: number;
  readonly duplicates: number;
  readonly clusters: number;
  readonly bootstrap: Required<BootstrapOptions>;
  readonly metrics: readonly MetricResult[];
  /** Pairs whose scores differ by rounding alone, as `isTie` has it. */
  readonly ties: number;
  readonly pairs: number;
  readonly length: LengthBias;
  readonly calibration: Calibration;
  readonly margins: readonly number[];
  /** Undefined if the scorer did not say. */
  readonly pixels: PixelSummary | undefined;
  /** Undefined if the model does not judge steps. */
  readonly steps?: StepReport | undefined;
  /** Worst first. */
  readonly wrong: readonly WrongPair[];
  readonly notes: readonly string[];
}

export interface EvaluateRequest {
  readonly benchmark: BenchmarkName;
  readonly rows: readonly ScoredRow[];
  readonly judge: Judge;
  /** Rows that have no score, and rows that repeat another. */
  readonly unscored?: number;
  readonly duplicates?: number;
  /** What the reader of the rows ignored, for the notes. */
  readonly warnings?: readonly string[];
  readonly bootstrap?: BootstrapOptions;
}

/**
 * Evaluates scored rows.
 * @throws InputError for no rows, or a score that is not a finite number
 */
export function evaluate(request: EvaluateRequest): EvaluationReport {
  const { benchmark, rows, judge, unscored = 0, duplicates = 0 } = request;
  checkScores(rows);
  const options = { resamples: 5000, seed: 1, level: 0.95, ...request.bootstrap };
  const metrics = metricsOf(benchmark, rows);
  const clusters = numberClusters(rows.map(({ cluster }) => cluster));
  const intervals = bootstrap(
    clusters,
    metrics.map(({ of }) => of),
    options,
  );
  const once = new Float64Array(rows.length).fill(1);
  const shorter = metricsOf(
    benchmark,
    rows.map((row) => scoredByLength(row, -1)),
  );
  const longer = metricsOf(
    benchmark,
    rows.map((row) => scoredByLength(row, 1)),
  );
  // Ties has up to hundreds of pairs a prompt, and its right answers need no order among them.
  const pairs = rows.filter(({ rightCount }) => rightCount === 1).flatMap(pairsOf);
  const margins = pairs.map(({ margin }) => margin);
  return {
    kind: "evaluation",
    benchmark,
    judge,
    rows: rows.length,
    unscored,
    duplicates,
    clusters: new Set(clusters).size,
    bootstrap: options,
    metrics: metrics.map(({ name, kind, count, of }, i) => ({
      name,
      kind,
      count,
      value: of(once),
      interval: intervals[i],
      shorterWins: shorter[i]?.of(once) ?? NaN,
      longerWins: longer[i]?.of(once) ?? NaN,
    })),
    ties: pairs.filter(isTied).length,
    pairs: pairs.length,
    length: lengthBias(rows, pairs),
    calibration: calibrate(margins),
    margins,
    pixels: summarisePixels(rows.flatMap(({ pixels }) => pixels ?? [])),
    steps: reportSteps(benchmark, rows, options),
    wrong: pairs
      .filter((pair) => pair.margin <= 0 || isTied(pair))
      .toSorted((a, b) => a.margin - b.margin)
      .map(toWrong),
    notes: notesOn(request),
  };
}

function checkScores(rows: readonly ScoredRow[]): void {
  if (rows.length === 0) {
    const todo = "Check the ids of the scores, and the errors of the scoring";
    throw new InputError({ where: "evaluate", what: "no row has a score", todo });
  }
  for (const { scores, responses, where, id } of rows) {
    const isWhole = scores.length === responses.length && scores.every(Number.isFinite);
    if (isWhole) continue;
    const wanted = `${responses.length} finite numbers`;
    throw new InputError({
      where: `${where} (id ${id})`,
      what: "scores",
      got: scores.join(", "),
      expected: wanted,
    });
  }
}

function isTied({ row, preferred, other }: ScoredPair): boolean {
  return isTie(row.scores[preferred] ?? NaN, row.scores[other] ?? NaN);
}

function scoredByLength(row: ScoredRow, sign: number): ScoredRow {
  return { ...row, scores: row.responses.map((response) => sign * codePoints(response)) };
}

function toWrong({ row, preferred, other, margin }: ScoredPair): WrongPair {
  return {
    id: row.id,
    group: row.group,
    where: row.where,
    prompt: promptText(row),
    margin,
    solutions: solutionPair({ row, preferred, other }),
    preferred: row.responses[preferred] ?? "",
    other: row.responses[other] ?? "",
    scores: [row.scores[preferred] ?? NaN, row.scores[other] ?? NaN],
    // A data URL is the picture itself, and says nothing to a person.
    pictures: picturesOf(row).flatMap((picture) =>
      typeof picture === "string" && !/^data:/i.test(picture) ? [picture] : [],
    ),
  };
}

/** Returns the steps of a pair's two responses; undefined if they have no values. */
export function solutionPair({
  row,
  preferred,
  other,
}: Pick<ScoredPair, "row" | "preferred" | "other">): readonly [Solution, Solution] | undefined {
  const solutions = solutionsOf(row);
  const [a, b] = [solutions?.[preferred], solutions?.[other]];
  return a === undefined || b === undefined ? undefined : [a, b];
}

function summarisePixels(records: readonly PixelRecord[]): PixelSummary | undefined {
  if (records.length === 0) return undefined;
  const areas = records.map(({ resizedWidth, resizedHeight }) => resizedWidth * resizedHeight);
  return {
    pictures: records.length,
    leastPixels: areas.reduce((least, area) => Math.min(least, area)),
    mostPixels: areas.reduce((most, area) => Math.max(most, area)),
    mostTokens: records.reduce((most, { tokens }) => Math.max(most, tokens), 0),
  };
}

/** Returns the notes without which the numbers would mislead. */
function notesOn(request: EvaluateRequest): string[] {
  const { benchmark, rows, unscored = 0, duplicates = 0, warnings = [] } = request;
  const notes = [...warnings];
  if (unscored > 0) notes.push(`${unscored} rows have no score and do not count.`);
  if (duplicates > 0) notes.push(`${duplicates} rows repeat another word for word and count once.`);
  const whole = publishedRows[benchmark];
  if (whole !== undefined && whole !== rows.length + unscored) {
    notes.push(`The published benchmark has ${whole} rows: these numbers are of another set.`);
  }
  const flat = [...groupBy(rows, ({ group }) => group)].filter(([, own]) => isFlat(benchmark, own));
  if (flat.length > 0) {
    notes.push(
      `All right or all wrong: ${flat.map(([name]) => name).join(", ")}. The bootstrap sees no doubt there, so that such an interval has no width; a few more rows may show otherwise.`,
    );
  }
  const size = groupBy(rows, ({ id }) => id);
  if (benchmark === "vl-rewardbench" && size.size < rows.length) {
    notes.push(`${rows.length - size.size} ids repeat with other responses; each counts.`);
  }
  return notes;
}

function isFlat(benchmark: BenchmarkName, rows: readonly ScoredRow[]): boolean {
  if (benchmark === "rewardbench-2") return false;
  const right = rows.filter(({ scores }) => (scores[0] ?? NaN) > (scores[1] ?? NaN)).length;
  return right === 0 || right === rows.length;
}

const publishedRows: Partial<Record<BenchmarkName, number>> = {
  "vl-rewardbench": 1250,
  "mm-rlhf": 170,
  rewardbench: 2985,
  "rewardbench-2": 1865,
};
