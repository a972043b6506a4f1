// Tested by: test/checkpoint/mutated-headers.test.ts
/**
 * Reads JSON strictly: the caller asks for what must come next, and anything else is an error.
 *
 * `JSON.parse` will not do for the header of a safetensors file. It keeps the last of two equal
 * keys, rounds 2^53 + 1, and builds all that a hostile file contains before anyone can refuse it.
 * This reader builds only what the caller keeps. Keys must be unique after their escapes are
 * resolved, strings must be well-formed Unicode, and numbers whole and exact in double precision.
 */
import { WeightsError } from "../errors.ts";

/** A position in a text. */
export interface JsonCursor {
  readonly text: string;
  /** How errors name the text. */
  readonly where: string;
  /** Index of the next character. */
  at: number;
}

/** Deeper values are refused while skipping, which recurses. The reference stops at 128 as well. */
const MAX_DEPTH = 128;
/** Names are cut to this many characters in messages. */
const SHOWN_CHARACTERS = 80;

// JSON wants control characters escaped.
// oxlint-disable-next-line no-control-regex
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const HEX = /[0-9a-fA-F]{4}/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

export function jsonCursor(text: string, where: string): JsonCursor {
  return { text, where, at: 0 };
}

/** Reads an object; `member` must read the value of its key. Equal keys are an error. */
export function readMembers(cursor: JsonCursor, member: (key: string) => void): void {
  expect(cursor, "{", "an object");
  const keys = new Set<string>();
  if (accept(cursor, "}")) return;
  do {
    const key = readString(cursor);
    if (keys.has(key)) throw jsonFault(cursor, `has the key ${quote(key)} twice`);
    keys.add(key);
    expect(cursor, ":", "a colon");
    member(key);
  } while (accept(cursor, ","));
  expect(cursor, "}", "a comma or the end of the object");
}

/** Reads a text that is JSON. @throws WeightsError if an object in it has two equal keys */
export function refuseEqualKeys(text: string, where: string): void {
  skipValue(jsonCursor(text, where));
}

/** Reads an array; `item` must read one value. */
export function readItems(cursor: JsonCursor, item: () => void): void {
  expect(cursor, "[", "a list");
  if (accept(cursor, "]")) return;
  do item();
  while (accept(cursor, ","));
  expect(cursor, "]", "a comma or the end of the list");
}

export function readString(cursor: JsonCursor): string {
  expect(cursor, '"', "a string");
  let result = match(cursor, PLAIN);
  while (!acceptHere(cursor, '"')) {
    const escaped = acceptHere(cursor, "\\");
    if (!escaped)
      throw jsonFault(cursor, "has a string without its end, or with a control character");
    result += readEscape(cursor) + match(cursor, PLAIN);
  }
  // Half a surrogate pair is not a character: no Python string of a file can equal it.
  if (!result.isWellFormed())
    throw jsonFault(cursor, `has half a surrogate pair in ${quote(result)}`);
  return result;
}

/** Reads a whole number from 0 to 2^53 - 1, written with digits only. */
export function readCount(cursor: JsonCursor): number {
  skipSpace(cursor);
  const literal = match(cursor, NUMBER);
  if (literal === "") throw jsonFault(cursor, `needs a whole number${describeNext(cursor)}`);
  const value = Number(literal);
  if (!/^[0-9]+$/.test(literal) || !Number.isSafeInteger(value)) {
    const shown = literal.slice(0, SHOWN_CHARACTERS);
    throw jsonFault(cursor, `has the number ${shown}, which is not whole and from 0 to 2^53 - 1`);
  }
  return value;
}

/** Reads a `null` if one comes next; returns whether it did. */
export function acceptNull(cursor: JsonCursor): boolean {
  skipSpace(cursor);
  return acceptHere(cursor, "null");
}

/** Reads any value and drops it. */
export function skipValue(cursor: JsonCursor, depth = 1): void {
  if (depth > MAX_DEPTH) throw jsonFault(cursor, `is nested deeper than ${MAX_DEPTH} levels`);
  skipSpace(cursor);
  const next = cursor.text[cursor.at];
  if (next === "{") readMembers(cursor, () => skipValue(cursor, depth + 1));
  else if (next === "[") readItems(cursor, () => skipValue(cursor, depth + 1));
  else if (next === '"') readString(cursor);
  else if (!["true", "false", "null"].some((word) => acceptHere(cursor, word))) {
    if (match(cursor, NUMBER) === "")
      throw jsonFault(cursor, `needs a value${describeNext(cursor)}`);
  }
}

/** Reads the white space after the last value. */
export function expectEnd(cursor: JsonCursor): void {
  skipSpace(cursor);
  if (cursor.at < cursor.text.length)
    throw jsonFault(cursor, `continues after its end${describeNext(cursor)}`);
}

/** Returns an error at the current position; `what` continues "line 1, column 7 …". */
export function jsonFault(cursor: JsonCursor, what: string): WeightsError {
  const before = cursor.text.slice(0, cursor.at);
  const line = before.split("\n").length;
  const column = cursor.at - before.lastIndexOf("\n");
  const place = `at line ${line}, column ${column}`;
  return new WeightsError({
    where: cursor.where,
    what: `is not valid: ${place}, it ${what}`,
    todo: "Download the file again",
  });
}

/** Returns a name for messages: quoted, and cut if it is long. */
export function quote(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS;
  return JSON.stringify(cut ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}

function readEscape(cursor: JsonCursor): string {
  const letter = cursor.text[cursor.at] ?? "";
  cursor.at += 1;
  if (letter === "u") {
    const hex = match(cursor, HEX);
    if (hex !== "") return String.fromCharCode(Number.parseInt(hex, 16));
  }
  const character = ESCAPES.get(letter);
  if (character === undefined) throw jsonFault(cursor, "has an escape that JSON does not know");
  return character;
}

function skipSpace(cursor: JsonCursor): void {
  for (; cursor.at < cursor.text.length; cursor.at += 1) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
  }
}

function accept(cursor: JsonCursor, token: string): boolean {
  skipSpace(cursor);
  return acceptHere(cursor, token);
}

function acceptHere(cursor: JsonCursor, token: string): boolean {
  const there = cursor.text.startsWith(token, cursor.at);
  if (there) cursor.at += token.length;
  return there;
}

function expect(cursor: JsonCursor, token: string, what: string): void {
  if (!accept(cursor, token)) throw jsonFault(cursor, `needs ${what}${describeNext(cursor)}`);
}

/** Returns what comes next, as the end of a sentence. */
function describeNext(cursor: JsonCursor): string {
  if (cursor.at >= cursor.text.length) return " but ends";
  return ` but has ${quote(cursor.text.slice(cursor.at, cursor.at + 12).toWellFormed())}`;
}

function match(cursor: JsonCursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const matched = pattern.exec(cursor.text)?.[0] ?? "";
  cursor.at += matched.length;
  return matched;
}
