/**
 * The rows that a report is about, from the files that a person gave.
 *
 * An A/B takes two files with the same prompts: rows {"id"?, "prompt", "response", "image"?,
 * "category"?}, matched by id, or line by line if they have none.
 */
import { InputError } from "../../src/errors.ts";
import { readBenchmark } from "../../src/evaluate/benchmarks.ts";
import type { BenchmarkName } from "../../src/evaluate/benchmarks.ts";
import { placedPrompt, responsesOf } from "../../src/evaluate/benchmarks.ts";
import { promptText, rowDigest } from "../../src/evaluate/rows.ts";
import type { EvaluationRow } from "../../src/evaluate/rows.ts";
import { readTable } from "../../src/rows/table-file.ts";
import { readParquet } from "../../cli/tables/parquet.ts";
import type { NamedFile, Table } from "../../src/rows/table-file.ts";
import { wrongField } from "../../src/rows/fields.ts";
import { readRow, UnusedFields } from "../../src/rows/read-row.ts";
import type { ReadRow } from "../../src/rows/read-row.ts";
import type { ReportRequest } from "./protocol.ts";

export interface ReportRows {
  readonly rows: readonly EvaluationRow[];
  readonly tables: readonly Table[];
  readonly duplicates: number;
  /** Undefined for an A/B. */
  readonly benchmark: BenchmarkName | undefined;
  readonly notes: readonly string[];
}

/**
 * Reads the rows.
 * @throws InputError naming the file or the row that is wrong
 */
export async function readReportRows(request: ReportRequest): Promise<ReportRows> {
  const files = request.tables.map(namedFile);
  if (request.kind === "ab") {
    return await readAb(files);
  }
  if (files.length === 0) {
    throw new InputError({ where: "report", what: "no file of pairs", todo: "Choose one" });
  }
  const benchmark = request.benchmark === "auto" ? await benchmarkOf(files) : request.benchmark;
  const { warnings, ...read } = await readBenchmark(benchmark, files);
  return { ...read, benchmark, notes: warnings };
}

/** Returns a file that is read by ranges: a parquet file may be larger than memory. */
function namedFile(file: File): NamedFile {
  const slice = async (begin: number, end: number = file.size): Promise<ArrayBuffer> =>
    await file.slice(begin, end).arrayBuffer();
  return { name: file.name, bytes: { byteLength: file.size, slice }, readParquet };
}

/**
 * Recognises the benchmark by the fields of the first row: each published file has some that no
 * other has.
 */
async function benchmarkOf([first]: readonly NamedFile[]): Promise<BenchmarkName> {
  const table = first && (await readTable(first));
  const row = table && table.count > 0 ? await table.row(0) : undefined;
  const has = (field: string): boolean => row?.[field] !== undefined;
  if (has("response") && (has("human_ranking") || has("ranking"))) return "vl-rewardbench";
  if (has("Output1") && has("Better")) return "multimodal-rewardbench";
  if (has("subset") && Array.isArray(row?.["chosen"])) return "rewardbench-2";
  if (has("subset") && has("chosen")) return "rewardbench";
  if (has("chosen") && has("rejected")) return has("video") ? "mm-rlhf" : "pairs";
  const pairs = ["rejected_response", "rejected_messages", "winner", "winner_model_a"];
  if (pairs.some(has)) return "pairs";
  throw new InputError({
    where: first?.name ?? "report",
    what: "no benchmark has these fields",
    got: Object.keys(row ?? {}).join(", ") || "no row",
    expected: "chosen and rejected, or the fields of a published benchmark",
    todo: "For two systems' responses, choose A/B",
  });
}

async function readAb(files: readonly NamedFile[]): Promise<ReportRows> {
  const [a, b] = files;
  if (a === undefined || b === undefined || files.length > 2) {
    throw new InputError({
      where: "A/B",
      what: "needs the responses of two systems",
      got: `${files.length} files`,
      expected: "2",
      todo: "Choose one file for each system",
    });
  }
  const [mine, theirs] = [await readSystem(a, 0), await readSystem(b, 1)];
  const others = new Map(theirs.rows.map((row, index) => [keyOf(row, index), row]));
  const rows: EvaluationRow[] = [];
  for (const [index, row] of mine.rows.entries()) {
    const other = others.get(keyOf(row, index));
    if (other !== undefined) rows.push(abRow(row, other, index));
  }
  if (rows.length === 0) {
    const what = "no row of the one is in the other";
    throw new InputError({ where: `${a.name}, ${b.name}`, what, expected: "the same ids in both" });
  }
  const alone = mine.rows.length + theirs.rows.length - 2 * rows.length;
  const notes =
    alone === 0 ? [] : [`Left out, for they are in one of the files only: ${alone} of the rows.`];
  return {
    rows,
    tables: [mine.table, theirs.table],
    duplicates: 0,
    benchmark: undefined,
    notes: [...notes, ...mine.warnings, ...theirs.warnings],
  };
}

interface SystemRows {
  readonly table: Table;
  readonly rows: readonly ReadRow[];
  readonly warnings: readonly string[];
}

async function readSystem(file: NamedFile, number: number): Promise<SystemRows> {
  const table = await readTable(file, number);
  const unused = new UnusedFields();
  const rows: ReadRow[] = [];
  for (let index = 0; index < table.count; index++) {
    const row = readRow(await table.row(index), `${file.name}, row ${index + 1}`);
    unused.add(row);
    rows.push(row);
  }
  return { table, rows, warnings: unused.warnings(file.name) };
}

/**
 * Pairs two rows.
 * @throws InputError if their prompts differ, or a row has not one response
 */
function abRow(mine: ReadRow, theirs: ReadRow, index: number): EvaluationRow {
  for (const { responses, where } of [mine, theirs]) {
    if (responses.length === 1) continue;
    throw wrongField(where, "response", undefined, "one response");
  }
  const placed = placedPrompt(mine);
  const prompt = promptText(placed);
  const other = promptText(placedPrompt(theirs));
  if (other !== prompt) {
    throw wrongField(theirs.where, "prompt", other, `the prompt of ${mine.where}`);
  }
  const answers = responsesOf({ ...mine, responses: [...mine.responses, ...theirs.responses] });
  const { category, task } = mine.labels;
  return {
    id: keyOf(mine, index),
    digest: rowDigest({ ...placed, ...answers }),
    cluster: JSON.stringify([placed.pictures, prompt]),
    group: category ?? task ?? "all",
    ...placed,
    ...answers,
    rightCount: 1,
    isSwapped: false,
    unsupported: undefined,
    where: mine.where,
  };
}

function keyOf({ id }: ReadRow, index: number): string {
  return id === undefined ? `line ${index + 1}` : String(id);
}
