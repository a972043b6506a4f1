/**
 * The one scoring loop: rows to scores, in groups, in order.
 *
 *   rows ─ groups ─ conversations ─ scored, one group or more at a time ─ outcomes, in order
 *
 * The command line (`score`, `rank`, `eval`, `ab`) and the page's reports use it. A row that cannot
 * be scored has its error as its outcome and stops no other row. An error that is not a row's
 * (weights, GPU, connection) ends the loop; the outcomes before it were delivered.
 */
import { GpuError, InputError } from "../errors.ts";
import type { Conversation } from "../types.ts";
import { inGroups, type GroupLimits, type RowCost } from "./groups.ts";

/** The outcome of a row: a score for each of its conversations, or why there is none. */
export type Outcome<Row, Score> =
  | { readonly row: Row; readonly scores: readonly Score[] }
  | { readonly row: Row; readonly fault: InputError };

export interface ScoringLoop<Row, Score, One = Conversation> {
  readonly rows: Iterable<Row> | AsyncIterable<Row>;
  readonly limits: GroupLimits;
  /** Groups that are sent before the first one has answered; 1 waits for each. */
  readonly callsAhead: number;
  readonly signal: AbortSignal;
  cost(row: Row): RowCost;
  /**
   * Returns the conversations of a row.
   * @throws InputError if there are none; it is the row's outcome
   */
  prepare(row: Row): readonly One[] | Promise<readonly One[]>;
  /**
   * Returns a score for each conversation.
   * @throws InputError if any of them cannot be scored; then none is
   */
  score(conversations: readonly One[]): Promise<readonly Score[]>;
  /** Takes the outcomes of rows that follow one another. An error of it ends the loop. */
  take(outcomes: readonly Outcome<Row, Score>[]): void | Promise<void>;
}

/**
 * Scores all rows.
 * @throws the reason of the signal, or an error that is not a row's; both after the outcomes of the
 *   rows before
 */
export async function scoreRows<Row, Score extends { readonly value: number }, One = Conversation>(
  loop: ScoringLoop<Row, Score, One>,
): Promise<void> {
  const ahead: Promise<Outcome<Row, Score>[]>[] = [];
  let size = loop.limits.conversations.first;
  let takenAt = performance.now();
  const takeNext = async (): Promise<void> => {
    // Finished scores are delivered even if the run was interrupted in the meantime.
    await loop.take((await ahead.shift()) ?? []);
    loop.signal.throwIfAborted();
    const tookMs = performance.now() - takenAt;
    takenAt += tookMs;
    size = nextSize(size, tookMs, loop.limits);
  };
  const groups = inGroups(
    loop.rows,
    (row) => loop.cost(row),
    loop.limits,
    () => size,
  );
  let failure: { readonly error: unknown } | undefined;
  try {
    for (;;) {
      const next = await groups.next().catch((error: unknown) => {
        failure = { error };
      });
      if (next === undefined || next.done === true) break;
      loop.signal.throwIfAborted();
      const outcomes = scoreGroup(loop, next.value);
      // It is awaited later. If an earlier call fails, this failure must not count as unhandled.
      outcomes.catch(() => {});
      ahead.push(outcomes);
      while (ahead.length >= loop.callsAhead) await takeNext();
    }
    while (ahead.length > 0) await takeNext();
    // The rows could not be read to their end: those before are not lost.
    if (failure !== undefined) throw failure.error;
  } finally {
    await Promise.allSettled(ahead);
    await groups.return(undefined);
  }
}

/** Groups take seconds: long enough to share prefixes, short enough to show progress. */
function nextSize(size: number, tookMs: number, { conversations }: GroupLimits): number {
  if (tookMs < 1000) return Math.min(conversations.most, size * 2);
  if (tookMs > 8000) return Math.max(conversations.least, Math.floor(size / 2));
  return size;
}

interface Prepared<Row, One> {
  readonly row: Row;
  readonly conversations: readonly One[];
}

async function scoreGroup<Row, Score extends { readonly value: number }, One>(
  loop: ScoringLoop<Row, Score, One>,
  rows: readonly Row[],
): Promise<Outcome<Row, Score>[]> {
  const prepared = await Promise.all(rows.map((row) => prepareRow(loop, row)));
  const ready = prepared.flatMap((one) => ("fault" in one ? [] : [one]));
  const scored = (await scoreTogether(loop, ready)).values();
  return prepared.map((one) => {
    if ("fault" in one) return one;
    const { value: outcome, done } = scored.next();
    if (done === true) throw new Error("scoring loop: a row came back without an outcome");
    return outcome;
  });
}

async function prepareRow<Row, Score, One>(
  loop: ScoringLoop<Row, Score, One>,
  row: Row,
): Promise<Prepared<Row, One> | { readonly row: Row; readonly fault: InputError }> {
  try {
    return { row, conversations: await loop.prepare(row) };
  } catch (fault) {
    if (fault instanceof InputError) return { row, fault };
    throw fault;
  }
}

/** Scores rows in one call. If a row is bad, it scores each half: few bad rows cost few calls. */
async function scoreTogether<Row, Score extends { readonly value: number }, One>(
  loop: ScoringLoop<Row, Score, One>,
  rows: readonly Prepared<Row, One>[],
): Promise<Outcome<Row, Score>[]> {
  if (rows.length === 0) return [];
  try {
    const conversations = rows.flatMap((one) => one.conversations);
    const scores = await loop.score(conversations);
    checkScores(scores, conversations.length);
    let begin = 0;
    return rows.map(({ row, conversations: { length } }) => ({
      row,
      scores: scores.slice(begin, (begin += length)),
    }));
  } catch (fault) {
    if (!(fault instanceof InputError) || loop.signal.aborted) throw fault;
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) return [{ row: only.row, fault }];
    const half = Math.ceil(rows.length / 2);
    const first = await scoreTogether(loop, rows.slice(0, half));
    return [...first, ...(await scoreTogether(loop, rows.slice(half)))];
  }
}

/** Checks that every score is a finite number. */
function checkScores(scores: readonly { readonly value: number }[], count: number): void {
  const where = "scoring loop";
  if (scores.length !== count) {
    throw new GpuError({ where, what: "scores", expected: count, got: scores.length });
  }
  const bad = scores.find(({ value }) => !Number.isFinite(value));
  if (bad === undefined) return;
  const todo = "Report this: a model gives finite scores";
  throw new GpuError({ where, expected: "a finite score", got: String(bad.value), todo });
}
