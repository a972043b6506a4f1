// Tested by: test/cli/batch/batch.test.ts
/**
 * The rows of a batch's input: those of this shard, by line, in groups that go to the engine
 * together.
 *
 *   lines → rows of the shard → rows not done yet → groups
 *
 * A row is a score's conversation or a rank's prompt with its responses: always a list of
 * conversations.
 */

import type { RowId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { digestOfText } from "../../src/score/journal.ts";
import { readRow, type ReadRow, type UnusedFields } from "../../src/rows/read-row.ts";
import { nameOf, parseCase, parseRow, readLines } from "./jsonl.ts";
import { countPictures, type RowCase } from "./row-case.ts";
import { UsageError } from "../arguments.ts";

/** What a command does with a line of the input. */
export type ParseRow = (line: string, where: string) => RowContent;

export interface RowContent {
  readonly id: RowId;
  readonly conversations: readonly RowCase[];
}

/** A line of the input: its conversations, or why there are none. */
export interface Row {
  /** The line's number, from 1. */
  readonly line: number;
  readonly where: string;
  /** Undefined if the line has none. */
  readonly id: RowId | undefined;
  readonly conversations: readonly RowCase[];
  readonly fault: InputError | undefined;
  /** The hash of the line, which is the input that was scored. */
  readonly digest: string;
  /** Characters of the line. */
  readonly length: number;
  /** Bytes of the file up to the end of this line. */
  readonly readBytes: number;
}

/** One of `count` parts of the input: the lines whose number leaves the rest `index`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Reads `i/n`. Both customs of counting work: n/n is the part that 0/n is. */
export function parseShard(text: string | undefined): Shard | undefined {
  if (text === undefined) return undefined;
  const [, i, n] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const [index, count] = [Number(i), Number(n)];
  if (i === undefined || count === 0 || index > count) {
    throw new UsageError(`--shard takes i/n, i from 0 to n - 1 or from 1 to n; got ${text}`);
  }
  return { index: index % count, count };
}

/**
 * Returns what reads a score's rows: `{"id", "messages"}`, any other shape with one response, or
 * one of the forms in `row-case.ts`.
 * @param unused takes the names of fields that are not read
 */
export function scoreRow(unused: UnusedFields): ParseRow {
  return (line, where) => {
    const { id, content } = parseCase(line, where, unused);
    return { id, conversations: [content] };
  };
}

/**
 * Returns what reads a rank's rows: `{"id", "messages", "responses"}`, or any other shape with
 * responses; of a pair the chosen one comes first.
 */
export function rankRow(unused: UnusedFields): ParseRow {
  return (line, where) => {
    const { id, messages, responses } = readPrompt(line, where, unused);
    return { id, conversations: responses.map((turns) => [...messages, ...turns]) };
  };
}

/** Returns a prompt and its responses, one or more. @throws InputError naming the field */
export function readPrompt(
  line: string,
  where: string,
  unused: UnusedFields,
): ReadRow & { readonly id: RowId } {
  const wanted = '{"id": …, "messages": […], "responses": [TEXT, …]}';
  const row = parseRow(line, where, wanted);
  const read = readRow(row, where);
  unused.add(read);
  if (read.responses.length > 0) return { ...read, id: row.id };
  throw new InputError({ where, what: "has no responses", got: "nothing", expected: wanted });
}

/** Yields the rows of a shard, in the order of the file, without blank lines. */
export async function* readRows(
  file: string,
  parse: ParseRow,
  shard: Shard | undefined,
): AsyncGenerator<Row> {
  let number = 0;
  for await (const { line, readBytes, fault: unread } of readLines(file)) {
    number += 1;
    if (shard !== undefined && (number - 1) % shard.count !== shard.index) continue;
    if (line.trim() === "" && unread === undefined) continue;
    const where = `${nameOf(file)}, line ${number}`;
    const digest = digestOfText(line);
    const common = { line: number, where, digest, length: line.length, readBytes };
    try {
      if (unread !== undefined) throw unread;
      yield { ...common, ...parse(line, where), fault: undefined };
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault;
      yield { ...common, id: idOf(line), conversations: [], fault };
    }
  }
}

/** Returns the id of a line, if it has one, even if the rest is wrong. */
export function idOf(line: string): RowId | undefined {
  try {
    return parseRow(line, "", "").id;
  } catch {
    return undefined;
  }
}

/** Returns the pictures of a row; responses to one prompt share them. */
export function picturesOf({ conversations }: Row): number {
  const [first] = conversations;
  return first === undefined ? 0 : countPictures(first);
}
