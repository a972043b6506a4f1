/**
 * The rows of a batch's input: those of this shard, by line, in groups that go to the engine
 * together.
 *
 *   lines → rows of the shard → rows not done yet → groups
 *
 * A row is a score's conversation or a rank's prompt with its responses: always a list of
 * conversations.
 */

import { kindOf } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { digestOfText, type RowId } from "../../src/score/journal.ts";
import type { Conversation } from "../../src/types.ts";
import { nameOf, parseCase, parseRow, readLines } from "./jsonl.ts";
import { UsageError } from "../arguments.ts";

/** What a command does with a line of the input. */
export type ParseRow = (line: string, where: string) => RowContent;

export interface RowContent {
  readonly id: RowId;
  readonly conversations: readonly Conversation[];
}

/** A line of the input: its conversations, or why there are none. */
export interface Row {
  /** The line's number, from 1. */
  readonly line: number;
  readonly where: string;
  /** Undefined where the line has none. */
  readonly id: RowId | undefined;
  readonly conversations: readonly Conversation[];
  readonly fault: InputError | undefined;
  /** The hash of the line: of what was scored. */
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

/** A score's row: `{"id", "messages"}`. */
export const scoreRow: ParseRow = (line, where) => {
  const { id, messages } = parseCase(line, where);
  return { id, conversations: [messages] };
};

/** A rank's row: `{"id", "messages", "responses"}`. */
export const rankRow: ParseRow = (line, where) => {
  const wanted = '{"id": …, "messages": […], "responses": [TEXT, …]}';
  const { id, messages, responses } = parseRow(line, where, wanted);
  if (!Array.isArray(messages)) {
    throw new InputError({
      where,
      what: "has no messages",
      got: kindOf(messages),
      expected: wanted,
    });
  }
  if (!Array.isArray(responses) || responses.length === 0) {
    const got = Array.isArray(responses) ? "an empty list" : kindOf(responses);
    throw new InputError({ where, what: "has no responses", got, expected: wanted });
  }
  const bad: unknown = responses.find((response: unknown) => typeof response !== "string");
  if (bad !== undefined) {
    throw new InputError({
      where,
      what: "a response is no text",
      got: kindOf(bad),
      expected: wanted,
    });
  }
  // What a message may be is the engine's to judge.
  const prompt = messages as Conversation;
  return {
    id,
    conversations: (responses as string[]).map((content): Conversation => [
      ...prompt,
      { role: "assistant", content },
    ]),
  };
};

/** The rows of a shard, in the order of the file; blank lines are none. */
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

/** The id of a line, where it has one, however wrong the rest is. */
export function idOf(line: string): RowId | undefined {
  try {
    return parseRow(line, "", "").id;
  } catch {
    return undefined;
  }
}

/** Pictures of a row; responses to one prompt share them. */
export function picturesOf({ conversations }: Row): number {
  const contents = (conversations[0] ?? []).map((message: unknown) =>
    typeof message === "object" && message !== null && "content" in message ? message.content : "",
  );
  return contents
    .flatMap((content): unknown[] => (Array.isArray(content) ? content : []))
    .filter((part) => typeof part === "object" && part !== null && "image" in part).length;
}
