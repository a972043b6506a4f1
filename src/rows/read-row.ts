/**
 * The one reader of rows: any of the shapes in use to a conversation and what answers it. Library,
 * command line and page read their files with it.
 *
 *     row ─ fields ─ shape (shapes.ts) ─ pictures (media.ts) in their places (marks.ts) ─ checked
 */
import { InputError } from "../errors.ts";
import { ID_WANTED, isId, isObject } from "../base/json.ts";
import { hasPlaces } from "../text/template/parts.ts";
import { readConversation, readMessages } from "../text/template/read-conversation.ts";
import type { Conversation } from "../types.ts";
import { RowFields, type TableRow } from "./fields.ts";
import { readPictures, type RowPart, type RowPicture } from "./media.ts";
import { placePictures } from "./marks.ts";
import { readShape } from "./shapes.ts";

/** The content of a row. Pictures inside a parquet file are `EmbeddedPicture`s in the messages. */
export interface ReadRow {
  readonly id: string | number | undefined;
  readonly where: string;
  /** The turns up to the response. */
  readonly messages: Conversation;
  /** What answers them: turns that end with the assistant's. The right ones come first. */
  readonly responses: readonly Conversation[];
  /** How many responses are right; undefined if the row does not say. */
  readonly rightCount: number | undefined;
  /** The file has its two responses the other way round. */
  readonly isSwapped: boolean;
  /** True for a battle without a winner. */
  readonly isTie: boolean;
  /** The prompt's own text and pictures, if it is one text with all pictures in front. */
  readonly plain: { readonly text: string; readonly pictures: readonly RowPicture[] } | undefined;
  /** What the row says of itself, for tables of results. */
  readonly labels: Readonly<Partial<Record<(typeof LABELS)[number], string>>>;
  /** Names of fields that hold something and were not read. */
  readonly unused: readonly string[];
  /** A column of pictures under an unknown name, which was taken. */
  readonly taken: string | undefined;
}

const LABELS = ["category", "task", "group", "cluster"] as const;

/** Fields that would change what a model sees, and that the engine does not support yet. */
const REFUSED = [
  "tools",
  "functions",
  "documents",
  "chat_template_kwargs",
  "enable_thinking",
  "objects",
  "rejected_images",
  "rejected_tools",
];

/**
 * Reads one row.
 * @param where the file and the row, for messages
 * @throws InputError that names the field
 */
export function readRow(row: TableRow, where: string): ReadRow {
  const fields = new RowFields(row, where);
  const id = readId(fields);
  const refused = REFUSED.find((name) => fields.has(name) && hasPlaces(fields.get(name)));
  if (refused !== undefined) {
    return fields.fail(refused, "nothing: it is not handed to the chat template", "Remove it");
  }
  const shape = readShape(fields);
  const pictures = readPictures(fields);
  const { prompt, responses } = placePictures(shape, pictures, where);
  const messages = readMessages(prompt, `${where}, messages`);
  const place = (i: number): string => `${where}, responses[${i}]`;
  return {
    id,
    where,
    messages,
    responses: responses.map((turns, i) => readConversation(turns, place(i))),
    rightCount: shape.rightCount,
    isSwapped: shape.isSwapped,
    isTie: shape.isTie,
    plain: shape.text === undefined ? undefined : plainOf(messages, pictures),
    labels: labelsOf(fields),
    unused: fields.unused(),
    taken: fields.taken,
  };
}

function labelsOf(fields: RowFields): ReadRow["labels"] {
  const labels = LABELS.map((name) => [name, fields.optionalText(name)] as const);
  return Object.fromEntries(labels.filter(([, text]) => text !== undefined));
}

/**
 * Returns the id of a row, under any of the names that benchmarks give it.
 * @throws InputError if it is neither a text nor a number
 */
export function readRowId(row: TableRow, where: string): string | number | undefined {
  return readId(new RowFields(row, where));
}

function readId(fields: RowFields): string | number | undefined {
  const own = fields.get("id");
  if (isId(own)) return own;
  if (typeof own === "bigint") return String(own);
  if (own !== undefined) return fields.fail("id", ID_WANTED, "Write it as a text");
  // `pairs` writes the id under `vl_reward`; benchmarks have other names for it.
  const inner = fields.get("vl_reward");
  if (isObject(inner) && typeof inner["id"] === "string") return inner["id"];
  return ["ID", "question_id", "prompt_id", "uid", "idx"]
    .map((name) => (fields.has(name) ? fields.optionalIdentifier(name) : undefined))
    .find((one) => one !== undefined);
}

/** Returns the text and pictures of a prompt, if all its pictures come first. */
function plainOf(messages: Conversation, pictures: readonly RowPart[]): ReadRow["plain"] {
  if (pictures.some((part) => Object.keys(part).length > 2)) return undefined;
  const [{ content } = { content: "" }] = messages;
  if (typeof content === "string") return { text: content, pictures: [] };
  const begin = content.findIndex(({ type }) => type === "text");
  const front = begin < 0 ? content.length : begin;
  const rest = content.slice(front);
  if (front !== pictures.length || rest.length > 1) return undefined;
  const [only] = rest;
  return { text: only?.type === "text" ? only.text : "", pictures: pictures.map(imageOf) };
}

/** Collects what rows did not use, for one warning a file. */
export class UnusedFields {
  readonly #names = new Set<string>();
  readonly #taken = new Set<string>();

  add({ unused, taken }: Pick<ReadRow, "unused" | "taken">): void {
    for (const name of unused) this.#names.add(name);
    if (taken !== undefined) this.#taken.add(taken);
  }

  /** Returns the warnings of a file, one of each kind. */
  warnings(file: string): string[] {
    const taken = [...this.#taken].map(
      (name) => `${file}: the pictures in the column ${name} are taken for those of the prompt`,
    );
    if (this.#names.size === 0) return taken;
    const names = [...this.#names].join(", ");
    return [...taken, `${file}: columns that are not read, and have no effect: ${names}`];
  }
}

/**
 * Returns the conversation to judge.
 * @throws InputError if a row has not exactly one response to judge
 */
export function judgedConversation(row: ReadRow): Conversation {
  const [only, ...others] = row.responses;
  if (others.length > 0) {
    throw new InputError({
      where: row.where,
      what: "several responses",
      expected: "one",
      got: row.responses.length,
      todo: "Order responses with vl-reward rank, or evaluate pairs with vl-reward eval",
    });
  }
  return readConversation([...row.messages, ...(only ?? [])], `${row.where}, messages`);
}

function imageOf({ image }: RowPart): RowPicture {
  return image;
}
