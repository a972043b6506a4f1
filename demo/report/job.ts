/**
 * An evaluation or A/B in the worker: rows are read, scored one after the other, and summed up.
 *
 * Scores stay here until another model is loaded, so that a run that was stopped goes on where it was. Nothing leaves
 * the machine: tables and pictures are the person's own files.
 */
import { InputError } from "../../src/errors.ts";
import { compareSystems } from "../../src/evaluate/ab.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { Judge } from "../../src/evaluate/evaluate.ts";
import { pairsOf, promptText } from "../../src/evaluate/rows.ts";
import type { EvaluationRow, RowScores, ScoredRow } from "../../src/evaluate/rows.ts";
import type { Conversation, Score } from "../../src/types.ts";
import { ReportPictures } from "./pictures.ts";
import type { FailedRow, ReportPair, ReportRequest, ReportResult } from "./protocol.ts";
import { readReportRows } from "./rows.ts";
import type { ReportRows } from "./rows.ts";

/** What a report needs of a model. */
export interface Scorer {
  score(
    conversations: readonly Conversation[],
    options: { readonly signal: AbortSignal },
  ): Promise<Score[]>;
}

interface Read extends ReportRows {
  readonly request: ReportRequest;
  readonly pictures: ReportPictures;
}

/** Of one model. A run that is asked for again goes on with what it has. */
export class ReportJob {
  readonly #scorer: Scorer;
  readonly #judge: Judge;
  readonly #kept = new Map<string, RowScores>();
  #read: Read | undefined;

  constructor(scorer: Scorer, judge: Judge) {
    this.#scorer = scorer;
    this.#judge = judge;
  }

  /**
   * Scores what has no score yet, and reports. Stopped half-way, it reports what is there.
   * @throws InputError for files that cannot be read or rows that all fail, GpuError where the GPU fails
   */
  async run(
    request: ReportRequest,
    signal: AbortSignal,
    onDone: (done: number, total: number) => void,
  ): Promise<ReportResult> {
    const rows = await readReportRows(request);
    const pictures = new ReportPictures(rows.tables, request.pictures);
    this.#read = { ...rows, request, pictures };
    const failed: FailedRow[] = [];
    let done = 0;
    for (const row of rows.rows) {
      if (signal.aborted) {
        break;
      }
      const reason = await this.#scoreRow(row, pictures, signal);
      if (reason !== undefined) {
        failed.push({ where: row.where, reason });
      }
      done += signal.aborted ? 0 : 1;
      onDone(done, rows.rows.length);
    }
    const scored = rows.rows.flatMap((row) => {
      const scores = this.#kept.get(keyOf(row));
      return scores === undefined ? [] : [{ ...row, ...scores }];
    });
    checkAny(scored, failed, signal);
    return this.#sum(this.#read, scored, failed);
  }

  /** The first picture of a row of the last run. */
  async picture(row: number): Promise<Blob> {
    const reference = this.#read?.rows[row]?.pictures[0];
    if (this.#read === undefined || reference === undefined) {
      throw new InputError({ where: "report", what: "this row has no picture" });
    }
    return await this.#read.pictures.find(reference);
  }

  /** @returns why the row cannot be scored; undefined where it was, or the run was stopped */
  async #scoreRow(
    row: EvaluationRow,
    pictures: ReportPictures,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (row.unsupported !== undefined) {
      return `cannot be scored: ${row.unsupported}`;
    }
    if (this.#kept.has(keyOf(row))) {
      return undefined;
    }
    try {
      const scores = await this.#scorer.score(await pictures.conversations(row), { signal });
      const pixels = scores[0]?.images ?? [];
      this.#kept.set(keyOf(row), { scores: scores.map(({ value }) => value), pixels });
      return undefined;
    } catch (error) {
      if (signal.aborted) {
        return undefined;
      }
      if (error instanceof InputError) {
        return error.message;
      }
      throw error;
    }
  }

  #sum(read: Read, scored: readonly ScoredRow[], failed: readonly FailedRow[]): ReportResult {
    const { rows, benchmark, duplicates, notes, request } = read;
    const judge = this.#judge;
    const unscored = rows.length - scored.length;
    const numbers = new Map(rows.map((row, index) => [keyOf(row), index]));
    const pictureOf = (row: EvaluationRow): number | undefined =>
      row.pictures.length === 0 ? undefined : numbers.get(keyOf(row));
    const report =
      benchmark === undefined
        ? compareSystems({
            names: systemNames(request),
            prompts: scored.map(abPrompt),
            judge,
            notes,
          })
        : evaluate({ benchmark, rows: scored, judge, unscored, duplicates });
    return {
      report,
      pairs: scored.flatMap((row) => pairsOf(row).map((pair) => toPair(pair, pictureOf(row)))),
      failed,
      scoredRows: scored.length,
      totalRows: rows.length,
      isPartial: scored.length + failed.length < rows.length,
    };
  }
}

function checkAny(
  scored: readonly ScoredRow[],
  [failure]: readonly FailedRow[],
  signal: AbortSignal,
): void {
  if (scored.length > 0) {
    return;
  }
  signal.throwIfAborted();
  throw new InputError({
    where: failure?.where ?? "report",
    what: `no row could be scored: ${failure?.reason ?? "there is none"}`,
  });
}

/** The same row has the same key when its file is read again. */
function keyOf(row: EvaluationRow): string {
  return JSON.stringify([row.where, row.id, row.digest, row.pictures]);
}

function systemNames({ tables }: ReportRequest): string[] {
  const names = tables.map(({ name }) => name.replace(/\.[^.]+$/, ""));
  // Two folders may hold files of the same name.
  return new Set(names).size === names.length
    ? names
    : names.map((name, at) => `${name} ${at + 1}`);
}

function abPrompt(row: ScoredRow): Parameters<typeof compareSystems>[0]["prompts"][number] {
  const { id, cluster, group, prompt, responses, scores } = row;
  const answers = responses.map((response, at) => ({ response, score: scores[at] ?? Number.NaN }));
  return { id, cluster, category: group, prompt, answers };
}

function toPair(
  { row, preferred, other, margin }: ReturnType<typeof pairsOf>[number],
  pictureOf: number | undefined,
): ReportPair {
  return {
    id: row.id,
    group: row.group,
    prompt: promptText(row),
    responses: [row.responses[preferred] ?? "", row.responses[other] ?? ""],
    scores: [row.scores[preferred] ?? Number.NaN, row.scores[other] ?? Number.NaN],
    margin,
    pictureOf,
  };
}
