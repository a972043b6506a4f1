// Tested by: test/cli/batch/row-case.test.ts
/**
 * What a row of `score` may be: a conversation, a conversation with labels, fields for the model's
 * own prompt, or questions about a state.
 */

import { isObject, kindOf } from "../../src/base/json.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { imagePartsOf } from "../../src/text/template/conversation.ts";
import type { Conversation } from "../../src/types.ts";

/** Fields of a model's own prompt. */
export interface InputsRow {
  readonly inputs: JsonObject;
  readonly labels?: readonly string[];
}

/** A conversation with labels of its own. */
export interface LabelledRow {
  readonly messages: Conversation;
  readonly labels: readonly string[];
}

/** Questions about a state; `images` are paths or addresses. */
export interface QuestionsRow {
  readonly request: JsonObject;
}

export type RowCase = Conversation | LabelledRow | InputsRow | QuestionsRow;

/** Which fields of a prompt hold pictures; the loaded model says. */
export interface PictureFields {
  readonly images: readonly string[];
  readonly pages: readonly string[];
  readonly sides: readonly string[];
}

/** Fields of a row with questions; others are refused by the engine. */
const ASKED = ["state", "input", "questions", "images", "model"];

/**
 * Returns the case of a row in one of the forms that no conversation has; undefined if it has none.
 * @throws InputError naming the field that is wrong
 */
export function otherCase(row: JsonObject, where: string): InputsRow | QuestionsRow | undefined {
  if ("questions" in row) {
    const { id: _id, ...request } = row;
    const other = Object.keys(request).find((name) => !ASKED.includes(name));
    if (other !== undefined) throw unknown(where, other, ASKED);
    return { request };
  }
  if (!("inputs" in row)) return undefined;
  const { inputs } = row;
  if (!isObject(inputs)) {
    throw new InputError({
      where,
      what: "field inputs",
      expected: "an object",
      got: kindOf(inputs),
    });
  }
  const known = ["id", "inputs", "labels"];
  const other = Object.keys(row).find((name) => !known.includes(name));
  if (other !== undefined) throw unknown(where, other, known);
  return { inputs, ...labelsIn(row, where) };
}

/** Returns the labels of a row, if it has any. @throws InputError if they are not texts */
export function labelsIn(row: JsonObject, where: string): { labels?: readonly string[] } {
  const labels = row["labels"] ?? undefined;
  if (labels === undefined) return {};
  const isTexts = Array.isArray(labels) && labels.every((one) => typeof one === "string");
  if (isTexts) return { labels };
  const expected = "a list of texts, of one token each";
  throw new InputError({ where, what: "field labels", expected, got: kindOf(labels) });
}

function unknown(where: string, name: string, known: readonly string[]): InputError {
  return new InputError({
    where,
    what: `field ${name.slice(0, 60)} is not used beside the others`,
    expected: known.join(", "),
    todo: "Remove it",
  });
}

export function isConversation(one: RowCase): one is Conversation {
  return Array.isArray(one);
}

/** Returns how many pictures a case shows, as far as the row alone says. */
export function countPictures(one: RowCase): number {
  if (isConversation(one)) return imagePartsOf(one).length;
  if ("messages" in one) return imagePartsOf(one.messages).length;
  if ("request" in one)
    return Array.isArray(one.request["images"]) ? one.request["images"].length : 0;
  return 1;
}

/** Applies a function to every picture of the fields, and leaves the others as they are. */
export async function placeInputs(
  inputs: JsonObject,
  fields: PictureFields,
  place: (picture: unknown, where: string) => Promise<unknown>,
): Promise<JsonObject> {
  const all = (list: unknown, where: string): unknown =>
    Array.isArray(list) ? Promise.all(list.map((one, i) => place(one, `${where}[${i}]`))) : list;
  const entries = Object.entries(inputs).map(async ([name, value]) => {
    const where = `inputs.${name}`;
    if (value === null || value === undefined) return [name, value] as const;
    if (fields.images.includes(name)) return [name, await place(value, where)] as const;
    if (fields.pages.includes(name)) return [name, await all(value, where)] as const;
    if (fields.sides.includes(name) && isObject(value) && "images" in value) {
      return [name, { ...value, images: await all(value["images"], `${where}.images`) }] as const;
    }
    return [name, value] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
