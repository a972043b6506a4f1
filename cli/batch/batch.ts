/**
 * A file of rows to a file of results, in order, at constant memory: what `score` and `rank` do
 * with `--input`.
 *
 *   rows of the shard ─ those not done yet ─ groups ─ scored, two or more at a time ─ written
 *
 * A row that cannot be scored ends the run, or goes to the file of errors where there is one. An
 * error that is not the row's (weights, GPU, connection) ends the run. Either way what was written
 * stays, and the same call continues it.
 */

import path from "node:path";
import { stat } from "node:fs/promises";
import { InputError } from "../../src/errors.ts";
import type { Conversation, ScoredImage } from "../../src/types.ts";
import { checkUniqueIds, keyOf } from "./batch-ids.ts";
import { openJournal, type Journal, type Result } from "./batch-journal.ts";
import {
  inGroups,
  readRows,
  type ParseRow,
  type Row,
  type RowId,
  type Shard,
} from "./batch-rows.ts";
import type { Context } from "../command.ts";
import { casesByteLength } from "./jsonl.ts";
import { batchLine, inTime } from "../output/progress.ts";

/** One score, as far as a batch needs it. */
export interface RowScore {
  readonly value: number;
  readonly tokens: number | undefined;
  /** Where they were asked for. */
  readonly tokenIds?: readonly number[];
  readonly tokenValues?: readonly number[];
  /** What pictures became; a server does not say. */
  readonly images?: readonly ScoredImage[];
}

/** What scores: the page in Chrome, or a server. */
export interface Scorer {
  /**
   * @param folder what paths of pictures are relative to
   * @throws InputError where any of the conversations cannot be scored; then none is
   */
  score(conversations: readonly Conversation[], folder: string): Promise<readonly RowScore[]>;
  /** Calls that are worth making before the first one answers. */
  readonly callsAhead: number;
}

export interface BatchJob {
  readonly input: string;
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
  /** Runs a piece of work with a scorer. It is not called where nothing is left to do. */
  readonly withScorer: <T>(work: (scorer: Scorer) => Promise<T>) => Promise<T>;
}

/** Conversations of a group: as many as take seconds, to share prefixes and to show progress. */
const groups = { first: 16, least: 8, most: 256, shortMs: 1000, longMs: 8000 };

type Outcome =
  | { readonly row: Row; readonly scores: readonly RowScore[] }
  | { readonly row: Row; readonly fault: InputError };

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
  const totalBytes = await casesByteLength(job.input);
  const isFile = (await stat(job.input)).isFile();
  if (isFile) await checkUniqueIds(job.input, context.signal);
  const { shard, identity } = job;
  const input = path.resolve(job.input);
  const name = shard === undefined ? null : `${shard.index}/${shard.count}`;
  const journal = await openJournal({ ...job, job: { input, shard: name, ...identity } });
  const counts: Counts = {
    done: 0,
    failed: 0,
    before: 0,
    readBytes: 0,
    skippedBytes: 0,
    totalBytes,
    begunAt: performance.now(),
  };
  try {
    if (journal.isContinued && !job.quiet) context.log(`${job.output}: continued`);
    const rows = remaining(job, journal, counts, !isFile);
    const first = await rows.next();
    if (first.done !== true) {
      await job.withScorer((scorer) =>
        scoreRows(scorer, startingWith(first.value, rows), job, journal, counts, context),
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
 * The rows that no earlier run did. In a pipe, which cannot be read twice, ids are compared on the
 * way.
 */
async function* remaining(
  job: BatchJob,
  journal: Journal,
  counts: Counts,
  comparesIds: boolean,
): AsyncGenerator<Row> {
  const ids = new Set<string>();
  for await (const row of readRows(job.input, job.parse, job.shard)) {
    if (comparesIds && row.id !== undefined) {
      const { where, id } = row;
      const todo = "Give each line an id of its own";
      const what = `the id ${keyOf(id)} was there before`;
      if (ids.has(keyOf(id))) throw new InputError({ where, what, todo });
      ids.add(keyOf(id));
    }
    if (await journal.has(row)) {
      counts.before += 1;
      counts.readBytes = counts.skippedBytes = row.readBytes;
    } else yield row;
  }
}

async function* startingWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

/** Keeps several groups with the scorer, and writes their results in order. */
async function scoreRows(
  scorer: Scorer,
  rows: AsyncIterable<Row>,
  job: BatchJob,
  journal: Journal,
  counts: Counts,
  context: Context,
): Promise<void> {
  const folder = path.dirname(path.resolve(job.input));
  const toTerminal = job.output === undefined && context.terminal.interactive;
  counts.begunAt = performance.now();
  const ahead: Promise<Outcome[]>[] = [];
  let size = groups.first;
  let writtenAt = performance.now();
  const writeNext = async (): Promise<void> => {
    const outcomes = (await ahead.shift()) ?? [];
    context.signal.throwIfAborted();
    await write(outcomes, job, journal, counts);
    const tookMs = performance.now() - writtenAt;
    writtenAt += tookMs;
    if (tookMs < groups.shortMs) size = Math.min(groups.most, size * 2);
    if (tookMs > groups.longMs) size = Math.max(groups.least, size / 2);
    // Scores that run down the same terminal are progress enough.
    if (job.quiet || toTerminal) return;
    context.progress(batchLine({ ...counts, elapsedMs: performance.now() - counts.begunAt }));
  };
  try {
    for await (const group of inGroups(rows, () => size)) {
      context.signal.throwIfAborted();
      const outcomes = scoreGroup(scorer, group, folder);
      // It is awaited later; should an earlier one fail, nobody else hears of this one.
      outcomes.catch(() => {});
      ahead.push(outcomes);
      if (ahead.length >= scorer.callsAhead) await writeNext();
    }
    while (ahead.length > 0) await writeNext();
  } finally {
    await Promise.allSettled(ahead);
  }
}

/** @throws InputError of the first row that cannot be scored, where there is no file for it */
async function write(
  outcomes: readonly Outcome[],
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
  throw named(bad.row, bad.fault);
}

function resultOf(outcome: Outcome, job: BatchJob): Result {
  const { row } = outcome;
  if (!("fault" in outcome)) return { value: job.line(row.id ?? "", outcome.scores) };
  return { failure: { row: row.line, id: row.id ?? null, reason: outcome.fault.message } };
}

/** The fault with the row's place in front of it, once. */
function named(row: Row, fault: InputError): InputError {
  if (fault.message.startsWith(row.where)) return fault;
  const id = row.id === undefined ? "" : ` (id ${keyOf(row.id)})`;
  fault.message = `${row.where}${id}: ${fault.message}`;
  return fault;
}

async function scoreGroup(
  scorer: Scorer,
  group: readonly Row[],
  folder: string,
): Promise<Outcome[]> {
  const readable = group.filter(({ fault }) => fault === undefined);
  const scored = new Map<Row, Outcome>();
  for (const outcome of await scoreTogether(scorer, readable, folder)) {
    scored.set(outcome.row, outcome);
  }
  return group.map((row) => {
    const outcome = row.fault === undefined ? scored.get(row) : { row, fault: row.fault };
    if (outcome === undefined) throw new Error(`${row.where}: came back without a score`);
    return outcome;
  });
}

/**
 * Where any row cannot be scored, each half by itself: so the few bad ones are found in a few
 * calls.
 */
async function scoreTogether(
  scorer: Scorer,
  rows: readonly Row[],
  folder: string,
): Promise<Outcome[]> {
  if (rows.length === 0) return [];
  try {
    const scores = await scorer.score(
      rows.flatMap(({ conversations }) => conversations),
      folder,
    );
    let begin = 0;
    return rows.map((row) => {
      const own = scores.slice(begin, (begin += row.conversations.length));
      return { row, scores: own };
    });
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault;
    const [row] = rows;
    if (rows.length === 1 && row !== undefined) return [{ row, fault }];
    const half = Math.ceil(rows.length / 2);
    const first = await scoreTogether(scorer, rows.slice(0, half), folder);
    return [...first, ...(await scoreTogether(scorer, rows.slice(half), folder))];
  }
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
