// Tested by: test/rows/read-row.test.ts
/**
 * Puts the pictures of a row in their places in its conversation.
 *
 *     {"type": "image"} without a picture   a place each (TRL)
 *     "<image>" in the texts                a place each (LLaMA-Factory, ms-swift, verl, MMPR, …)
 *     neither                               in front of the first user's text
 *
 * Trap: a newline behind a mark at the beginning of a text belongs to the mark, and any other to
 * the text. A row without pictures keeps "<image>" as text. So does a text beside parts with
 * places.
 */
import { InputError } from "../errors.ts";
import { isObject } from "../base/json.ts";
import { hasPlaces } from "../text/template/parts.ts";
import type { RowPart } from "./media.ts";
import type { DraftTurn } from "./turns.ts";

export const MARK = "<image>";
const SOURCES = ["image", "image_url", "url", "path", "base64", "bytes", "source"];

/** A row's conversation and what answers it, before pictures are in place. */
export interface Draft {
  readonly prompt: readonly DraftTurn[];
  readonly responses: readonly (readonly DraftTurn[])[];
  /**
   * Whether marks in the responses are places too, as for trainers that read whole conversations.
   */
  readonly marksResponses: boolean;
}

/**
 * Puts the pictures in their places.
 * @throws InputError that names both numbers if places and pictures do not agree
 */
export function placePictures(draft: Draft, pictures: readonly RowPart[], where: string): Draft {
  if (pictures.length === 0) return draft;
  const { prompt, responses, marksResponses } = draft;
  const all = [prompt, ...responses].flat();
  const own = count(all, ownPictures);
  if (own > 0) {
    const parts = all.flatMap(({ content }) => (Array.isArray(content) ? content : []));
    const sources: unknown[] = parts
      .filter((part) => isPicture(part) && !isPlace(part))
      .map(source);
    if (
      sources.length === pictures.length &&
      sources.every((one, i) => one === pictures[i]?.image)
    ) {
      return draft;
    }
    throw new InputError({
      where,
      what: "pictures both in the messages and in a column",
      expected: "one of them",
      got: `${own} and ${pictures.length}`,
      todo: "Remove those that do not belong to the conversation",
    });
  }
  const asParts = count(all, places) > 0;
  const counted = asParts ? places : marks;
  const inPrompt = count(prompt, counted);
  const rest = asParts || marksResponses ? responses.map((turns) => count(turns, counted)) : [];
  if (inPrompt === 0 && rest.every((one) => one === 0)) {
    return { ...draft, prompt: inFront(prompt, pictures, where) };
  }
  const wrong = (rest.length === 0 ? [0] : rest).find((one) => inPrompt + one !== pictures.length);
  if (wrong !== undefined) {
    const kind = asParts ? "places for pictures" : `${MARK} marks`;
    throw new InputError({
      where,
      what: "places and pictures do not agree",
      expected: `as many ${kind} as pictures, ${pictures.length}`,
      got: inPrompt + wrong,
      todo: `Give one picture for each place; without pictures, ${MARK} is text`,
    });
  }
  const fill = asParts ? fillPlaces : fillMarks;
  return {
    ...draft,
    prompt: fill(prompt, pictures),
    responses: responses.map((turns, i) =>
      (rest[i] ?? 0) === 0 ? turns : fill(turns, pictures.slice(inPrompt)),
    ),
  };
}

/** Returns a text cut at its marks, with a picture at each; undefined if their numbers differ. */
export function splitAtMarks(
  text: string,
  pictures: Iterator<RowPart, unknown>,
  isFirst: boolean,
): unknown[] {
  const parts: unknown[] = [];
  let isLeading = isFirst;
  for (const [i, piece] of text.split(MARK).entries()) {
    if (i > 0) parts.push(pictures.next().value);
    const own = i > 0 && isLeading ? piece.replace(/^\r?\n/, "") : piece;
    if (own !== "") parts.push({ type: "text", text: own });
    isLeading &&= own === "";
  }
  return parts;
}

function fillMarks(turns: readonly DraftTurn[], pictures: readonly RowPart[]): DraftTurn[] {
  const next = pictures[Symbol.iterator]();
  return turns.map((turn) => {
    if (marks(turn) === 0) return turn;
    const { content } = turn;
    const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
    const cut = parts.flatMap((part, i) => {
      const text = textOf(part);
      return text?.includes(MARK) === true ? splitAtMarks(text, next, i === 0) : [part];
    });
    return { ...turn, content: cut };
  });
}

function fillPlaces(turns: readonly DraftTurn[], pictures: readonly RowPart[]): DraftTurn[] {
  const next = pictures[Symbol.iterator]();
  return turns.map((turn) => {
    const { content } = turn;
    if (!Array.isArray(content)) return turn;
    const fill = (part: unknown): unknown =>
      isPlace(part) ? { ...(part as object), ...next.next().value } : part;
    return { ...turn, content: content.map(fill) };
  });
}

function inFront(
  turns: readonly DraftTurn[],
  pictures: readonly RowPart[],
  where: string,
): DraftTurn[] {
  const first = turns.findIndex(({ role }) => role === "user");
  if (first < 0) {
    throw new InputError({ where, what: "pictures without a user's turn to put them in" });
  }
  return turns.map((turn, i) => {
    if (i !== first) return turn;
    const { content } = turn;
    const texts: readonly unknown[] = Array.isArray(content)
      ? content
      : [{ type: "text", text: content }];
    return { ...turn, content: [...pictures, ...texts] };
  });
}

function count(turns: readonly DraftTurn[], of: (turn: DraftTurn) => number): number {
  return turns.reduce((sum, turn) => sum + of(turn), 0);
}

/** Counts the marks in the texts of a turn. */
export function marks({ content }: { readonly content?: unknown }): number {
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  return parts.reduce<number>((sum, part) => sum + (textOf(part)?.split(MARK).length ?? 1) - 1, 0);
}

function places({ content }: DraftTurn): number {
  return Array.isArray(content) ? content.filter(isPlace).length : 0;
}

function ownPictures({ content }: DraftTurn): number {
  return Array.isArray(content)
    ? content.filter((one) => isPicture(one) && !isPlace(one)).length
    : 0;
}

function textOf(part: unknown): string | undefined {
  if (typeof part === "string") return part;
  return isObject(part) && typeof part["text"] === "string" ? part["text"] : undefined;
}

function isPicture(part: unknown): boolean {
  if (!isObject(part)) return false;
  const type = part["type"] ?? undefined;
  return type === undefined
    ? SOURCES.some((name) => hasPlaces(part[name]))
    : type === "image" || type === "image_url" || type === "input_image";
}

/** Returns whether a part is a place: of a picture's type, and without a picture. */
function isPlace(part: unknown): boolean {
  return isPicture(part) && source(part) === undefined;
}

function source(part: unknown): unknown {
  if (!isObject(part)) return undefined;
  const name = SOURCES.find((one) => hasPlaces(part[one]));
  return name === undefined ? undefined : part[name];
}
