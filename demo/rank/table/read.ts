/**
 * Reads files of prompts by the one reader of rows, and checks them without a model.
 *
 *     files ─ rows (src/rows) ─ rows of one response to the same prompt together ─ pictures found
 */
import { InputError } from "../../../src/errors.ts";
import { readRows } from "../../../src/rows/read-file.ts";
import type { ReadRow } from "../../../src/rows/read-row.ts";
import { EmbeddedPicture } from "../../../src/rows/embedded-picture.ts";
import type { RowPicture } from "../../../src/rows/media.ts";
import type { Conversation } from "../../../src/types.ts";
import { namedFile } from "../../base/named-file.ts";
import { RowPictures } from "../../base/row-pictures.ts";
import type { PromptRow, PromptTable, WrongRow } from "./state.ts";

/** Responses of a prompt at most: one pass holds them all. */
export const MOST_RESPONSES = 64;

const TABLE = /\.(?:parquet|jsonl|ndjson|json|csv|tsv|txt)$/i;

/** Returns which of the files are tables; the others are pictures that rows may name. */
export function tablesAmong(files: readonly File[]): readonly File[] {
  return files.filter(({ name }) => TABLE.test(name));
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Called after each row, and awaited. */
  readonly onRow: (done: number, total: number) => void | Promise<void>;
}

/**
 * Reads a table of prompts. Rows that are wrong are listed, and the others stay.
 * @throws InputError if no file is a table, or no row is a prompt with responses
 */
export async function readPromptTable(
  files: readonly File[],
  { signal, onRow }: ReadOptions,
): Promise<PromptTable> {
  const tables = tablesAmong(files);
  const title = tables.map(({ name }) => name).join(", ");
  const read = await readRows(await Promise.all(tables.map(namedFile)), { signal, onRow });
  const pictures = new RowPictures(
    read.tables,
    files.filter((file) => !tables.includes(file)),
  );
  const wrong: WrongRow[] = [];
  const drafts = new Map<string, Draft>();
  for (const [i, row] of read.rows.entries()) {
    await onRow(read.rows.length, read.rows.length);
    if (row instanceof Error) {
      wrong.push(wrongRow(row));
      continue;
    }
    const draft = draftOf(row, i);
    const known = draft.isSingle ? drafts.get(draft.key) : undefined;
    if (known?.isSingle === true) known.responses.push(...draft.responses);
    else drafts.set(draft.isSingle ? draft.key : `row ${i}`, draft);
  }
  const rows: PromptRow[] = [];
  const far = new Set<string>();
  const used = new Set<Blob>();
  for (const draft of drafts.values()) {
    const reason = await reasonAgainst(draft, pictures, far, used);
    if (reason === undefined) rows.push(promptRow(draft, rows.length));
    else wrong.push({ where: draft.where, reason });
    await onRow(read.rows.length, read.rows.length);
  }
  if (rows.length === 0) {
    throw new InputError({
      where: title || "files",
      what: "no row is a prompt with responses",
      got: wrong[0] === undefined ? "no row" : `${wrong[0].where}: ${wrong[0].reason}`,
      expected: '{"prompt", "responses": [TEXT, …], "image"?}, or another shape of docs/rows.md',
    });
  }
  return {
    title,
    files: [...tables, ...files.filter((file) => used.has(file))],
    rows,
    wrong,
    notes: read.warnings,
    groups: [...new Set(rows.flatMap(({ group }) => group ?? []))],
    pictures,
    far: [...far],
  };
}

/** A prompt whose responses may still come from other rows. */
interface Draft extends Omit<PromptRow, "number" | "texts" | "isPlain" | "responses"> {
  readonly responses: Conversation[];
  /** True for a row with one response: rows of the same prompt belong together. */
  readonly isSingle: boolean;
  /** What the prompt asks, with its pictures. */
  readonly key: string;
}

function draftOf(row: ReadRow, i: number): Draft {
  const { messages, responses, labels, where } = row;
  const pictures = picturesOf(messages);
  const last = messages.findLast(({ role }) => role === "user") ?? messages.at(-1);
  return {
    id: row.id ?? `row ${i + 1}`,
    where,
    prompt: last === undefined ? "" : textOf(last.content),
    messages,
    responses: [...responses],
    pictures,
    group: labels.group ?? labels.category ?? labels.task ?? labels.cluster,
    isSingle: responses.length === 1,
    key: JSON.stringify([askedOf(messages), pictures.map((one) => nameOf(one, i))]),
  };
}

/** Returns the turns with the places of their pictures, without the pictures. */
function askedOf(messages: Conversation): unknown {
  return messages.map(({ content, ...fields }) => [
    fields,
    typeof content === "string"
      ? content
      : content.map((part) => (part.type === "text" ? part.text : 0)),
  ]);
}

/** Returns a name for a picture: only paths and addresses are the same in two rows. */
function nameOf(picture: RowPicture, row: number): string {
  if (typeof picture === "string") return picture;
  return picture instanceof URL ? picture.href : `row ${row}`;
}

function picturesOf(messages: Conversation): RowPicture[] {
  return messages.flatMap(({ content }) =>
    typeof content === "string"
      ? []
      : content.flatMap((part) => (part.type === "image" ? [part.image] : [])),
  );
}

/** Returns the texts of a turn. */
export function textOf(content: Conversation[number]["content"]): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

function promptRow(draft: Draft, number: number): PromptRow {
  const { isSingle: _, key: __, ...row } = draft;
  return {
    ...row,
    number,
    texts: draft.responses.map((turns) => turns.map(({ content }) => textOf(content)).join("\n\n")),
    isPlain: draft.responses.every(isOneText),
  };
}

function isOneText(turns: Conversation): boolean {
  const [turn] = turns;
  return turns.length === 1 && turn !== undefined && typeof turn.content === "string";
}

/**
 * Returns why a row cannot be ranked. Adds addresses of pictures to `far`, and the files that are
 * used.
 */
async function reasonAgainst(
  { responses, pictures, where }: Draft,
  finder: RowPictures,
  far: Set<string>,
  used: Set<Blob>,
): Promise<string | undefined> {
  if (responses.length === 0) return "response: expected one or more, got none.";
  if (responses.length > MOST_RESPONSES) {
    return `responses: expected ${MOST_RESPONSES} at most, got ${responses.length}.`;
  }
  for (const picture of pictures) {
    // What is inside the file is read when it is wanted.
    const isInside = typeof picture === "string" && /^data:/i.test(picture);
    if (picture instanceof EmbeddedPicture || isInside) continue;
    const address = addressOf(picture);
    if (address !== undefined && !finder.has(address)) {
      far.add(address);
      continue;
    }
    try {
      used.add(await finder.find(address ?? picture));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.message.replace(`${where}: `, "");
    }
  }
  return undefined;
}

/** Returns a picture's address on the web; undefined for every other one. */
export function addressOf(picture: RowPicture): string | undefined {
  if (picture instanceof URL) return picture.href;
  return typeof picture === "string" && /^https?:\/\//i.test(picture) ? picture : undefined;
}

/** Parts an error into its place and its reason. */
function wrongRow({ message }: Error): WrongRow {
  const [, where, reason] = /^(.*?(?:row|line) \d+)[:,]? (.*)$/s.exec(message) ?? [];
  return { where: where ?? "", reason: reason ?? message };
}
