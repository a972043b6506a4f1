/**
 * What a person pastes into Rank: responses alone, or rows that bring their own question. A row's
 * prompt and picture are used, never left out: its responses answer that question and no other.
 */
import { RewardError } from "../../src/errors.ts";
import { RowFields } from "../../src/rows/fields.ts";
import { isPictureName } from "../../src/rows/media.ts";
import type { RowPicture } from "../../src/rows/media.ts";
import { readRow } from "../../src/rows/read-row.ts";
import type { ReadRow } from "../../src/rows/read-row.ts";
import { pictureOf, unknownField } from "../base/pasted-parts.ts";
import { checkCount, parseItems, readResponses, textField } from "./responses.ts";

export interface Pasted {
  readonly texts: readonly string[];
  /** The question of the rows; undefined for responses alone. */
  readonly question: Question | undefined;
  /** Names of fields that were not read. */
  readonly unused: readonly string[];
}

export interface Question {
  readonly prompt: string;
  /** The picture itself, or the path that the rows name; undefined without one. */
  readonly picture: Blob | string | undefined;
}

interface Wrong {
  readonly wrong: string;
  /** True for rows that ask several questions, or one that a table holds and the form does not. */
  readonly isTable?: boolean;
}

/** Fields by which a row is more than a response. */
const QUESTIONS = /^(?:prompt|question|query|problem|instruction|messages|conversations?|chosen)$/;

export function readPasted(pasted: string): Pasted | Wrong {
  const items = parseItems(pasted) ?? [];
  const rows = "wrong" in items ? [] : items.filter(isRow);
  if (rows.some((row) => Object.keys(row).some(asksQuestion))) {
    return readRows(rows);
  }
  const read = readResponses(pasted);
  const unused = [...new Set(rows.flatMap(unusedOf))];
  return "wrong" in read ? read : { ...read, question: undefined, unused };
}

/** Returns the fields of an object that are not its response, nor marks of our own tools. */
function unusedOf(row: Record<string, unknown>): string[] {
  const fields = new RowFields(row, "");
  fields.use("responses", "role", textField(row) ?? "");
  return fields.unused();
}

function isRow(item: unknown): item is Record<string, unknown> {
  return typeof item === "object" && item !== null && !Array.isArray(item);
}

function asksQuestion(field: string): boolean {
  return QUESTIONS.test(field) || isPictureName(field);
}

function readRows(rows: readonly Record<string, unknown>[]): Pasted | Wrong {
  try {
    const read = rows.map((row, at) => readRow(row, `Row ${at + 1}`));
    const [first, ...others] = read.map(questionOf);
    if (first === undefined) return { wrong: "There is no row." };
    const other = others.findIndex(({ key }) => key !== first.key);
    if (other !== -1) {
      return {
        wrong: `Row ${other + 2} asks another question than row 1.`,
        isTable: true,
      };
    }
    const texts = read.flatMap(textsOf);
    const unused = [...new Set(read.flatMap((row) => row.unused))];
    const { prompt, picture } = first;
    return checkCount(texts) ?? { texts, question: { prompt, picture }, unused };
  } catch (error) {
    if (error instanceof RangeError) return { wrong: error.message, isTable: true };
    if (error instanceof RewardError) return { wrong: error.message };
    throw error;
  }
}

/**
 * Returns the question of a row.
 * @throws RangeError for content that Rank has no field for
 */
function questionOf({ messages, where }: ReadRow): Question & { readonly key: string } {
  const [turn, ...others] = messages;
  if (turn === undefined || others.length > 0 || turn.role !== "user") {
    throw new RangeError(`${where} is a conversation of several turns: Rank takes one question.`);
  }
  const { content } = turn;
  refuseMore(turn, ["role", "content"], where);
  const parts = typeof content === "string" ? [{ type: "text", text: content } as const] : content;
  for (const part of parts) refuseMore(part, ["type", "text", "image"], where);
  const words = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  const pictures = parts.flatMap((part) => (part.type === "image" ? [part.image] : []));
  const [picture, ...more] = pictures;
  if (more.length > 0) {
    throw new RangeError(`${where} has ${pictures.length} pictures: Rank takes one.`);
  }
  if (words.length > 1 || parts.at(-1)?.type === "image") {
    throw new RangeError(`${where} has its picture within the text: Rank puts it in front.`);
  }
  const [prompt = ""] = words;
  const name = typeof picture === "string" ? picture : picture === undefined ? "" : where;
  return { prompt, picture: picture && checkedPicture(picture, where), key: `${name}\n${prompt}` };
}

/**
 * Refuses other fields.
 * @throws RangeError that names a field which the page cannot pass to the engine
 */
function refuseMore(fields: object, known: readonly string[], where: string): void {
  const more = unknownField(fields, known);
  if (more !== undefined) {
    throw new RangeError(`${where} has ${more}, which Rank cannot pass on. Leave it out.`);
  }
}

function checkedPicture(picture: RowPicture, where: string): Blob | string {
  const found = pictureOf(picture);
  if (found !== undefined) return found;
  throw new RangeError(`${where} has a picture that cannot be pasted: choose it as a file.`);
}

/**
 * Returns the responses as texts.
 * @throws RangeError for answers of several turns
 */
function textsOf({ responses, where }: ReadRow): string[] {
  return responses.map((turns) => {
    const [turn, ...more] = turns;
    if (turn === undefined || more.length > 0 || typeof turn.content !== "string") {
      throw new RangeError(`${where} has a response that is not one text.`);
    }
    refuseMore(turn, ["role", "content"], where);
    return turn.content;
  });
}
