/**
 * A file of rows to a file of results, in order, at constant memory: what `score` and `rank` do
 * with `--input`.
 *
 *   rows of the shard ─ those not done yet ─ the scoring loop (src/score) ─ written
 *
 * A row that cannot be scored ends the run, or goes to the file of errors if there is one. An
 * error that is not the row's (weights, GPU, connection) ends the run. Either way what was written
 * stays, and the same call continues it.
 */

import path from "node:path";
import type { JsonObject, RowId } from "../../src/base/json.ts";
import type { PixelEdit } from "../../src/audit/picture-edits.ts";
import { InputError } from "../../src/errors.ts";
import { groupLimits } from "../../src/score/groups.ts";
import { scoreRows, type Outcome } from "../../src/score/loop.ts";
import type { Conversation, ScoredImage } from "../../src/types.ts";
import type { RowCase } from "./row-case.ts";
import { keyOf, repeatedFault, repeatedIds, type RepeatedIds } from "./batch-ids.ts";
import { openJournal, type Journal, type Result } from "./batch-journal.ts";
import { picturesOf, readRows, type ParseRow, type Row, type Shard } from "./batch-rows.ts";
import type { Context } from "../command.ts";
import { openInput, type Input } from "./input-rows.ts";
import { cleanMessage } from "../output/clean.ts";
import { refuseSameFile } from "../output/output-file.ts";
import { batchLine, inTime } from "../output/progress.ts";

/** One score, as far as a batch needs it. */
export interface RowScore {
  readonly value: number;
  readonly tokens: number | undefined;
  /** Only if the options ask for them. */
  readonly tokenIds?: readonly number[];
  readonly tokenValues?: readonly number[];
  /** The state that the head read, F32 in base64; only from `features`. */
  readonly features?: string;
  /** What the head said besides: fields of a line. */
  readonly fields?: JsonObject;
  /** What pictures became; a server does not say. */
  readonly images?: readonly ScoredImage[];
}

/** What scores: the page in Chrome, or a server. */
export interface Scorer {
  /**
   * Scores the conversations of a row.
   * @param folder the folder that paths of pictures are relative to
   * @throws InputError if any of the conversations cannot be scored; then none is
   */
  score(cases: readonly RowCase[], folder: string): Promise<readonly RowScore[]>;
  /** Scores as `score`, with features; a server has none. */
  features?(cases: readonly RowCase[], folder: string): Promise<readonly RowScore[]>;
  /** Scores conversations with edited pictures; a server's pictures are not decoded here. */
  scoreEdited?(
    cases: readonly Conversation[],
    edits: readonly (PixelEdit | undefined)[],
    folder: string,
  ): Promise<readonly RowScore[]>;
  /** Calls that are worth making before the first one answers. */
  readonly callsAhead: number;
}

/** Rows that are not lines of a file. Their ids differ. */
export interface RowSource {
  /** Yields them, in an order that is the same the next time. */
  readonly rows: () => AsyncIterable<Row>;
  readonly count: number;
  /** The folder that paths of pictures are relative to. */
  readonly folder: string;
}

export interface BatchJob {
  /** The file of rows, or how messages name their source. */
  readonly input: string;
  /** A row without an id gets its number as id. */
  readonly idFromLine: boolean;
  /** Rows in place of the file's lines. */
  readonly source?: RowSource | undefined;
  readonly output: string | undefined;
  readonly errors: string | undefined;
  readonly shard: Shard | undefined;
  readonly resume: boolean;
  readonly quiet: boolean;
  /** What else makes results differ: model, weights and the like. */
  readonly identity: Readonly<Record<string, unknown>>;
  readonly parse: ParseRow;
  /** The line of the output for a row's scores. */
  readonly line: (id: RowId, scores: readonly RowScore[]) => unknown;
  /** Returns the scores of a finished line, or what is wrong with it for its row. */
  readonly scoresOf: (line: JsonObject, row: Row) => readonly number[] | string;
  /** Runs a piece of work with a scorer. It is not called if nothing is left to do. */
  readonly withScorer: <T>(work: (scorer: Scorer) => Promise<T>) => Promise<T>;
}

type RowOutcome = Outcome<Row, RowScore>;

interface Counts {
  done: number;
  failed: number;
  before: number;
  readBytes: number;
  skippedBytes: number;
  readonly totalBytes: number;
  begunAt: number;
}

/** Does the job and gives the exit code. */
export async function runBatch(job: BatchJob, context: Context): Promise<number> {
  const { wanted } = job.parse;
  const rowsIn = job.source ? undefined : await openInput(job.input, { ...job, wanted });
  for (const file of [job.output, job.errors]) {
    if (file !== undefined) await refuseSameFile(job.input, file);
  }
  // With a file of errors, a repeated id is one of them; else it ends the run before it begins.
  const repeated =
    rowsIn?.isRepeatable === true ? await repeatedIds(rowsIn, context.signal) : undefined;
  const [firstRepeated] = repeated?.values() ?? [];
  if (firstRepeated !== undefined && job.errors === undefined) throw firstRepeated;
  const { shard, identity } = job;
  const input = job.input === "-" ? "-" : path.resolve(job.input);
  const name = shard === undefined ? null : `${shard.index}/${shard.count}`;
  const journal = await openJournal({
    ...job,
    job: { input, shard: name, ...identity },
    log: (line) => context.log(line),
  });
  const counts: Counts = {
    done: 0,
    failed: 0,
    before: 0,
    readBytes: 0,
    skippedBytes: 0,
    totalBytes: rowsIn?.total ?? job.source?.count ?? 0,
    begunAt: performance.now(),
  };
  try {
    if (journal.isContinued && !job.quiet) context.log(`${job.output}: continued`);
    const rows = remainingRows(job, rowsIn, journal, counts, repeated);
    const first = await rows.next();
    if (first.done !== true) {
      await job.withScorer((scorer) =>
        scoreAll(scorer, startingWith(first.value, rows), job, journal, counts, context),
      );
    }
    await journal.finish();
  } finally {
    await journal.close();
    if (!job.quiet || counts.failed > 0) context.log(summary(job, counts));
  }
  return counts.failed > 0 && job.errors === undefined ? 1 : 0;
}

/**
 * Yields the rows that no earlier run did. A pipe cannot be read twice, so its ids are compared
 * while it is read.
 */
async function* remainingRows(
  job: BatchJob,
  file: Input | undefined,
  journal: Journal,
  counts: Counts,
  repeated: RepeatedIds | undefined,
): AsyncGenerator<Row> {
  const ids = new Set<string>();
  for await (const read of rowsOf(job, file)) {
    const { id, line, where, fault } = read;
    let again = repeated?.get(line);
    if (repeated === undefined && id !== undefined) {
      const key = keyOf(id);
      if (ids.has(key)) again = repeatedFault(where, `the id ${key} was there before`);
      ids.add(key);
    }
    if (again !== undefined && job.errors === undefined) throw again;
    const bad = fault ?? again;
    const row = bad === undefined ? read : { ...read, conversations: [], fault: bad };
    if (await journal.has(row)) {
      counts.before += 1;
      counts.readBytes = counts.skippedBytes = row.readBytes;
    } else yield row;
  }
}

/** Returns the rows of the shard. */
async function* rowsOf(
  { source, parse, shard }: BatchJob,
  file: Input | undefined,
): AsyncGenerator<Row> {
  if (file !== undefined) yield* readRows(file, parse, shard);
  for await (const row of source?.rows() ?? []) {
    if (shard === undefined || (row.line - 1) % shard.count === shard.index) yield row;
  }
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

/** Scores the rows, and writes their results in order. */
async function scoreAll(
  scorer: Scorer,
  rows: AsyncIterable<Row>,
  job: BatchJob,
  journal: Journal,
  counts: Counts,
  context: Context,
): Promise<void> {
  const folder = job.source?.folder ?? path.dirname(path.resolve(job.input));
  const toTerminal = job.output === undefined && context.terminal.interactive;
  counts.begunAt = performance.now();
  await scoreRows<Row, RowScore, RowCase>({
    rows,
    limits: groupLimits,
    callsAhead: scorer.callsAhead,
    signal: context.signal,
    cost: (row) => ({
      conversations: row.conversations.length,
      pictures: picturesOf(row),
      characters: row.length,
    }),
    prepare: (row) => {
      if (row.fault !== undefined) throw row.fault;
      return row.conversations;
    },
    score: (conversations) => scorer.score(conversations, folder),
    async take(outcomes) {
      await write(outcomes, job, journal, counts);
      // Scores that run down the same terminal are progress enough.
      if (job.quiet || toTerminal) return;
      context.progress(batchLine({ ...counts, elapsedMs: performance.now() - counts.begunAt }));
    },
  });
}

/**
 * Writes the results of rows.
 * @throws InputError of the first row that cannot be scored, if there is no file for it
 */
async function write(
  outcomes: readonly RowOutcome[],
  job: BatchJob,
  journal: Journal,
  counts: Counts,
): Promise<void> {
  const firstBad = outcomes.findIndex((outcome) => "fault" in outcome);
  const stops = firstBad >= 0 && job.errors === undefined;
  const kept = stops ? outcomes.slice(0, firstBad) : outcomes;
  await journal.write(kept.map((outcome) => resultOf(outcome, job)));
  const failed = kept.filter((outcome) => "fault" in outcome).length;
  counts.failed += failed;
  counts.done += kept.length - failed;
  counts.readBytes = kept.at(-1)?.row.readBytes ?? counts.readBytes;
  const bad = outcomes[firstBad];
  if (!stops || bad === undefined || !("fault" in bad)) return;
  counts.failed += 1;
  throw withPlace(bad.row, bad.fault);
}

function resultOf(outcome: RowOutcome, job: BatchJob): Result {
  const { row } = outcome;
  if ("fault" in outcome) {
    return {
      row,
      failure: { row: row.line, id: row.id ?? null, reason: cleanMessage(outcome.fault.message) },
    };
  }
  if (row.id === undefined) throw new Error(`${row.where}: was scored without an id`);
  const scores = outcome.scores.map(({ value }) => value);
  return { row, value: job.line(row.id, outcome.scores), scores };
}

/** Returns the fault with the row's place in front of it, once. */
function withPlace(row: Row, fault: InputError): InputError {
  if (fault.message.startsWith(row.where)) return fault;
  const id = row.id === undefined ? "" : ` (id ${keyOf(row.id)})`;
  fault.message = `${row.where}${id}: ${fault.message}`;
  return fault;
}

function summary(job: BatchJob, { done, failed, before, begunAt }: Counts): string {
  const seconds = (performance.now() - begunAt) / 1000;
  const parts = [`${done} scored`, `${failed} failed`];
  if (failed > 0 && job.errors !== undefined) parts[1] += ` (see ${job.errors})`;
  if (before > 0) parts.push(`${before} done before`);
  parts.push(inTime(seconds));
  if (done > 0) parts.push(`${(done / seconds).toPrecision(3)}/s`);
  return parts.join(", ");
}
