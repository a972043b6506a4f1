// Tested by: test/rows/read-file.test.ts
/**
 * Reads the rows of a file in any form: JSON lines, a JSON array, CSV or TSV; parquet by a reader
 * that the caller gives. Texts are read with the file.
 */
import { InputError } from "../errors.ts";
import { isObject } from "../base/json.ts";
import { isLfsPointer, lfsFault } from "../files/lfs.ts";
import { readCsv } from "./csv.ts";
import type { EmbeddedPicture } from "./embedded-picture.ts";
import type { TableRow } from "./fields.ts";

/** Random access to a file's bytes; an ArrayBuffer is one. */
export interface FileBytes {
  readonly byteLength: number;
  slice(start: number, end?: number): ArrayBuffer | Promise<ArrayBuffer>;
}

export interface NamedFile {
  readonly name: string;
  readonly bytes: FileBytes;
  /** Reads parquet. The command line and the page give theirs: the library has none. */
  readonly readParquet?: ReadParquet;
}

export type ReadParquet = (file: NamedFile, number: number) => Promise<Table>;

export interface Table {
  /** How many rows there are. */
  readonly count: number;
  /** Returns a row with all of its columns. @throws InputError if the row itself is damaged */
  row(index: number): Promise<TableRow>;
  /**
   * Returns the pictures of a row in a column: bytes, or the path beside the file if there are
   * none.
   */
  pictures(row: number, column: string): Promise<readonly (Uint8Array | string)[]>;
}

export type Picture = Uint8Array | string;

/**
 * Reads a table.
 * @param file its number among the files of a call, for the pictures inside it
 * @throws InputError if it is none of the forms
 */
export async function readTable(file: NamedFile, number = 0): Promise<Table> {
  const { bytes } = file;
  const magic = new Uint8Array(await bytes.slice(0, Math.min(4, bytes.byteLength)));
  if (new TextDecoder().decode(magic) === "PAR1") {
    if (file.readParquet) return await file.readParquet(file, number);
    throw new InputError({
      where: file.name,
      expected: "JSON lines, a JSON array or CSV",
      got: "parquet",
      todo: "Give the file a readParquet, or convert it",
    });
  }
  let text: string;
  try {
    const whole = await bytes.slice(0, bytes.byteLength);
    if (isLfsPointer(new Uint8Array(whole))) throw new InputError(lfsFault(file.name));
    text = new TextDecoder("utf-8", { fatal: true }).decode(whole);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw notATable(file.name, "is neither parquet nor UTF-8", cause);
  }
  const rows = readText(file.name, text);
  return {
    count: rows.length,
    row: async (index) => await Promise.resolve(at(rows, index)),
    pictures: () => Promise.resolve([]),
  };
}

function at(rows: readonly TextRow[], index: number): TableRow {
  const row = rows[index];
  if (row === undefined) throw new RangeError(`row ${index + 1} of ${rows.length}`);
  if (row instanceof InputError) throw row;
  return row;
}

/** A row of a text, or what is wrong with its line. */
export type TextRow = TableRow | InputError;

/**
 * Returns the rows of JSON lines, a JSON array, CSV or TSV. A line that is damaged is its error.
 * @throws InputError if no line can be read: the file has another form
 */
export function readText(name: string, text: string): readonly TextRow[] {
  const rows = readRowsOf(name, text);
  const [first] = rows;
  if (first instanceof InputError && rows.every((row) => row instanceof InputError)) throw first;
  return rows;
}

function readRowsOf(name: string, text: string): readonly TextRow[] {
  if (text.trimStart().startsWith("[")) return readArray(name, text);
  const isTable = /\.[ct]sv$/i.test(name) && !text.trimStart().startsWith("{");
  return isTable ? readCsv(name, text) : readLines(name, text);
}

/**
 * Returns the bytes of an embedded picture, or its path beside the file.
 * @throws InputError if there is none
 */
export async function readPicture(
  tables: readonly Table[],
  { file, row, column, index }: EmbeddedPicture,
): Promise<Picture> {
  const picture = (await tables[file]?.pictures(row, column))?.[index];
  if (picture !== undefined) return picture;
  throw new InputError({
    where: `file ${file + 1}, row ${row + 1}`,
    what: `has no picture in ${column}`,
  });
}

function readArray(name: string, text: string): TextRow[] {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw notATable(name, `is not JSON (${String(cause)})`, cause);
  }
  return (rows as unknown[]).map((row, i) => object(row, `${name}, row ${i + 1}`));
}

function readLines(name: string, text: string): TextRow[] {
  // One object over several lines, as people paste it.
  const whole = wholeObject(text);
  if (whole !== undefined) return [whole];
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const where = `${name}, line ${i + 1}`;
    try {
      return [object(JSON.parse(line), where)];
    } catch (cause) {
      return [notATable(where, `is not JSON (${String(cause)})`, cause)];
    }
  });
}

/** Returns the one object that a text is, if its first line is not a whole one. */
function wholeObject(text: string): TableRow | undefined {
  const [first = ""] = text.trimStart().split("\n", 1);
  if (!first.startsWith("{") || first.trimEnd().endsWith("}")) return undefined;
  try {
    const whole: unknown = JSON.parse(text);
    return isObject(whole) ? whole : undefined;
  } catch {
    return undefined;
  }
}

function object(value: unknown, where: string): TextRow {
  return isObject(value) ? value : notATable(where, "is not an object", undefined);
}

/** Returns the error for a file that is not a table. */
export function notATable(where: string, what: string, cause: unknown): InputError {
  const todo = "Give parquet, JSON lines, a JSON array or CSV";
  return new InputError({ where, what, todo, cause });
}
