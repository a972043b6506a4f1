// Tested by: test/cli/labels/labels.browser.test.ts
/**
 * Scores and features of conversations that are all in memory, kept in a journal as they come: the
 * same call continues where it was stopped.
 *
 *   FILE   {"judge": {…}}, then {"id", "digest", "scores", "features", "check"} for each row
 */

import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import type { RowId } from "../../src/base/json.ts";
import { groupLimits } from "../../src/score/groups.ts";
import { entryLine, type KeptEntries } from "../../src/score/journal.ts";
import { scoreRows } from "../../src/score/loop.ts";
import { imagePartsOf } from "../../src/text/template/conversation.ts";
import type { Conversation } from "../../src/types.ts";
import type { EngineArguments } from "../arguments.ts";
import { withScorer } from "../batch/batch-backend.ts";
import type { RowScore } from "../batch/batch.ts";
import { readJournal } from "../batch/read-journal.ts";
import type { Context } from "../command.ts";
import { lockOutput } from "../output/lock.ts";
import { unwritable } from "../output/output-file.ts";
import { batchLine } from "../output/progress.ts";

/** Conversations that go to the engine together. */
export interface FeatureRow {
  readonly id: RowId;
  readonly where: string;
  /** The hash of the conversations. */
  readonly digest: string;
  readonly conversations: readonly Conversation[];
}

/** What the engine says of a row: one value and one state for each conversation. */
export interface RowFeatures {
  readonly scores: readonly number[];
  readonly features: readonly Float32Array[];
}

export interface FeatureJob {
  readonly rows: readonly FeatureRow[];
  /** The journal. */
  readonly file: string;
  /** What paths of pictures are relative to. */
  readonly folder: string;
  /** Who scores: another judge's journal is not continued. */
  readonly judge: unknown;
  readonly engine: EngineArguments;
}

/**
 * Returns the scores and features of all rows, by digest.
 * @throws InputError of the first row that cannot be scored, or if the journal is another judge's
 */
export async function featuresOf(
  job: FeatureJob,
  context: Context,
): Promise<ReadonlyMap<string, RowFeatures>> {
  await mkdir(path.dirname(job.file), { recursive: true });
  const lock = await lockOutput(job.file);
  try {
    const kept = await readJournal(job.file, job.judge, "features", (line) => context.log(line));
    const rows = job.rows.filter((row) => found(kept, row) === undefined);
    const before = job.rows.length - rows.length;
    if (before > 0 && !job.engine.quiet) context.log(`${job.file}: ${before} rows kept`);
    if (rows.length > 0) await scoreMissing(job, rows, kept, context);
    return new Map(job.rows.map((row) => [row.digest, featuresFrom(found(kept, row), row)]));
  } finally {
    await lock.release();
  }
}

type Entry = ReturnType<typeof found>;

function found(kept: KeptEntries, { id, digest, conversations }: FeatureRow) {
  const entry = kept.find({ id, digest, conversations: conversations.length });
  const features = entry?.["features"];
  const isWhole =
    Array.isArray(features) &&
    features.length === conversations.length &&
    features.every((one) => typeof one === "string");
  return entry?.scores === undefined || !isWhole ? undefined : { scores: entry.scores, features };
}

function featuresFrom(entry: Entry, { where }: FeatureRow): RowFeatures {
  if (entry === undefined) throw new Error(`${where}: was scored without features`);
  return { scores: entry.scores, features: entry.features.map(fromBase64) };
}

/** Returns F32 values from base64. */
export function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

async function scoreMissing(
  { file, folder, engine }: FeatureJob,
  rows: readonly FeatureRow[],
  kept: KeptEntries,
  context: Context,
): Promise<void> {
  const begunAt = performance.now();
  let done = 0;
  await withScorer(engine, undefined, context, (scorer) =>
    scoreRows<FeatureRow, RowScore>({
      rows,
      limits: groupLimits,
      callsAhead: scorer.callsAhead,
      signal: context.signal,
      cost: ({ conversations }) => ({
        conversations: conversations.length,
        pictures: imagePartsOf(conversations[0] ?? []).length,
        characters: JSON.stringify(conversations).length,
      }),
      prepare: ({ conversations }) => conversations,
      async score(conversations) {
        if (scorer.features === undefined) throw new Error("features: a server gives none");
        return scorer.features(conversations, folder);
      },
      async take(outcomes) {
        for (const outcome of outcomes) {
          const { row } = outcome;
          if ("fault" in outcome) {
            outcome.fault.message = `${row.where}: ${outcome.fault.message}`;
            throw outcome.fault;
          }
          const entry = {
            id: row.id,
            digest: row.digest,
            scores: outcome.scores.map(({ value }) => value),
            features: outcome.scores.map(({ features = "" }) => features),
          };
          kept.add(entry);
          const line = `${entryLine(entry)}\n`;
          await appendFile(file, line).catch((cause: unknown) => unwritable(file, cause));
          done += 1;
        }
        if (engine.quiet) return;
        const elapsedMs = performance.now() - begunAt;
        const counts = { done, failed: 0, readBytes: done, totalBytes: rows.length };
        context.progress(batchLine({ ...counts, elapsedMs }));
      },
    }),
  );
}
