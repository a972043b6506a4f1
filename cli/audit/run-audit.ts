// Tested by: test/cli/commands/audit.browser.test.ts
/** Scores the rows of an audit and all their edits, and audits: what `audit` and `card` share. */
import path from "node:path";
import { audit } from "../../src/audit/audit.ts";
import { defaultSwaps, swapEdit, type TextEdit } from "../../src/audit/edits.ts";
import type { PixelEdit } from "../../src/audit/picture-edits.ts";
import { planAudit, type PlannedRow } from "../../src/audit/plan.ts";
import { readRewrite, type Rewrite } from "../../src/audit/rewrites.ts";
import type { AuditReport } from "../../src/audit/types.ts";
import { isObject } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { readBenchmark, type BenchmarkRows } from "../../src/evaluate/benchmarks.ts";
import type { Judge } from "../../src/evaluate/evaluate.ts";
import type { EvaluationRow, ScoredRow } from "../../src/evaluate/rows.ts";
import { parseScores } from "../../src/evaluate/scores.ts";
import { parseJson } from "../../src/files/text-file.ts";
import { nameOf, readLines } from "../batch/jsonl.ts";
import type { Backend } from "../batch/batch-backend.ts";
import { scoreRowsOf } from "../batch/score-rows.ts";
import type { EngineArguments } from "../arguments.ts";
import type { Context } from "../command.ts";
import { namedFile, readText } from "../batch/named-file.ts";
import { judgeOf } from "../output/evaluation-files.ts";

export interface AuditJob {
  readonly files: readonly string[];
  readonly output: string;
  /** What paths of pictures are relative to. */
  readonly folder: string;
  readonly engine: EngineArguments;
  readonly backend: Backend | undefined;
  /** A file of scores in place of an engine; nothing is edited then. */
  readonly scores: { readonly file: string; readonly name: string | undefined } | undefined;
  readonly hasEdits: boolean;
  readonly rewrites: string | undefined;
  readonly swaps: string | undefined;
  readonly wanted: { readonly SD: number; readonly share: number };
  readonly bootstrap: { readonly resamples: number; readonly seed: number };
}

export interface Audited {
  readonly report: AuditReport;
  readonly rows: readonly ScoredRow[];
  readonly read: BenchmarkRows;
  readonly failed: number;
}

/** Runs the job. @throws InputError, or what the engine throws */
export async function runAudit(job: AuditJob, context: Context): Promise<Audited> {
  const read = await readBenchmark("pairs", await Promise.all(job.files.map(namedFile)));
  const swaps = await swapsOf(job.swaps);
  const rewrites = job.rewrites === undefined ? [] : await readRewrites(job.rewrites);
  checkRewrites(rewrites, read.rows, job.rewrites);
  const { judge, rows, edited, failed, notes } =
    job.scores === undefined
      ? await scoreAll(job, read, swaps, rewrites, context)
      : await givenScores(job, job.scores, read);
  const { bootstrap, wanted } = job;
  const report = audit({
    judge,
    rows,
    edited,
    swaps,
    rewrites,
    bootstrap,
    wanted,
    notes: [...read.warnings.filter((line) => !line.includes("are not read")), ...notes],
  });
  return { report, rows, read, failed };
}

interface Scored {
  readonly judge: Judge;
  readonly rows: readonly ScoredRow[];
  readonly edited: Parameters<typeof audit>[0]["edited"];
  readonly failed: number;
  readonly notes: readonly string[];
}

async function givenScores(
  job: AuditJob,
  { file, name }: NonNullable<AuditJob["scores"]>,
  read: BenchmarkRows,
): Promise<Scored> {
  const named = job.engine.model === undefined ? undefined : await judgeOf(job.engine, undefined);
  const judge = { model: path.basename(file), ...named, weights: undefined };
  const rows = parseScores(await readText(file), file, { name }).join(read.rows);
  const notes = ["Scores came in a file: nothing was edited and scored again."];
  return { judge, rows, edited: [], failed: 0, notes };
}

async function scoreAll(
  job: AuditJob,
  read: BenchmarkRows,
  swaps: TextEdit,
  rewrites: readonly Rewrite[],
  context: Context,
): Promise<Scored> {
  const { engine, backend } = job;
  const judge = await judgeOf(engine, backend);
  const planned = job.hasEdits
    ? planAudit(read.rows, { canEditPixels: backend === undefined, swaps, rewrites })
    : [];
  const edits = new Map<EvaluationRow, PixelEdit>();
  for (const { row, pixelEdit } of planned) if (pixelEdit) edits.set(row, pixelEdit);
  const scored = await scoreRowsOf(
    {
      ...job,
      tables: read.tables,
      judge,
      rows: [...read.rows, ...planned.map(({ row }) => row)],
      pixelEditOf: (row) => edits.get(row),
    },
    context,
  );
  const found = new Map(scored.rows.map((row) => [keyOf(row), row]));
  const bases = read.rows.map((row) => found.get(keyOf(row)));
  const rows = bases.filter((row) => row !== undefined);
  const places = new Map(rows.map((row, i) => [row, i]));
  const edited = planned.flatMap((one: PlannedRow) => {
    const base = bases[one.base];
    const own = found.get(keyOf(one.row));
    const place = base && places.get(base);
    if (own === undefined || place === undefined) return [];
    return [{ planned: { ...one, base: place }, scores: own.scores }];
  });
  const missing = planned.length - edited.length;
  return {
    judge,
    rows,
    edited,
    failed: read.rows.length - rows.length,
    notes: [
      ...(missing > 0 ? [`${missing} edited rows could not be scored and do not count.`] : []),
      ...(backend === undefined ? [] : ["A server's pictures are not edited pixel by pixel."]),
      ...(job.hasEdits ? [] : ["Nothing was edited and scored again (--no-edits)."]),
    ],
  };
}

function keyOf({ id, digest }: EvaluationRow): string {
  return JSON.stringify([id, digest]);
}

/** Returns the edit that swaps names: of a file, a JSON list of pairs, or the built-in list. */
async function swapsOf(file: string | undefined): Promise<TextEdit> {
  if (file === undefined) return swapEdit(defaultSwaps);
  const list: unknown = parseJson(await readText(file), file);
  const isPair = (one: unknown): one is readonly [string, string] =>
    Array.isArray(one) && one.length === 2 && one.every((word) => typeof word === "string" && word);
  if (Array.isArray(list) && list.length > 0 && list.every(isPair)) return swapEdit(list);
  throw new InputError({ where: file, expected: 'a JSON list of pairs: [["he", "she"], …]' });
}

async function readRewrites(file: string): Promise<Rewrite[]> {
  const rewrites: Rewrite[] = [];
  let number = 0;
  for await (const { line, fault } of readLines(file)) {
    number += 1;
    if (fault !== undefined) throw fault;
    if (line.trim() === "") continue;
    const where = `${nameOf(file)}, line ${number}`;
    const value: unknown = parseJson(line, where);
    rewrites.push(readRewrite(isObject(value) ? value : undefined, where));
  }
  return rewrites;
}

/** @throws InputError for a rewrite of a row or response that is not there */
function checkRewrites(
  rewrites: readonly Rewrite[],
  rows: readonly EvaluationRow[],
  file = "",
): void {
  const known = new Map(rows.map((row) => [row.id, row]));
  for (const { id, response } of rewrites) {
    const row = known.get(id);
    if (row?.responses[response] !== undefined) continue;
    const expected = row === undefined ? "the id of a row" : `${row.responses.length} responses`;
    const got = row === undefined ? id : `response ${response}`;
    throw new InputError({ where: `${file}, id ${id}`, expected, got });
  }
}
