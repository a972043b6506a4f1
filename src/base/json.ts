/** What every reader of JSON needs: names for the kind of a value, in code and in messages. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns whether a value is a JSON object: neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns what a value is, for messages: `a string`, `a list`, `null`, `nothing`. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

export type RowId = string | number;

/** What an id must be, for messages. */
export const ID_WANTED = "a text, or a number that JSON gives back as it was";

/** Returns whether a value is an id that JSON gives back as it was: 1e400 and 2^53 + 1 are not. */
export function isId(value: unknown): value is RowId {
  if (typeof value === "string") return true;
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}

/** Returns true if an object is of no class, in whatever frame it was made. */
export function isDictionary(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
