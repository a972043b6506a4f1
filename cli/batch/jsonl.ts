/**
 * Reads JSON lines, at constant memory.
 *
 * node:readline also breaks lines at U+2028, which JSON allows inside a string: lines end at \n.
 */

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import {
  ID_WANTED,
  isId,
  isObject,
  kindOf,
  type JsonObject,
  type RowId,
} from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { isLfsPointer, lfsFault } from "../../src/files/lfs.ts";
import { readRowId } from "../../src/rows/read-row.ts";

/** A line longer than this is not a conversation; some pictures given inside as data URLs fit. */
const maxLineBytes = 64 * 1024 * 1024;

/** Lists and objects within one another: no template and no message goes so deep. */
const maxDepth = 200;

/** Returns how an input is called in messages. */
export function nameOf(file: string): string {
  return file === "-" ? "stdin" : file;
}

/**
 * Returns how many bytes an input has, 0 if it is stdin.
 * @throws InputError if there is no such file
 */
export async function casesByteLength(file: string): Promise<number> {
  if (file === "-") return 0;
  const stats = await stat(file).catch((cause: unknown) => {
    const todo = "Check the path given to --input";
    throw new InputError({ where: file, what: "there is no such file", todo, cause });
  });
  const isSmall = stats.isFile() && stats.size < 1024;
  if (isSmall && isLfsPointer(await readFile(file))) throw new InputError(lfsFault(file));
  if (!stats.isDirectory()) return stats.size;
  throw new InputError({ where: file, what: "is a folder", expected: "a file" });
}

/**
 * Reads a line that is an object with an id.
 * @throws InputError for any other line
 */
export function parseRow(line: string, where: string, wanted: string): IdRow {
  return withId(parseLine(line, where), where, wanted);
}

/** Returns what a line holds. @throws InputError if it is not JSON, or nested too deep */
export function parseLine(line: string, where: string): unknown {
  checkDepth(line, where);
  try {
    return JSON.parse(line);
  } catch (cause) {
    const todo = "Write one JSON object a line, or give a file of CSV, a JSON array or parquet";
    const why = String(cause).slice(0, 200);
    throw new InputError({ where, what: `is not JSON (${why})`, todo, cause });
  }
}

/** A row with its id. */
export type IdRow = JsonObject & { readonly id: RowId };

/** What a row without an id gets. */
export interface NoId {
  /** Its id; undefined if that is an error. */
  readonly id: RowId | undefined;
  /** What to do about the error. */
  readonly todo: string | undefined;
}

/**
 * Returns a row with its id: the field `id`, or another of the names that benchmarks give it.
 * @param wanted what a row looks like, for messages
 * @throws InputError if the row is not an object, or has no id
 */
export function withId(
  row: unknown,
  where: string,
  wanted: string,
  otherwise: NoId = { id: undefined, todo: undefined },
): IdRow {
  if (!isObject(row)) {
    const [what, got] = ["is not a conversation", kindOf(row)];
    throw new InputError({ where, what, got, expected: wanted });
  }
  const own = row["id"] ?? readRowId(row, where) ?? otherwise.id;
  const id = typeof own === "bigint" ? String(own) : own;
  if (typeof id !== "string" && typeof id !== "number") {
    const { todo } = otherwise;
    throw new InputError({ where, what: "has no id", got: kindOf(id), expected: wanted, todo });
  }
  if (isId(id)) return { ...row, id };
  const what = "has an id that is lost on the way";
  const todo = "Write it as a text";
  throw new InputError({ where, what, expected: ID_WANTED, got: String(id), todo });
}

/** Refuses deep nesting: it would overflow the stack of the code that walks it. */
function checkDepth(line: string, where: string): void {
  let depth = 0;
  let isText = false;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (isText) {
      // Searches for the end of a text: pictures inside as base64 are long.
      i = endOfText(line, i);
      isText = false;
    } else if (code === 0x22) isText = true;
    else if (code === 0x5b || code === 0x7b) depth += 1;
    else if (code === 0x5d || code === 0x7d) depth -= 1;
    if (depth <= maxDepth) continue;
    const expected = `at most ${maxDepth} levels`;
    throw new InputError({ where, what: "is nested too deep", expected });
  }
}

/** Returns the place of the quote that ends a text. */
function endOfText(line: string, begin: number): number {
  for (let at = line.indexOf('"', begin); at >= 0; at = line.indexOf('"', at + 1)) {
    let slashes = 0;
    while (at - slashes > begin && line.charCodeAt(at - slashes - 1) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return line.length;
}

/** A line of a file, or why it cannot be read. */
export interface Line {
  readonly line: string;
  /** The line is "" then. */
  readonly fault?: InputError;
  /** Bytes of the file up to the end of the line. */
  readonly readBytes: number;
}

/**
 * Yields the lines of a file; blank ones are among them. A line that is not UTF-8 or too long comes
 * with its fault, and the lines after it follow.
 * @param file a path, or `-` for stdin
 * @throws InputError if the file cannot be read
 */
export async function* readLines(file: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pieces: Buffer[] = [];
  let pendingBytes = 0;
  let readBytes = 0;
  let number = 0;
  const add = (piece: Buffer): void => {
    pendingBytes += piece.length;
    readBytes += piece.length;
    if (pendingBytes <= maxLineBytes) pieces.push(piece);
    else pieces = [];
  };
  const take = (): Line => {
    number += 1;
    const [bytes, length] = [pieces, pendingBytes];
    pieces = [];
    pendingBytes = 0;
    const where = `${nameOf(file)}, line ${number}`;
    if (length > maxLineBytes) {
      const expected = `at most ${maxLineBytes.toLocaleString("en-US")} bytes`;
      const todo = "Name pictures by their paths";
      const fault = new InputError({ where, what: "is too long", expected, got: length, todo });
      return { line: "", readBytes, fault };
    }
    try {
      return { line: decoder.decode(Buffer.concat(bytes)), readBytes };
    } catch (cause) {
      const fault = new InputError({
        where,
        what: "is not UTF-8",
        todo: "Save it as UTF-8",
        cause,
      });
      return { line: "", readBytes, fault };
    }
  };
  for await (const chunk of chunksOf(file)) {
    let begin = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
      add(chunk.subarray(begin, end));
      readBytes += 1;
      begin = end + 1;
      yield take();
    }
    add(chunk.subarray(begin));
  }
  if (pendingBytes > 0) yield take();
}

/**
 * Yields the chunks of a file.
 * @throws InputError if the file cannot be read
 */
async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    yield* (file === "-" ? process.stdin : createReadStream(file)) as AsyncIterable<Buffer>;
  } catch (cause) {
    const what = `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    const where = nameOf(file);
    throw new InputError({ where, what, todo: "Check the path", cause });
  }
}
