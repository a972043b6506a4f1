// Tested by: test/cli/batch/batch.test.ts
/**
 * The rows of a batch's input: those of this shard, in groups that go to the engine together.
 *
 *   rows of the input → rows of the shard → rows not done yet → groups
 *
 * A row is a score's conversation or a rank's prompt with its responses: always a list of
 * conversations.
 */

import type { RowId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { digestOfText } from "../../src/score/journal.ts";
import {
  judgedConversation,
  readRow,
  type ReadRow,
  type UnusedFields,
} from "../../src/rows/read-row.ts";
import type { Input } from "./input-rows.ts";
import type { IdRow } from "./jsonl.ts";
import { countPictures, isConversation, labelsIn, otherCase, type RowCase } from "./row-case.ts";
import { UsageError } from "../arguments.ts";

/** What a command does with a row of the input. */
export interface ParseRow {
  /** What a row looks like, for messages. */
  readonly wanted: string;
  /** @throws InputError naming the field that is wrong */
  read(row: IdRow, where: string): RowContent;
}

export interface RowContent {
  readonly id: RowId;
  readonly conversations: readonly RowCase[];
}

/** A row of the input: its conversations, or why there are none. */
export interface Row {
  /** The number of the line, or of the row in a table, from 1. */
  readonly line: number;
  readonly where: string;
  /** Undefined if the line has none. */
  readonly id: RowId | undefined;
  readonly conversations: readonly RowCase[];
  readonly fault: InputError | undefined;
  /** The hash of the line, or of the table's row with its pictures: the input that was scored. */
  readonly digest: string;
  /** Characters of the line, or of the row as JSON. */
  readonly length: number;
  /** What was read up to the end of this row: bytes of the file, or rows of a table. */
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

export const CASE = '{"id": …, "messages": […]}';

/**
 * Returns what reads a score's rows: `{"id", "messages"}`, any other shape with one response, or
 * one of the forms in `row-case.ts`.
 * @param unused takes the names of fields that are not read
 */
export function scoreRow(unused: UnusedFields): ParseRow {
  return {
    wanted: CASE,
    read: (row, where) => ({ id: row.id, conversations: [readCase(row, where, unused)] }),
  };
}

/**
 * Returns the conversation or case of a row, in any of the shapes in use.
 * @throws InputError if it has not exactly one response to judge
 */
export function readCase(row: IdRow, where: string, unused?: UnusedFields): RowCase {
  const other = otherCase(row, where);
  if (other !== undefined) return other;
  const { labels } = labelsIn(row, where);
  const { labels: _labels, ...rest } = row;
  const read = readRow(labels === undefined ? row : rest, where);
  unused?.add(read);
  // Turns that end with a question are for models that go on behind them; others refuse them.
  const isOpen = read.responses.length === 0 && Array.isArray(row["messages"]);
  const messages = isOpen && read.messages.length > 0 ? read.messages : judgedConversation(read);
  return labels === undefined ? messages : { messages, labels };
}

/** A prompt's row, for messages. */
export const PROMPT = '{"id": …, "messages": […], "responses": [TEXT, …]}';

/**
 * Returns what reads a rank's rows: `{"id", "messages", "responses"}`, or any other shape with
 * responses; of a pair the chosen one comes first.
 */
export function rankRow(unused: UnusedFields): ParseRow {
  return {
    wanted: PROMPT,
    read(row, where) {
      const { messages, responses } = readPrompt(row, where, unused);
      return { id: row.id, conversations: responses.map((turns) => [...messages, ...turns]) };
    },
  };
}

/** Returns a prompt and its responses, one or more. @throws InputError naming the field */
export function readPrompt(row: IdRow, where: string, unused: UnusedFields): ReadRow {
  const read = readRow(row, where);
  unused.add(read);
  if (read.responses.length > 0) return read;
  throw new InputError({ where, what: "has no responses", got: "nothing", expected: PROMPT });
}

/** Yields the rows of a shard, in the order of the input. */
export async function* readRows(
  input: Input,
  parse: ParseRow,
  shard: Shard | undefined,
): AsyncGenerator<Row> {
  for await (const given of input.rows()) {
    const { number, where, id, text, readBytes, row } = given;
    if (shard !== undefined && (number - 1) % shard.count !== shard.index) continue;
    const ofText = { digest: digestOfText(text), length: text.length };
    const common = { line: number, where, id, readBytes };
    try {
      if (row instanceof InputError) throw row;
      const content = parse.read(row, where);
      const conversations = await Promise.all(
        content.conversations.map((one) => withPictures(one, input)),
      );
      const measured = input.isTable ? measure({ ...content, conversations }) : ofText;
      yield { ...common, ...content, conversations, ...measured, fault: undefined };
    } catch (fault) {
      if (!(fault instanceof InputError)) throw fault;
      yield { ...common, ...ofText, conversations: [], fault };
    }
  }
}

/** Returns the hash and the length of a table's row, with the pictures that lie in the file. */
function measure(content: RowContent): { readonly digest: string; readonly length: number } {
  const text = JSON.stringify(content);
  return { digest: digestOfText(text), length: text.length };
}

/** Returns a case with the pictures that a parquet file holds. */
export async function withPictures(one: RowCase, input: Input): Promise<RowCase> {
  if (isConversation(one)) return await input.withPictures(one);
  if (!("messages" in one)) return one;
  return { ...one, messages: await input.withPictures(one.messages) };
}

/** Returns the pictures of a row; responses to one prompt share them. */
export function picturesOf({ conversations }: Row): number {
  const [first] = conversations;
  return first === undefined ? 0 : countPictures(first);
}
