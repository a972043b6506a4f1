/**
 * An evaluation or A/B in the worker: rows are read, scored one after the other, and summed up.
 *
 * Scores stay here until another model is loaded, so that a stopped run can be resumed. Nothing
 * leaves the machine: tables and pictures are the person's own files.
 */
import type { AuditReport } from "../../src/audit/types.ts";
import { InputError } from "../../src/errors.ts";
import { compareSystems } from "../../src/evaluate/ab.ts";
import { evaluate, solutionPair } from "../../src/evaluate/evaluate.ts";
import type { Judge } from "../../src/evaluate/evaluate.ts";
import { pairsOf, picturesOf, promptText } from "../../src/evaluate/rows.ts";
import type { EvaluationRow, ScoredRow } from "../../src/evaluate/rows.ts";
import { rowsToScore, scoredRows, scoreEvaluation } from "../../src/evaluate/score-evaluation.ts";
import { solutionsOf } from "../../src/evaluate/solutions.ts";
import { oneRowAtATime } from "../../src/score/groups.ts";
import { KeptEntries } from "../../src/score/journal.ts";
import type { Conversation, Score } from "../../src/types.ts";
import { RowPictures } from "../base/row-pictures.ts";
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
  readonly pictures: RowPictures;
}

/** The reports of one model. A repeated run continues with the scores that it has. */
export class ReportJob {
  readonly #scorer: Scorer;
  readonly #judge: Judge;
  readonly #kept = new KeptEntries();
  #read: Read | undefined;

  constructor(scorer: Scorer, judge: Judge) {
    this.#scorer = scorer;
    this.#judge = judge;
  }

  /**
   * Scores the rows without a score, and reports. If stopped, it reports the scores so far.
   * @throws InputError for files that cannot be read or rows that all fail, GpuError if the GPU
   *   fails
   */
  async run(
    request: ReportRequest,
    signal: AbortSignal,
    onDone: (done: number, total: number) => void,
  ): Promise<ReportResult> {
    const read = await readReportRows(request);
    // Scores are reused only for the same row of the same file.
    const marked = read.rows.map((row) => ({ ...row, digest: `${row.digest} ${row.where}` }));
    const rows = { ...read, rows: marked };
    const pictures = new RowPictures(rows.tables, request.pictures);
    this.#read = { ...rows, request, pictures };
    const begun = rows.rows.length - rowsToScore(rows.rows, this.#kept).length;
    const failed: FailedRow[] = rows.rows.flatMap(({ where, unsupported }) =>
      unsupported === undefined ? [] : [{ where, reason: `cannot be scored: ${unsupported}` }],
    );
    const refused = await scoreEvaluation({
      rows: rows.rows,
      kept: this.#kept,
      // Each row is shown as it comes.
      limits: oneRowAtATime,
      signal,
      conversationsOf: (row) => pictures.conversations(row),
      score: (conversations) => this.#scorer.score(conversations, { signal }),
      onScored: (_, done) => onDone(begun + done, rows.rows.length),
    }).catch((error: unknown) => {
      // A run that is stopped reports what is there.
      if (signal.aborted) return [];
      throw error;
    });
    failed.push(...refused.map(({ row: { where }, reason }) => ({ where, reason })));
    const scored = scoredRows(rows.rows, this.#kept);
    checkAny(scored, failed, signal);
    return this.#sum(this.#read, scored, failed);
  }

  /**
   * Audits the judge on the rows of the last run. A run that was stopped goes on with the scores
   * that it has.
   * @throws the reason of the signal; InputError if no row says which response is right
   */
  async audit(
    signal: AbortSignal,
    onDone: (done: number, total: number) => void,
  ): Promise<AuditReport> {
    const read = this.#read;
    if (read === undefined)
      throw new InputError({ where: "audit", what: "there is no report yet" });
    const { auditRows } = await import("./audit-job.ts");
    return await auditRows({
      judge: this.#judge,
      rows: scoredRows(read.rows, this.#kept),
      kept: this.#kept,
      signal,
      onDone,
      conversationsOf: (row) => read.pictures.conversations(row),
      score: (conversations) => this.#scorer.score(conversations, { signal }),
    });
  }

  /** Returns the first picture of a row of the last run. */
  async picture(row: number): Promise<Blob> {
    const read = this.#read?.rows[row];
    const reference = read && picturesOf(read)[0];
    if (this.#read === undefined || reference === undefined) {
      throw new InputError({ where: "report", what: "this row has no picture" });
    }
    return await this.#read.pictures.find(reference);
  }

  /** Returns the turns up to the responses of a row of the last run, pictures in place. */
  async messages(row: number): Promise<Conversation> {
    const read = this.#read?.rows[row];
    if (this.#read === undefined || read === undefined) {
      throw new InputError({ where: "report", what: "there is no such row" });
    }
    const [first = []] = await this.#read.pictures.conversations(read);
    const answered = read.turns?.[0]?.length ?? 1;
    return first.slice(0, first.length - answered);
  }

  #sum(read: Read, scored: readonly ScoredRow[], failed: readonly FailedRow[]): ReportResult {
    const { rows, benchmark, duplicates, notes, request } = read;
    const judge = this.#judge;
    const unscored = rows.length - scored.length;
    const numbers = new Map(rows.map((row, index) => [keyOf(row), index]));
    const rowOf = (row: EvaluationRow): number | undefined => numbers.get(keyOf(row));
    const report =
      benchmark === undefined
        ? compareSystems({
            names: systemNames(request),
            prompts: scored.map(abPrompt),
            judge,
            notes,
          })
        : evaluate({ benchmark, rows: scored, judge, unscored, duplicates, warnings: notes });
    return {
      report,
      pairs: scored.flatMap((row) => pairsOf(row).map((pair) => toPair(pair, rowOf(row)))),
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
    what: `no row could be scored: ${failure?.reason.replace(/\.$/, "") ?? "there is none"}`,
  });
}

/** Returns the key of a row. The same row has the same key when its file is read again. */
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
  const solutions = solutionsOf(row);
  const answers = responses.map((response, at) => ({
    response,
    score: scores[at] ?? Number.NaN,
    solution: solutions?.[at],
  }));
  return { id, cluster, category: group, prompt, answers };
}

function toPair(
  { row, preferred, other, margin }: ReturnType<typeof pairsOf>[number],
  number: number | undefined,
): ReportPair {
  return {
    id: row.id,
    group: row.group,
    prompt: promptText(row),
    responses: [row.responses[preferred] ?? "", row.responses[other] ?? ""],
    scores: [row.scores[preferred] ?? Number.NaN, row.scores[other] ?? Number.NaN],
    margin,
    solutions: solutionPair({ row, preferred, other }),
    row: number,
    pictureOf: picturesOf(row).length === 0 ? undefined : number,
  };
}
