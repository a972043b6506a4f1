// Tested by: test/cli/batch/batch.test.ts
/**
 * Scores the rows of an evaluation, and keeps each score immediately: the same call continues
 * where it was stopped.
 *
 *   DIR/scores.jsonl   the journal (src/score/journal.ts): the judge, then one entry for each row
 *   DIR/errors.jsonl   the rows that have no scores, and why
 */

import { appendFile, mkdir } from "node:fs/promises";
import path from "node:path";
import type { PixelEdit } from "../../src/audit/picture-edits.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import type { Judge } from "../../src/evaluate/evaluate.ts";
import { conversationsOf, type EvaluationRow, type ScoredRow } from "../../src/evaluate/rows.ts";
import { rowsToScore, scoredRows, scoreEvaluation } from "../../src/evaluate/score-evaluation.ts";
import type { Table } from "../../src/rows/table-file.ts";
import type { KeptEntries } from "../../src/score/journal.ts";
import type { Conversation } from "../../src/types.ts";
import type { EngineArguments } from "../arguments.ts";
import { withScorer, type Backend } from "./batch-backend.ts";
import type { RowScore, Scorer } from "./batch.ts";
import { rememberPictures } from "./input-rows.ts";
import type { Context } from "../command.ts";
import { cleanMessage } from "../output/clean.ts";
import { shortest } from "../output/digits.ts";
import { lockOutput } from "../output/lock.ts";
import { jsonLine, unwritable, writeWhole } from "../output/output-file.ts";
import { batchLine } from "../output/progress.ts";
import { readJournal } from "./read-journal.ts";

export interface ScoreRowsJob {
  readonly rows: readonly EvaluationRow[];
  readonly tables: readonly Table[];
  /** The folder for scores.jsonl and errors.jsonl. */
  readonly output: string;
  /** What paths of pictures are relative to. */
  readonly folder: string;
  readonly judge: Judge;
  readonly engine: EngineArguments;
  readonly backend: Backend | undefined;
  /** What is done to the pictures of a row before it is scored. */
  readonly pixelEditOf?: ((row: EvaluationRow) => PixelEdit | undefined) | undefined;
}

export interface RowsScored {
  readonly rows: readonly ScoredRow[];
  /** Rows that the engine refused; why is in errors.jsonl. */
  readonly failed: number;
  /** Why the first of them was. */
  readonly reason: string | undefined;
}

/**
 * Scores the rows without scores.
 * @throws InputError if the kept scores are another judge's, or no row has any
 */
export async function scoreRowsOf(job: ScoreRowsJob, context: Context): Promise<RowsScored> {
  await mkdir(job.output, { recursive: true });
  const file = path.join(job.output, "scores.jsonl");
  const lock = await lockOutput(file);
  try {
    return await scoreLocked(job, file, context);
  } finally {
    await lock.release();
  }
}

async function scoreLocked(job: ScoreRowsJob, file: string, context: Context): Promise<RowsScored> {
  const { rows, judge, output, engine } = job;
  const log = (line: string): void => {
    if (!engine.quiet) context.log(line);
  };
  const kept = await readJournal(file, judge, "scores", (line) => context.log(line));
  const todo = rowsToScore(rows, kept).length;
  const before = scoredRows(rows, kept).length;
  if (before > 0) log(`${file}: ${before} rows kept`);
  const failed = todo === 0 ? [] : await scoreWith(job, kept, file, todo, context);
  const errorsFile = path.join(output, "errors.jsonl");
  const errors = failed.map(
    ({ row: { id, where }, reason }) =>
      `${jsonLine({ id, where, reason: cleanMessage(reason) })}\n`,
  );
  await writeWhole(errorsFile, errors.join(""));
  const scored = scoredRows(rows, kept);
  const [first] = failed;
  if (scored.length > 0 || first === undefined) {
    return { rows: scored, failed: failed.length, reason: first?.reason };
  }
  throw new InputError({
    where: first.row.where,
    what: `could not be scored, nor any other row (${first.reason})`,
    todo: `The reason of each is in ${errorsFile}`,
  });
}

function scoreWith(
  { rows, tables, folder, engine, backend, pixelEditOf }: ScoreRowsJob,
  kept: KeptEntries,
  file: string,
  total: number,
  context: Context,
): ReturnType<typeof scoreEvaluation> {
  return withScorer(engine, backend, context, async (scorer) => {
    const begunAt = performance.now();
    let done = 0;
    const edits = new Map<Conversation, PixelEdit>();
    return scoreEvaluation({
      rows,
      kept,
      signal: context.signal,
      async conversationsOf(row) {
        const conversations = await withPictures(row, tables);
        const edit = pixelEditOf?.(row);
        if (edit !== undefined) for (const one of conversations) edits.set(one, edit);
        return conversations;
      },
      async score(conversations) {
        const scores = await scoreWithEdits(scorer, conversations, edits, folder);
        return scores.map(({ value, images, fields }) => ({
          value: shortest(value),
          images,
          stepValues: stepValuesIn(fields),
        }));
      },
      async onScored(lines, tried) {
        const text = lines.map((line) => `${line}\n`).join("");
        await appendFile(file, text).catch((cause: unknown) => unwritable(file, cause));
        done += lines.length;
        if (engine.quiet) return;
        const elapsedMs = performance.now() - begunAt;
        const counts = { done, failed: tried - done, readBytes: tried, totalBytes: total };
        context.progress(batchLine({ ...counts, elapsedMs }));
      },
    });
  });
}

/** Returns the values of a score's steps, if the model judges steps. */
function stepValuesIn(fields: JsonObject | undefined): readonly number[] | undefined {
  const values = fields?.["step_values"];
  return Array.isArray(values) ? values.map((value) => shortest(Number(value))) : undefined;
}

async function scoreWithEdits(
  scorer: Scorer,
  conversations: readonly Conversation[],
  edits: Map<Conversation, PixelEdit>,
  folder: string,
): Promise<readonly RowScore[]> {
  const own = conversations.map((one) => edits.get(one));
  if (own.every((edit) => edit === undefined)) return await scorer.score(conversations, folder);
  if (scorer.scoreEdited === undefined) throw new Error("audit: a server edits no pictures");
  const scores = await scorer.scoreEdited(conversations, own, folder);
  // A bad row is scored again alone: the edits stay until it is through.
  for (const one of conversations) edits.delete(one);
  return scores;
}

/** Paths stay as they are: the scorer finds the files. */
export async function withPictures(
  row: EvaluationRow,
  tables: readonly Table[],
): Promise<Conversation[]> {
  return await conversationsOf(row, rememberPictures(tables));
}
