/**
 * The rows that a report is about, from the files that a person gave.
 *
 * An A/B takes two files with the same prompts: rows {"id"?, "prompt", "response", "image"?, "category"?}, matched by
 * id, or line by line where there is none.
 */
import { InputError } from "../../src/errors.ts";
import { readBenchmark } from "../../src/evaluate/benchmarks.ts";
import type { BenchmarkName } from "../../src/evaluate/benchmarks.ts";
import { optionalText, pictures, wrong } from "../../src/evaluate/fields.ts";
import type { Place } from "../../src/evaluate/fields.ts";
import { rowDigest } from "../../src/evaluate/rows.ts";
import type { EvaluationRow } from "../../src/evaluate/rows.ts";
import { readTable } from "../../src/evaluate/table-file.ts";
import type { NamedFile, Table, TableRow } from "../../src/evaluate/table-file.ts";
import type { ReportRequest } from "./protocol.ts";

export interface ReportRows {
  readonly rows: readonly EvaluationRow[];
  readonly tables: readonly Table[];
  readonly duplicates: number;
  /** Undefined for an A/B. */
  readonly benchmark: BenchmarkName | undefined;
  readonly notes: readonly string[];
}

const PROMPTS = ["prompt", "question", "query", "instruction"] as const;
const RESPONSES = ["response", "output", "completion", "answer", "text"] as const;

/** @throws InputError naming the file or the row that is wrong */
export async function readReportRows(request: ReportRequest): Promise<ReportRows> {
  const files = request.tables.map(namedFile);
  if (request.kind === "ab") {
    return await readAb(files);
  }
  if (files.length === 0) {
    throw new InputError({ where: "report", what: "no file of pairs", todo: "Choose one" });
  }
  const benchmark = request.benchmark === "auto" ? await benchmarkOf(files) : request.benchmark;
  return { ...(await readBenchmark(benchmark, files)), benchmark, notes: [] };
}

/** Read by ranges: a parquet file may be larger than memory. */
function namedFile(file: File): NamedFile {
  const slice = async (begin: number, end: number = file.size): Promise<ArrayBuffer> =>
    await file.slice(begin, end).arrayBuffer();
  return { name: file.name, bytes: { byteLength: file.size, slice } };
}

/** By the fields of the first row: each published file has some that no other has. */
async function benchmarkOf([first]: readonly NamedFile[]): Promise<BenchmarkName> {
  const row = first && (await readTable(first)).rows[0];
  const has = (field: string): boolean => row?.[field] !== undefined;
  if (has("response") && (has("human_ranking") || has("ranking"))) return "vl-rewardbench";
  if (has("Output1") && has("Better")) return "multimodal-rewardbench";
  if (has("subset") && Array.isArray(row?.["chosen"])) return "rewardbench-2";
  if (has("subset") && has("chosen")) return "rewardbench";
  if (has("chosen") && has("rejected")) return has("video") ? "mm-rlhf" : "pairs";
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
  const tables = [await readTable(a), await readTable(b)] as const;
  const others = new Map(tables[1].rows.map((row, index) => [keyOf(row, index), { row, index }]));
  const rows: EvaluationRow[] = [];
  for (const [index, row] of tables[0].rows.entries()) {
    const other = others.get(keyOf(row, index));
    if (other !== undefined) {
      const where = `${a.name}, row ${index + 1}`;
      const mine = { table: tables[0], file: 0, index, row, where };
      const theirs = {
        table: tables[1],
        file: 1,
        ...other,
        where: `${b.name}, row ${other.index + 1}`,
      };
      rows.push(await abRow(mine, theirs));
    }
  }
  if (rows.length === 0) {
    const what = "no row of the one is in the other";
    throw new InputError({ where: `${a.name}, ${b.name}`, what, expected: "the same ids in both" });
  }
  const alone = tables[0].rows.length + tables[1].rows.length - 2 * rows.length;
  const notes =
    alone === 0 ? [] : [`Left out, for they are in one of the files only: ${alone} of the rows.`];
  return { rows, tables, duplicates: 0, benchmark: undefined, notes };
}

/** @throws InputError where the prompts of the two differ */
async function abRow(mine: Place, theirs: Place): Promise<EvaluationRow> {
  const prompt = anyText(mine, PROMPTS);
  if (anyText(theirs, PROMPTS) !== prompt) {
    throw wrong(theirs.where, "prompt", theirs.row["prompt"], `the prompt of ${mine.where}`);
  }
  const responses = [anyText(mine, RESPONSES), anyText(theirs, RESPONSES)];
  const images = await pictures(mine, ["image", "images"]);
  const seen = { prompt, history: [], responses, pictures: images };
  return {
    id: keyOf(mine.row, mine.index),
    digest: rowDigest(seen),
    cluster: JSON.stringify([images, prompt]),
    group: optionalText(mine, "category") ?? optionalText(mine, "task") ?? "all",
    pictures: images,
    prompt: prompt.replaceAll("<image>\n", ""),
    history: [],
    responses,
    rightCount: 1,
    isSwapped: false,
    unsupported: undefined,
    where: mine.where,
  };
}

/** @throws InputError where none of the fields is a text */
function anyText(place: Place, fields: readonly string[]): string {
  const found = fields
    .map((field) => optionalText(place, field))
    .find((text) => text !== undefined);
  if (found === undefined) {
    throw wrong(place.where, fields[0] ?? "", undefined, `a text under ${fields.join(", ")}`);
  }
  return found;
}

function keyOf(row: TableRow, index: number): string {
  const id = row["id"] ?? row["ID"];
  const isId = typeof id === "string" || typeof id === "number" || typeof id === "bigint";
  return isId ? String(id) : `line ${index + 1}`;
}
