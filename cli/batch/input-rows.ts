// Tested by: test/cli/batch/input-rows.test.ts
/**
 * The rows of a command's input, whichever form the file has.
 *
 *   JSON lines (also from stdin)  read line by line, at constant memory
 *   CSV, TSV, a JSON array        read whole
 *   parquet                       texts read whole, pictures a row group at a time
 */

import { open, stat } from "node:fs/promises";
import type { RowId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { readPicture, readTable, type NamedFile, type Table } from "../../src/rows/table-file.ts";
import type { EmbeddedPicture } from "../../src/rows/embedded-picture.ts";
import { resolvePictures } from "../../src/rows/resolve.ts";
import type { Conversation, ImageInput } from "../../src/types.ts";
import { casesByteLength, nameOf, parseLine, readLines, withId, type IdRow } from "./jsonl.ts";
import { namedFile } from "./named-file.ts";
import { dataUrl } from "./pictures.ts";

/** A row before its shape is read. */
export interface InputRow {
  /** The number of the line, or of the row in a table, from 1. */
  readonly number: number;
  /** `cases.jsonl, line 3` or `cases.csv, row 3`, for messages. */
  readonly where: string;
  /** Undefined if it has none, or cannot be read. */
  readonly id: RowId | undefined;
  /** The row with its id, or what is wrong with it. */
  readonly row: IdRow | InputError;
  /** What is hashed to tell rows apart: the line, or the row as JSON. Pictures are not in it. */
  readonly text: string;
  /** What was read up to the end of the row: bytes of the file, or rows of a table. */
  readonly readBytes: number;
}

export interface InputOptions {
  /** What a row looks like, for messages. */
  readonly wanted: string;
  /** A row without an id gets its number as id. */
  readonly idFromLine: boolean;
}

export interface Input {
  /** Whether it is a table, and not JSON lines. */
  readonly isTable: boolean;
  /** How much there is to read: rows of a table, or bytes of the file; 0 for stdin. */
  readonly total: number;
  /** False for pipes: their rows come once. */
  readonly isRepeatable: boolean;
  /** Yields the rows from the first on, without blank lines. */
  rows(): AsyncGenerator<InputRow>;
  /** Returns a conversation with the pictures that a parquet file holds as data URLs. */
  withPictures(messages: Conversation): Promise<Conversation>;
}

const NO_ID = "Give each row an id of its own, or all of them by --id-from-line";

/** A text that is read whole: V8 holds no longer one. */
const maxTextBytes = 500_000_000;

/**
 * Opens an input.
 * @param file a path, or `-` for JSON lines from stdin
 * @throws InputError if there is no such file, or it is none of the forms
 */
export async function openInput(file: string, options: InputOptions): Promise<Input> {
  const total = await casesByteLength(file);
  const isRepeatable = file !== "-" && (await stat(file)).isFile();
  // The form of a pipe cannot be looked at before it is read.
  const table = isRepeatable ? await tableOf(file) : undefined;
  if (table !== undefined) return tableInput(file, table, options);
  return {
    isTable: false,
    total,
    isRepeatable,
    rows: () => rowsOfLines(file, options),
    withPictures: (messages) => Promise.resolve(messages),
  };
}

/** Returns the file as a table; undefined if it has JSON lines. */
async function tableOf(file: string): Promise<Table | undefined> {
  const form = await formOf(file);
  if (form === "lines") return undefined;
  const named: NamedFile = await namedFile(file);
  if (form === "text" && named.bytes.byteLength > maxTextBytes) {
    const expected = `at most ${maxTextBytes.toLocaleString("en-US")} bytes`;
    const todo = "Convert it to JSON lines or parquet";
    const got = named.bytes.byteLength;
    throw new InputError({ where: file, what: "is read whole", expected, got, todo });
  }
  return await readTable(named);
}

async function formOf(file: string): Promise<"lines" | "text" | "parquet"> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const begin = buffer.subarray(0, bytesRead).toString("latin1");
    if (begin.startsWith("PAR1")) return "parquet";
    // In latin1, the mark of UTF-8 is these three characters.
    const first = begin.replace(/^\u00ef\u00bb\u00bf/, "").trimStart();
    if (first.startsWith("[")) return hasListAsLine(first) ? "lines" : "text";
    if (/\.[ct]sv$/i.test(file)) return first.startsWith("{") ? "lines" : "text";
    // One object over several lines, as people save it.
    return /\.json$/i.test(file) && /^\{\s*\n/.test(first) ? "text" : "lines";
  } finally {
    await handle.close();
  }
}

/** Returns whether a list is only the first of several lines: one bad line of JSON lines. */
function hasListAsLine(begin: string): boolean {
  const [line = "", ...rest] = begin.split("\n");
  if (rest.join("").trim() === "") return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

async function* rowsOfLines(file: string, options: InputOptions): AsyncGenerator<InputRow> {
  let number = 0;
  for await (const { line, readBytes, fault } of readLines(file)) {
    number += 1;
    if (line.trim() === "" && fault === undefined) continue;
    const where = `${nameOf(file)}, line ${number}`;
    const own = { number, where, text: line, readBytes };
    yield { ...own, ...identified(() => fault ?? parseLine(line, where), where, number, options) };
  }
}

function tableInput(file: string, table: Table, options: InputOptions): Input {
  const resolve = rememberPictures([table]);
  return {
    isTable: true,
    total: table.count,
    isRepeatable: true,
    async *rows() {
      for (let number = 1; number <= table.count; number++) {
        const where = `${file}, row ${number}`;
        const read = await table.row(number - 1).catch(inputError);
        const own = { number, where, text: textOf(read), readBytes: number };
        yield { ...own, ...identified(() => read, where, number, options) };
      }
    },
    withPictures: (messages) => resolvePictures(messages, resolve),
  };
}

/**
 * Returns what reads pictures out of tables. The responses to a prompt show the same pictures:
 * those of the last row are kept, so that each is read once.
 */
export function rememberPictures(
  tables: readonly Table[],
): (picture: string | EmbeddedPicture) => Promise<ImageInput> {
  let row = -1;
  const texts = new Map<EmbeddedPicture, Promise<string>>();
  const read = async (picture: EmbeddedPicture): Promise<string> => {
    const bytes = await readPicture(tables, picture);
    return typeof bytes === "string" ? bytes : dataUrl(bytes);
  };
  return async (picture) => {
    if (typeof picture === "string") return picture;
    if (picture.row !== row) texts.clear();
    ({ row } = picture);
    const text = texts.get(picture) ?? read(picture);
    texts.set(picture, text);
    return await text;
  };
}

/** Returns a row with its id, or what is wrong with it, and the id if there is one even so. */
function identified(
  read: () => unknown,
  where: string,
  number: number,
  { wanted, idFromLine }: InputOptions,
): Pick<InputRow, "id" | "row"> {
  try {
    const row = read();
    if (row instanceof InputError) throw row;
    const whole = withId(row, where, wanted, { id: idFromLine ? number : undefined, todo: NO_ID });
    return { id: whole.id, row: whole };
  } catch (error) {
    return { id: undefined, row: inputError(error) };
  }
}

function inputError(error: unknown): InputError {
  if (error instanceof InputError) return error;
  throw error;
}

/** Returns a row of a table as JSON; whole numbers of 64 bits become texts. */
function textOf(row: unknown): string {
  if (row instanceof InputError) return "";
  return JSON.stringify(row, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}
