/**
 * The format of kept scores, so that a run continues at the row where it was stopped.
 *
 *   {"judge": {…}}                                          who scores, and all else that counts
 *   {"id", "digest", "scores": […], …, "check"}             a row's scores
 *   {"id", "digest", "failure": "…", "check"}               why a row has none
 *
 * `digest` is the hash of the row's input, `check` the hash of the line without it. A line is used
 * only if all fits: the check, the digest, and a finite score for each conversation. Else the row
 * is scored again. No file is read or written here: the page keeps the same entries in memory.
 */
import { isId, isObject, type JsonObject, type RowId } from "../base/json.ts";
import { sha256OfText, toHex } from "../base/sha256.ts";

/** What a journal keeps of a row. */
export interface JournalEntry {
  /** Null if the row has none. */
  readonly id: RowId | null;
  readonly digest: string;
  /** One for each conversation; undefined if the row could not be scored. */
  readonly scores?: readonly number[] | undefined;
  readonly failure?: string | undefined;
  /** What else belongs to the scores. */
  readonly [more: string]: unknown;
}

/** Returns the hash of a text: of a row's input, or of a line. */
export function digestOfText(text: string): string {
  return toHex(sha256OfText(text).subarray(0, 10));
}

/** Returns the first line of a journal. */
export function journalHead(judge: unknown): string {
  return JSON.stringify({ judge });
}

/** Returns the line of an entry. */
export function entryLine(entry: JournalEntry): string {
  const text = JSON.stringify(entry);
  return `${text.slice(0, -1)},"check":"${digestOfText(text)}"}`;
}

/** Returns the entry of a line, or what is wrong with it. */
export function readEntry(line: string): JournalEntry | string {
  const [, text = "", check] = /^(.*),"check":"([0-9a-f]+)"\}$/s.exec(line) ?? [];
  if (check === undefined) return "has no check";
  if (digestOfText(`${text}}`) !== check) return "is not as it was written";
  const entry: unknown = JSON.parse(`${text}}`);
  if (!isObject(entry)) return "is not a JSON object";
  const { id, digest, scores, failure } = entry;
  if (typeof id !== "string" && !isId(id) && id !== null) return "has no id";
  if (typeof digest !== "string") return "has no digest";
  if (typeof failure === "string" && scores === undefined) return entryOf(entry);
  return isScores(scores) ? entryOf(entry) : "has no finite scores";
}

/** Returns why an entry does not fit a row, or undefined if it does. */
export function entryFault(
  entry: JournalEntry,
  row: { readonly id: RowId | null; readonly digest: string; readonly conversations: number },
): string | undefined {
  if (entry.id !== row.id) return `is of the id ${JSON.stringify(entry.id)}`;
  if (entry.digest !== row.digest) return "is of another input";
  if (entry.scores === undefined || entry.scores.length === row.conversations) return undefined;
  return `has ${entry.scores.length} scores for ${row.conversations} conversations`;
}

function isScores(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => Number.isFinite(one));
}

function entryOf(object: JsonObject): JournalEntry {
  return object as JournalEntry;
}

/** Entries by row, for callers that have all rows in memory. */
export class KeptEntries {
  readonly #entries = new Map<string, JournalEntry>();

  get count(): number {
    return this.#entries.size;
  }

  add(entry: JournalEntry): void {
    this.#entries.set(keyOf(entry), entry);
  }

  /** Returns the scores of a row, or undefined if none fit it. */
  find(row: {
    readonly id: RowId;
    readonly digest: string;
    readonly conversations: number;
  }): JournalEntry | undefined {
    const entry = this.#entries.get(keyOf(row));
    const fits = entry?.scores !== undefined && entryFault(entry, row) === undefined;
    return fits ? entry : undefined;
  }
}

function keyOf({ id, digest }: Pick<JournalEntry, "id" | "digest">): string {
  return JSON.stringify([id, digest]);
}
