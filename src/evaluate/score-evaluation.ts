// Tested by: test/demo/report/job.test.ts
/**
 * Scores the rows of an evaluation with the one scoring loop: the command line and the page call
 * it.
 *
 *   rows without kept scores → groups → conversations with their pictures → scores → kept
 */
import { groupLimits, type GroupLimits } from "../score/groups.ts";
import { entryLine, type KeptEntries } from "../score/journal.ts";
import { scoreRows } from "../score/loop.ts";
import type { Conversation } from "../types.ts";
import { picturesOf, type EvaluationRow, type PixelRecord, type ScoredRow } from "./rows.ts";
import { keptScores, scoreLine } from "./scores.ts";

/** One score, as far as an evaluation needs it. */
export interface EvaluationScore {
  readonly value: number;
  /** What the pictures became; undefined if the scorer does not say. */
  readonly images?: readonly PixelRecord[] | undefined;
  /** The values of the steps, of a model that judges them. */
  readonly stepValues?: readonly number[] | undefined;
}

/** A row that has no scores, and why. */
export interface FailedRow {
  readonly row: EvaluationRow;
  readonly reason: string;
}

export interface EvaluationScoring {
  readonly rows: readonly EvaluationRow[];
  /** Scores of an earlier run; new ones are added. */
  readonly kept: KeptEntries;
  readonly limits?: GroupLimits;
  readonly callsAhead?: number;
  readonly signal: AbortSignal;
  /**
   * Returns the conversations of a row.
   * @throws InputError if the row cannot be scored
   */
  conversationsOf(row: EvaluationRow): Promise<readonly Conversation[]>;
  score(conversations: readonly Conversation[]): Promise<readonly EvaluationScore[]>;
  /** Takes the journal's lines of new scores, and how many rows have been tried. */
  onScored?(lines: readonly string[], done: number): void | Promise<void>;
}

/** Returns the rows that have no kept scores and can be scored. */
export function rowsToScore(
  rows: readonly EvaluationRow[],
  kept: KeptEntries,
): readonly EvaluationRow[] {
  return rows.filter((row) => row.unsupported === undefined && !keptScores(kept, row));
}

/**
 * Scores the rows without kept scores, and returns those that could not be scored.
 * @throws the reason of the signal, or an error that is not a row's
 */
export async function scoreEvaluation(scoring: EvaluationScoring): Promise<FailedRow[]> {
  const { rows, kept, limits = groupLimits, callsAhead = 1, signal } = scoring;
  const failed: FailedRow[] = [];
  let done = 0;
  await scoreRows<EvaluationRow, EvaluationScore>({
    rows: rowsToScore(rows, kept),
    limits,
    callsAhead,
    signal,
    cost: (row) => ({
      conversations: row.responses.length,
      pictures: picturesOf(row).length,
      characters: row.responses.reduce((sum, { length }) => sum + length, row.prompt.length),
    }),
    prepare: (row) => scoring.conversationsOf(row),
    score: (conversations) => scoring.score(conversations),
    async take(outcomes) {
      const lines: string[] = [];
      for (const outcome of outcomes) {
        done += 1;
        const { row } = outcome;
        if ("fault" in outcome) {
          failed.push({ row, reason: outcome.fault.message });
          continue;
        }
        const scores = outcome.scores.map(({ value }) => value);
        const steps = outcome.scores.flatMap(({ stepValues }) => (stepValues ? [stepValues] : []));
        const stepValues = steps.length === scores.length ? steps : undefined;
        // All responses see the same pictures.
        const pixels = outcome.scores[0]?.images;
        const entry = scoreLine(row, { scores, pixels, stepValues });
        kept.add(entry);
        lines.push(entryLine(entry));
      }
      await scoring.onScored?.(lines, done);
    },
  });
  return failed;
}

/** Returns the rows that have kept scores, with them. */
export function scoredRows(rows: readonly EvaluationRow[], kept: KeptEntries): ScoredRow[] {
  return rows.flatMap((row) => {
    const scores = keptScores(kept, row);
    return scores === undefined ? [] : [{ ...row, ...scores }];
  });
}
