/**
 * What pages and frameworks give `<vl-score>`: objects, objects that became texts on their way into
 * an attribute, and equal lists that each drawing of a page makes again.
 */
import { isDictionary, kindOf } from "../base/json.ts";
import { InputError } from "../errors.ts";
import type { MessageInput } from "../types.ts";

/** Deeper than pixels in the content of a message: what is below is the same or another object. */
const DEPTH = 8;

/** Returns a copy of lists and plain objects; all else is the same object. */
export function copied(value: unknown, depth: number = DEPTH): unknown {
  if (!isPlain(value) || depth === 0) return value;
  if (Array.isArray(value)) return value.map((one) => copied(one, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, copied(one, depth - 1)]),
  );
}

/** Returns whether lists and plain objects hold the same; all else must be the same object. */
export function isSame(a: unknown, b: unknown, depth: number = DEPTH): boolean {
  if (Object.is(a, b)) return true;
  if (!isPlain(a) || !isPlain(b) || depth === 0 || Array.isArray(a) !== Array.isArray(b)) {
    return false;
  }
  const [one, other] = [Object.entries(a), Object.entries(b)];
  const fields = b as Readonly<Record<string, unknown>>;
  return (
    one.length === other.length &&
    one.every(([name, field]) => name in fields && isSame(field, fields[name], depth - 1))
  );
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && (Array.isArray(value) || isDictionary(value))
  );
}

/** Reads the responses: a list of texts, or its JSON. @throws InputError */
export function readResponses(given: unknown): readonly string[] {
  const list = readList("responses", given, "a list of texts, or its JSON");
  const at = list.findIndex((one) => typeof one !== "string");
  if (at < 0) return list as readonly string[];
  throw new InputError({
    where: `responses[${at}]`,
    expected: "a text",
    got: kindOf(list[at]),
  });
}

/** Reads the messages: a list, or its JSON. What is in them the model checks. @throws InputError */
export function readMessages(given: unknown): readonly MessageInput[] {
  return readList("messages", given, "a list of messages, or its JSON") as readonly MessageInput[];
}

function readList(name: string, given: unknown, expected: string): readonly unknown[] {
  const list = typeof given === "string" ? parsed(given) : given;
  if (Array.isArray(list)) return list as readonly unknown[];
  throw asText(name, expected, typeof given === "string" ? given : kindOf(given));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Checks that an object did not become a text: a framework that meets the element before it is
 * defined writes an attribute, and the object is lost.
 * @throws InputError
 */
export function checkAttribute(name: string, text: string | null): void {
  if (text !== null) throw asText(name, "an object, as a property", text);
}

function asText(name: string, expected: string, got: string): InputError {
  return new InputError({
    where: `<vl-score> ${name}`,
    expected,
    got,
    todo:
      'Import "vl-reward/element" before the page is drawn, or set the property by a ref, ' +
      "or give a list as JSON.stringify(list)",
  });
}
