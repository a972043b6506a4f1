// Tested by: test/audit/plan.test.ts
/**
 * What an audit scores besides the rows themselves: rows with edited responses, prompts and
 * pictures. Edited responses of one prompt are one row, so that the prompt is computed once.
 */
import { at } from "../base/at.ts";
import { picturesOf, rowDigest, type EvaluationRow } from "../evaluate/rows.ts";
import type { Conversation, ImagePart, Message, TextPart } from "../types.ts";
import { beliefEdit, responseEdits, type TextEdit } from "./edits.ts";
import { pixelEditNames, type PixelEdit } from "./picture-edits.ts";
import type { Rewrite } from "./rewrites.ts";

/** Where a score of a planned row belongs. */
export interface Place {
  readonly edit: string;
  /** Which response of the base row. */
  readonly response: number;
}

export interface PlannedRow {
  readonly row: EvaluationRow;
  /** Index of the base row. */
  readonly base: number;
  /** For each of the row's responses, what it stands for; several if edits gave the same text. */
  readonly places: readonly (readonly Place[])[];
  /** What is done to the pictures before they are scored. */
  readonly pixelEdit?: PixelEdit | undefined;
}

/** Edits that are not of one response's text. */
export const SWAPPED = "swapped order";
export const NO_PICTURE = "no picture";
export const OTHER_PICTURE = "another row's picture";
export const beliefIn = (response: number): string => `belief in ${response}`;
export const rewriteName = (index: number, part: "rewrite" | "back"): string =>
  `rewrite ${index} ${part}`;

export interface PlanOptions {
  /** False for a server: pixels are edited where the engine runs. */
  readonly canEditPixels: boolean;
  readonly swaps: TextEdit;
  readonly rewrites: readonly Rewrite[];
}

/** Returns the rows to score, besides the rows themselves. */
export function planAudit(
  rows: readonly EvaluationRow[],
  { canEditPixels, swaps, rewrites }: PlanOptions,
): PlannedRow[] {
  return rows.flatMap((row, base) => [
    ...swappedRow(row, base),
    ...editedResponses(row, base, rewrites),
    ...statedBeliefs(row, base),
    ...swappedNames(row, base, swaps),
    ...editedPictures(rows, row, base, canEditPixels),
  ]);
}

function swappedRow(row: EvaluationRow, base: number): PlannedRow[] {
  if (row.turns !== undefined || row.responses.length < 2) return [];
  const order = row.responses.map((_, i) => row.responses.length - 1 - i);
  const swapped = variant(row, SWAPPED, { responses: order.map((i) => at(row.responses, i)) });
  return [{ row: swapped, base, places: order.map((i) => [{ edit: SWAPPED, response: i }]) }];
}

function editedResponses(
  row: EvaluationRow,
  base: number,
  rewrites: readonly Rewrite[],
): PlannedRow[] {
  // A response of several turns has no one text that could be edited.
  if (row.turns !== undefined) return [];
  const placesOf = new Map<string, Place[]>();
  const add = (text: string, place: Place): void => {
    placesOf.set(text, [...(placesOf.get(text) ?? []), place]);
  };
  for (const edit of responseEdits) {
    for (const [response, text] of row.responses.entries()) {
      const edited = edit.apply(text);
      if (edited.changes.length > 0) add(edited.text, { edit: edit.name, response });
    }
  }
  for (const [i, { id, response, rewrite, back }] of rewrites.entries()) {
    if (id !== row.id || row.responses[response] === undefined) continue;
    add(rewrite, { edit: rewriteName(i, "rewrite"), response });
    add(back, { edit: rewriteName(i, "back"), response });
  }
  if (placesOf.size === 0) return [];
  const edited = variant(row, "edited responses", { responses: [...placesOf.keys()] });
  return [{ row: edited, base, places: [...placesOf.values()] }];
}

function statedBeliefs(row: EvaluationRow, base: number): PlannedRow[] {
  if (row.turns !== undefined) return [];
  return row.responses.slice(0, 2).flatMap((text, belief) => {
    if (text.trim() === "") return [];
    const edited = editPrompt(row, beliefEdit(text), beliefIn(belief));
    return edited === undefined ? [] : [plain(edited, base, beliefIn(belief))];
  });
}

function swappedNames(row: EvaluationRow, base: number, swaps: TextEdit): PlannedRow[] {
  if (row.turns !== undefined) return [];
  const responses = row.responses.map((text) => swaps.apply(text).text);
  const isSame = responses.every((text, i) => text === row.responses[i]);
  const asked = editPrompt(row, swaps, swaps.name);
  if (isSame && asked === undefined) return [];
  return [plain(variant(asked ?? row, swaps.name, { responses }), base, swaps.name)];
}

function editedPictures(
  rows: readonly EvaluationRow[],
  row: EvaluationRow,
  base: number,
  canEditPixels: boolean,
): PlannedRow[] {
  const pictures = picturesOf(row);
  if (pictures.length === 0) return [];
  const without = withPictures(row, NO_PICTURE, []);
  const other = otherPicture(rows, base);
  const planned = [
    plain(without, base, NO_PICTURE),
    ...(other === undefined
      ? []
      : [
          plain(
            withPictures(
              row,
              OTHER_PICTURE,
              pictures.map(() => other),
            ),
            base,
            OTHER_PICTURE,
          ),
        ]),
  ];
  if (!canEditPixels) return planned;
  const edited = pixelEditNames.map((name) => ({
    ...plain(variant(row, name, {}), base, name),
    pixelEdit: name,
  }));
  return [...planned, ...edited];
}

/** Returns the picture of the next row that has another one. */
function otherPicture(rows: readonly EvaluationRow[], base: number) {
  const own = JSON.stringify(picturesOf(at(rows, base))[0]);
  for (let step = 1; step < rows.length; step++) {
    const [picture] = picturesOf(at(rows, (base + step) % rows.length));
    if (picture !== undefined && JSON.stringify(picture) !== own) return picture;
  }
  return undefined;
}

/** Returns the row with other pictures in the places of its own; none removes them. */
function withPictures(
  row: EvaluationRow,
  name: string,
  pictures: readonly EvaluationRow["pictures"][number][],
): EvaluationRow {
  let next = 0;
  const take = () => {
    next += 1;
    return pictures[next - 1];
  };
  const own = row.pictures.flatMap(() => {
    const picture = take();
    return picture === undefined ? [] : [picture];
  });
  const history = row.history.map((message): Message => {
    if (typeof message.content === "string") return message;
    const content = message.content.flatMap((part): (TextPart | ImagePart)[] => {
      if (part.type !== "image") return [part];
      const image = take();
      return image === undefined ? [] : [{ ...part, image: image as typeof part.image }];
    });
    return { ...message, content };
  });
  return variant(row, name, { pictures: own, history });
}

/** Returns the row with its question edited; undefined if nothing changes. */
function editPrompt(row: EvaluationRow, edit: TextEdit, name: string): EvaluationRow | undefined {
  if (row.prompt !== "") {
    const { text, changes } = edit.apply(row.prompt);
    return changes.length === 0 ? undefined : variant(row, name, { prompt: text });
  }
  const last = row.history.findLastIndex(({ role }) => role === "user");
  const message = row.history[last];
  if (message === undefined) return undefined;
  const edited = editMessage(message, edit);
  if (edited === undefined) return undefined;
  return variant(row, name, { history: row.history.with(last, edited) });
}

function editMessage(message: Message, edit: TextEdit): Message | undefined {
  if (typeof message.content === "string") {
    const { text, changes } = edit.apply(message.content);
    return changes.length === 0 ? undefined : { ...message, content: text };
  }
  const last = message.content.findLastIndex(({ type }) => type === "text");
  const part = message.content[last];
  if (part?.type !== "text") return undefined;
  const { text, changes } = edit.apply(part.text);
  if (changes.length === 0) return undefined;
  return { ...message, content: message.content.with(last, { ...part, text }) };
}

function plain(row: EvaluationRow, base: number, edit: string): PlannedRow {
  return { row, base, places: row.responses.map((_, response) => [{ edit, response }]) };
}

/** Returns a row of its own, whose digest names the edit too. */
function variant(
  row: EvaluationRow,
  name: string,
  change: Partial<
    Pick<EvaluationRow, "prompt" | "responses" | "pictures"> & { history: Conversation }
  >,
): EvaluationRow {
  const changed = { ...row, ...change, isSwapped: false };
  return {
    ...changed,
    id: `${row.id} (${name})`,
    rightCount: Math.min(row.rightCount, changed.responses.length),
    digest: `${rowDigest(changed)} ${name}`,
  };
}
