/**
 * Scores the rows of an evaluation, and keeps each score as it comes: the same call goes on where it was stopped.
 *
 *   rows without a kept score → groups → conversations with their pictures → scores → scores.jsonl
 */

import { appendFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import type { Judge } from "../../src/evaluate/evaluate.ts";
import type { EvaluationRow, RowScores, ScoredRow } from "../../src/evaluate/rows.ts";
import { parseScores, scoreLine, Scores } from "../../src/evaluate/scores.ts";
import { readPicture, type Table } from "../../src/evaluate/table-file.ts";
import type { Conversation, ImagePart } from "../../src/types.ts";
import type { EngineArguments } from "../arguments.ts";
import { withScorer, type Backend } from "./batch-backend.ts";
import type { RowScore, Scorer } from "./batch.ts";
import type { Context } from "../command.ts";
import { shortest } from "../output/digits.ts";
import { inTime } from "../output/progress.ts";

export interface ScoreRowsJob {
  readonly rows: readonly EvaluationRow[];
  readonly tables: readonly Table[];
  /** Where scores.jsonl and errors.jsonl go. */
  readonly output: string;
  /** What paths of pictures are relative to. */
  readonly folder: string;
  readonly judge: Judge;
  readonly engine: EngineArguments;
  readonly backend: Backend | undefined;
}

/** At most so many rows, conversations and pictures go to the engine together. */
const GROUP_CONVERSATIONS = 32;
const GROUP_PICTURES = 8;

export interface RowsScored {
  readonly rows: readonly ScoredRow[];
  /** Rows that the engine refused; why is in errors.jsonl. */
  readonly failed: number;
}

/** Scores what is not scored yet. @throws InputError where the kept scores are another judge's, or no row has any */
export async function scoreRows(job: ScoreRowsJob, context: Context): Promise<RowsScored> {
  await mkdir(job.output, { recursive: true });
  const file = path.join(job.output, "scores.jsonl");
  const kept = await keptScores(file, job.judge);
  const done = new Set(kept.join(job.rows).map(keyOf));
  const todo = job.rows.filter((row) => !done.has(keyOf(row)) && row.unsupported === undefined);
  const failures: { id: string; where: string; reason: string }[] = [];
  if (done.size > 0 && !job.engine.quiet) context.log(`${file}: ${done.size} rows kept`);
  if (todo.length > 0) {
    await withScorer(job.engine, job.backend, context, async (scorer) => {
      const begun = performance.now();
      let count = 0;
      for (const group of groups(todo)) {
        context.signal.throwIfAborted();
        const lines: string[] = [];
        for (const { row, scores, fault } of await scoreGroup(scorer, group, job)) {
          if (scores) lines.push(`${JSON.stringify(scoreLine(row, scores))}\n`);
          else
            failures.push({ id: row.id, where: row.where, reason: fault?.message ?? "no score" });
        }
        await appendFile(file, lines.join(""));
        count += group.length;
        const seconds = (performance.now() - begun) / 1000;
        const left = (seconds / count) * (todo.length - count);
        const line = `${count} of ${todo.length} rows, ${(count / seconds).toPrecision(2)}/s, ${inTime(left)} left`;
        if (!job.engine.quiet) context.progress(line);
      }
    });
  }
  const errors = failures.map((failure) => `${JSON.stringify(failure)}\n`).join("");
  await writeFile(path.join(job.output, "errors.jsonl"), errors);
  const scores = parseScores(await readFile(file, "utf8"), file, { isPartial: true });
  const rows = scores.join(job.rows);
  const [firstFailure] = failures;
  if (rows.length > 0 || firstFailure === undefined) return { rows, failed: failures.length };
  throw new InputError({
    where: firstFailure.where,
    what: `could not be scored, nor any other row (${firstFailure.reason})`,
    todo: `The reason of each is in ${path.join(job.output, "errors.jsonl")}`,
  });
}

/** The scores of an earlier run. Its last line, where a kill cut it, is taken away. */
async function keptScores(file: string, judge: Judge): Promise<Scores> {
  const head = `${JSON.stringify({ judge })}\n`;
  const text = await readFile(file, "utf8").catch(() => "");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first = ""] = whole.split("\n");
  if (first === "") {
    await writeFile(file, head);
    return new Scores([], file);
  }
  if (`${first}\n` !== head) {
    const todo = "Give another --output, or remove the file to score anew";
    const wanted = head.trim();
    throw new InputError({
      where: file,
      what: "holds another judge's scores",
      got: first,
      expected: wanted,
      todo,
    });
  }
  if (whole.length < text.length) await truncate(file, Buffer.byteLength(whole));
  return parseScores(whole, file, { isPartial: true });
}

function keyOf({ id, digest }: EvaluationRow): string {
  return `${id}\u0000${digest}`;
}

function* groups(rows: readonly EvaluationRow[]): Generator<EvaluationRow[]> {
  let group: EvaluationRow[] = [];
  let conversations = 0;
  let pictures = 0;
  for (const row of rows) {
    const isFull =
      conversations + row.responses.length > GROUP_CONVERSATIONS ||
      pictures + row.pictures.length > GROUP_PICTURES;
    if (isFull && group.length > 0) {
      yield group;
      group = [];
      conversations = pictures = 0;
    }
    group.push(row);
    conversations += row.responses.length;
    pictures += row.pictures.length;
  }
  if (group.length > 0) yield group;
}

interface Outcome {
  readonly row: EvaluationRow;
  readonly scores?: RowScores;
  readonly fault?: InputError;
}

/** Scores rows together; each by itself where one of them cannot be scored. */
async function scoreGroup(
  scorer: Scorer,
  rows: readonly EvaluationRow[],
  job: ScoreRowsJob,
): Promise<Outcome[]> {
  try {
    const conversations = await Promise.all(rows.map((row) => conversationsOf(row, job.tables)));
    const all = await scorer.score(conversations.flat(), job.folder);
    let begin = 0;
    return rows.map((row) => {
      const own = all.slice(begin, (begin += row.responses.length));
      return { row, scores: rowScores(own) };
    });
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault;
    const [row] = rows;
    if (rows.length === 1 && row) return [{ row, fault }];
    const outcomes: Outcome[] = [];
    for (const one of rows) outcomes.push(...(await scoreGroup(scorer, [one], job)));
    return outcomes;
  }
}

function rowScores(scores: readonly RowScore[]): RowScores {
  // All responses see the same pictures.
  const [first] = scores;
  return { scores: scores.map(({ value }) => shortest(value)), pixels: first?.images };
}

async function conversationsOf(
  row: EvaluationRow,
  tables: readonly Table[],
): Promise<Conversation[]> {
  const images = await Promise.all(
    row.pictures.map(async (picture): Promise<ImagePart> => {
      const read = typeof picture === "string" ? picture : await readPicture(tables, picture);
      return { type: "image", image: typeof read === "string" ? read : dataUrl(read) };
    }),
  );
  const text = { type: "text", text: row.prompt } as const;
  const prompt: Conversation =
    row.prompt === "" && row.history.length > 0
      ? []
      : [{ role: "user", content: [...images, text] }];
  return row.responses.map((content) => [
    ...row.history,
    ...prompt,
    { role: "assistant", content },
  ]);
}

/** Bytes cross to the page as text; what they are, the decoder finds out by itself. */
function dataUrl(bytes: Uint8Array): string {
  const isPng = bytes[0] === 0x89;
  const isWebp = bytes[0] === 0x52;
  const type = isPng ? "png" : isWebp ? "webp" : "jpeg";
  return `data:image/${type};base64,${Buffer.from(bytes).toString("base64")}`;
}
