/**
 * What monitoring reads of a row: lines as `score` writes them, with a time and columns of groups.
 *
 *   {"id", "score", "tokens"?, "time"?, "input_ids"? or "digest"?, "anchor"?,
 *    "images"? or "pixels"? or "pictures"?, "outside"? or "strangeness"?,
 *    "correct"?, "probability"?, "model"?, "weights"?, "head"?, "engine"?, "adapter"?, "browser"?,
 *    …columns of groups}
 */
import { isObject, kindOf, type JsonObject } from "../base/json.ts";
import { InputError } from "../errors.ts";
import { digestOfText } from "../score/journal.ts";

/** One scored input. */
export interface MonitorRow {
  readonly id: string;
  readonly score: number;
  /** Milliseconds since 1970. */
  readonly time: number | undefined;
  readonly tokens: number | undefined;
  readonly pictures: number | undefined;
  /** Mean pixels of its pictures, as they were scored. */
  readonly pixels: number | undefined;
  /** True if the reference set knows nothing like the input. */
  readonly isOutside: boolean | undefined;
  /** True if a person says that the judge was right. */
  readonly isRight: boolean | undefined;
  /** The judge's own chance of being right, 0 to 1. */
  readonly chance: number | undefined;
  /** True for a fixed input that is scored again and again. */
  readonly isAnchor: boolean;
  /** The hash of the token ids; undefined if the row does not say. */
  readonly digest: string | undefined;
  /** Who judged, and by what engine, if the row says so. */
  readonly model: string | undefined;
  readonly engine: string | undefined;
  /** Values of the columns that make groups. */
  readonly groups: Readonly<Record<string, string>>;
}

const MODEL_FIELDS = ["model", "revision", "head"];
const ENGINE_FIELDS = ["engine", "weights", "adapter", "driver", "browser", "backend", "version"];

/** Fields with a meaning of their own, and what `score --outputs` adds: not columns of groups. */
const OWN_FIELDS = new Set([
  ...MODEL_FIELDS,
  ...ENGINE_FIELDS,
  "id",
  "score",
  "tokens",
  "time",
  "input_ids",
  "token_values",
  "digest",
  "anchor",
  "images",
  "pixels",
  "pictures",
  "outside",
  "strangeness",
  "correct",
  "probability",
  "check",
  "answer",
]);

/** A longer text is not the name of a group. */
const LONGEST_GROUP = 60;

/**
 * Reads a row.
 * @param where the file and the line, for messages
 * @throws InputError that names the field
 */
export function readMonitorRow(row: JsonObject, where: string): MonitorRow {
  const { id, score } = row;
  if (typeof id !== "string" && typeof id !== "number") {
    throw new InputError({ where: `${where}, id`, expected: "an id", got: kindOf(id) });
  }
  if (typeof score !== "number" || !Number.isFinite(score)) {
    const todo = "Give rows as vl-reward score writes them";
    const got = typeof score === "number" ? String(score) : kindOf(score);
    throw new InputError({ where: `${where}, score`, expected: "a finite number", got, todo });
  }
  const { count, pixels } = picturesOf(row, where);
  const strangeness = numberIn(row, "strangeness", where, 0);
  return {
    id: String(id),
    score,
    time: timeOf(row["time"], where),
    tokens: numberIn(row, "tokens", where, 0),
    pictures: count,
    pixels,
    isOutside:
      truthIn(row, "outside", where) ?? (strangeness === undefined ? undefined : strangeness > 1),
    isRight: truthIn(row, "correct", where),
    chance: numberIn(row, "probability", where, 0, 1),
    isAnchor: truthIn(row, "anchor", where) ?? /^anchor\b/i.test(String(id)),
    digest: digestOf(row, where),
    model: identityOf(row, MODEL_FIELDS),
    engine: identityOf(row, ENGINE_FIELDS),
    groups: groupsOf(row),
  };
}

/** Returns milliseconds of an ISO date, or of a number of seconds or milliseconds since 1970. */
function timeOf(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  // Seconds are below this number until the year 5138, milliseconds above it since March 1973.
  if (typeof value === "number" && Number.isFinite(value)) {
    return Math.abs(value) < 1e11 ? value * 1000 : value;
  }
  const parsed = typeof value === "string" ? Date.parse(value) : NaN;
  if (Number.isFinite(parsed)) return parsed;
  throw new InputError({
    where: `${where}, time`,
    expected: "a date as ISO 8601 has it, or seconds or milliseconds since 1970",
    got: typeof value === "string" ? value : kindOf(value),
  });
}

function numberIn(
  row: JsonObject,
  name: string,
  where: string,
  least: number,
  most = Infinity,
): number | undefined {
  const value = row[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && value >= least && value <= most && Number.isFinite(value)) {
    return value;
  }
  const expected = most === Infinity ? `a number from ${least}` : `${least} to ${most}`;
  const got = typeof value === "number" ? String(value) : kindOf(value);
  throw new InputError({ where: `${where}, ${name}`, expected, got });
}

function truthIn(row: JsonObject, name: string, where: string): boolean | undefined {
  const value = row[name];
  if (value === undefined || value === null) return undefined;
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw new InputError({
    where: `${where}, ${name}`,
    expected: "true or false",
    got: typeof value === "number" ? String(value) : kindOf(value),
  });
}

/** Returns how many pictures a row has and their mean size, from whichever field says so. */
function picturesOf(
  row: JsonObject,
  where: string,
): { readonly count: number | undefined; readonly pixels: number | undefined } {
  for (const name of ["images", "pixels"]) {
    const list = row[name];
    if (!Array.isArray(list)) continue;
    const sizes = list.flatMap((one): number[] => {
      if (!isObject(one)) return [];
      const width = one["resizedWidth"] ?? one["width"];
      const height = one["resizedHeight"] ?? one["height"];
      return typeof width === "number" && typeof height === "number" ? [width * height] : [];
    });
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    return { count: list.length, pixels: sizes.length === 0 ? undefined : mean };
  }
  const count = numberIn(row, "pictures", where, 0);
  const pixels = numberIn(row, "pixels", where, 0);
  return { count: count ?? (pixels === undefined ? undefined : Number(pixels > 0)), pixels };
}

function digestOf(row: JsonObject, where: string): string | undefined {
  const { input_ids: ids, digest } = row;
  if (Array.isArray(ids)) return digestOfText(ids.join(","));
  if (digest === undefined || digest === null) return undefined;
  if (typeof digest === "string") return digest;
  throw new InputError({ where: `${where}, digest`, expected: "a text", got: kindOf(digest) });
}

function identityOf(row: JsonObject, names: readonly string[]): string | undefined {
  const own = names.flatMap((name) => {
    const value = row[name];
    return value === undefined || value === null ? [] : [`${name} ${JSON.stringify(value)}`];
  });
  return own.length === 0 ? undefined : own.join(", ");
}

function groupsOf(row: JsonObject): Record<string, string> {
  const groups: Record<string, string> = {};
  for (const [name, value] of Object.entries(row)) {
    if (OWN_FIELDS.has(name)) continue;
    if (typeof value === "boolean") groups[name] = String(value);
    if (typeof value === "string" && value.length <= LONGEST_GROUP) groups[name] = value;
  }
  return groups;
}
