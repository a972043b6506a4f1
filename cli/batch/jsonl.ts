/**
 * Reads conversations from JSON lines, at constant memory.
 *
 * node:readline also breaks lines at U+2028, which JSON allows inside a string: lines end at \n.
 */

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { kindOf } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import type { Conversation } from "../../src/types.ts";

/** One line of a cases file; image paths are still as they stand in the file. */
export interface Case {
  readonly id: string | number;
  readonly messages: Conversation;
  /** `cases.jsonl, line 3`, for messages. */
  readonly where: string;
  /** Bytes of the file up to the end of this line. */
  readonly readBytes: number;
}

/** A line longer than this is no conversation (pictures given inside as data URLs fit). */
const maxLineBytes = 256 * 1024 * 1024;

/**
 * The conversations of a cases file, one by one. A line that is none comes as its `InputError`,
 * so that the caller can go on with the next.
 */
export async function* readCases(file: string): AsyncGenerator<Case | InputError> {
  let lineNumber = 0;
  for await (const { line, readBytes } of readLines(file)) {
    lineNumber += 1;
    if (line.trim() === "") continue;
    const where = `${file}, line ${lineNumber}`;
    try {
      yield { ...parseCase(line, where), where, readBytes };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      yield error;
    }
  }
}

/** How many bytes a cases file has. @throws InputError where there is no such file. */
export async function casesByteLength(file: string): Promise<number> {
  const stats = await stat(file).catch((cause: unknown) => {
    const todo = "Check the path given to --input";
    throw new InputError({ where: file, what: "there is no such file", todo, cause });
  });
  if (!stats.isDirectory()) return stats.size;
  throw new InputError({ where: file, what: "is a folder", expected: "a file of JSON lines" });
}

/** The conversation of one line. @throws InputError where it is none */
export function parseCase(
  line: string,
  where: string,
): { id: string | number; messages: Conversation } {
  const wanted = '{"id": …, "messages": […]}';
  const { id, messages } = parseRow(line, where, wanted);
  if (!Array.isArray(messages)) {
    throw new InputError({
      where,
      what: "has no messages",
      got: kindOf(messages),
      expected: wanted,
    });
  }
  // What a message may be is the engine's to judge.
  return { id, messages: messages as Conversation };
}

/** A line that is an object with an id. @throws InputError where it is none */
export function parseRow(
  line: string,
  where: string,
  wanted: string,
): Readonly<Record<string, unknown>> & { readonly id: string | number } {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (cause) {
    const todo = "Write one JSON object a line";
    throw new InputError({ where, what: `is no JSON (${String(cause)})`, todo, cause });
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) {
    throw new InputError({ where, what: "is no conversation", got: kindOf(row), expected: wanted });
  }
  const { id } = row as Record<string, unknown>;
  if (typeof id !== "string" && typeof id !== "number") {
    throw new InputError({ where, what: "has no id", got: kindOf(id), expected: wanted });
  }
  return { ...row, id };
}

/**
 * The lines of a file, and the bytes of the file up to the end of each; blank ones are among them.
 */
export async function* readLines(
  file: string,
): AsyncGenerator<{ line: string; readBytes: number }> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pieces: Buffer[] = [];
  let pendingBytes = 0;
  let readBytes = 0;
  const take = (): string => {
    const line = Buffer.concat(pieces);
    pieces = [];
    pendingBytes = 0;
    try {
      return decoder.decode(line);
    } catch (cause) {
      const where = `${file}, the line that ends at byte ${readBytes}`;
      throw new InputError({ where, what: "is no UTF-8", todo: "Save it as UTF-8", cause });
    }
  };
  for await (const chunk of chunksOf(file)) {
    let begin = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
      pieces.push(chunk.subarray(begin, end));
      readBytes += end + 1 - begin;
      begin = end + 1;
      yield { line: take(), readBytes };
    }
    pieces.push(chunk.subarray(begin));
    readBytes += chunk.length - begin;
    pendingBytes += chunk.length - begin;
    if (pendingBytes > maxLineBytes) {
      const where = `${file}, byte ${readBytes - pendingBytes}`;
      throw new InputError({ where, what: "line too long", expected: maxLineBytes });
    }
  }
  if (pendingBytes > 0) yield { line: take(), readBytes };
}

/** @throws InputError where the file cannot be read */
async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file) as AsyncIterable<Buffer>;
  } catch (cause) {
    const what = `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new InputError({ where: file, what, todo: "Check the path", cause });
  }
}
