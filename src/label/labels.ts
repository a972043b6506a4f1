/**
 * Labels of pairs: which of two responses to one prompt a person prefers.
 *
 *   {"id", "messages", "responses": [a, b], "label": "a" | "b" | "tie" | "both-bad",
 *    "rater"?, "probability"?, "group"?}
 *
 * Rows of preferences without a label (chosen and rejected, in any shape that `rows` reads) are
 * labels too: the chosen response is a.
 */
import { InputError } from "../errors.ts";
import type { RowId } from "../base/json.ts";
import { kindOf } from "../base/json.ts";
import { digestOfText } from "../score/journal.ts";
import { readRow, type ReadRow, type UnusedFields } from "../rows/read-row.ts";
import type { TableRow } from "../rows/fields.ts";
import type { Conversation } from "../types.ts";

export const LABELS = ["a", "b", "tie", "both-bad"] as const;
export type LabelValue = (typeof LABELS)[number];

export interface Label {
  readonly id: RowId;
  readonly where: string;
  readonly messages: Conversation;
  readonly responses: readonly [Conversation, Conversation];
  readonly label: LabelValue;
  /** Who gave the label; "" if the row does not say. */
  readonly rater: string;
  /** The chance that this pair was drawn for labelling; 1 if the row does not say. */
  readonly probability: number;
  /**
   * False for a pair that was chosen because its label teaches much: such pairs train a head, and
   * say nothing of how good it is on average. True if the row does not say.
   */
  readonly isRandom: boolean;
  /** True if the rater had labelled the pair before. */
  readonly isRepeat: boolean;
  /** The value of a group's column, if the row has one. */
  readonly group: string | undefined;
  /** What the row says of how the label was given, and of the model that it was compared with. */
  readonly given: LabelOrigin;
  /** The same for labels of one prompt, whatever the responses. */
  readonly prompt: string;
  /** The same for labels of the same two responses to the same prompt, in either order. */
  readonly pair: string;
}

export interface LabelOrigin {
  readonly seconds: number | undefined;
  readonly seed: number | undefined;
  readonly model: string | undefined;
  readonly revision: string | undefined;
  /** The file of an own head. */
  readonly head: string | undefined;
  /** The model's scores of a and b. */
  readonly scores: readonly [number, number] | undefined;
}

/** What a row of labels may hold besides what `rows` reads. */
const OWN_FIELDS = new Set([
  "label",
  "rater",
  "probability",
  "seconds",
  "seed",
  "flag",
  "flagged",
  "note",
  "time",
  "random",
  "repeat",
  "sides",
  "margin",
  "scores",
  "model",
  "revision",
  "head",
]);

/**
 * Reads one row.
 * @param unused takes the names of fields that are not read
 * @throws InputError that names the field
 */
export function readLabel(
  row: TableRow & { readonly id: RowId },
  where: string,
  unused: UnusedFields,
): Label {
  const read = readRow(row, where);
  unused.add({ ...read, unused: read.unused.filter((name) => !OWN_FIELDS.has(name)) });
  const [a, b, ...others] = read.responses;
  if (a === undefined || b === undefined || others.length > 0) {
    throw new InputError({
      where: `${where}, responses`,
      expected: "two responses",
      got: read.responses.length,
      todo: "Write one line for each pair",
    });
  }
  const prompt = digestOfText(JSON.stringify(read.messages));
  const texts = [JSON.stringify(a), JSON.stringify(b)].toSorted();
  return {
    id: row.id,
    where,
    messages: read.messages,
    responses: [a, b],
    label: labelOf(row, read, where),
    rater: optionalText(row, "rater", where) ?? "",
    probability: probabilityOf(row, where),
    isRandom: optionalFlag(row, "random", where) ?? true,
    isRepeat: optionalFlag(row, "repeat", where) ?? false,
    group: read.labels.group ?? read.labels.category ?? read.labels.task,
    given: originOf(row, where),
    prompt,
    pair: digestOfText(`${prompt}${texts.join("")}`),
  };
}

/** Returns the label as a number for agreement: -1 for b, 0 for a tie or both bad, 1 for a. */
export function signOf(label: LabelValue): -1 | 0 | 1 {
  return label === "a" ? 1 : label === "b" ? -1 : 0;
}

/**
 * Returns what a fit takes: 1, 0, or 0.5. "Both bad" prefers neither: it counts
 * as a tie.
 */
export function targetOf(label: LabelValue): number {
  return (signOf(label) + 1) / 2;
}

function labelOf(row: TableRow, read: ReadRow, where: string): LabelValue {
  const given = row["label"];
  if (given === undefined || given === null) {
    if (read.isTie) return "tie";
    if (read.rightCount === 1) return "a";
  }
  const text = typeof given === "string" ? given.toLowerCase().replaceAll(/[_ ]/g, "-") : given;
  const found = LABELS.find((label) => label === text);
  if (found !== undefined) return found;
  throw new InputError({
    where: `${where}, label`,
    expected: '"a", "b", "tie" or "both-bad"',
    got: typeof given === "string" ? JSON.stringify(given) : kindOf(given),
  });
}

function originOf(row: TableRow, where: string): LabelOrigin {
  const scores = row["scores"];
  const isPair = Array.isArray(scores) && scores.length === 2 && scores.every(Number.isFinite);
  return {
    seconds: optionalNumber(row, "seconds", where),
    seed: optionalNumber(row, "seed", where),
    model: optionalText(row, "model", where),
    revision: optionalText(row, "revision", where),
    head: optionalText(row, "head", where),
    scores: isPair ? [Number(scores[0]), Number(scores[1])] : undefined,
  };
}

function optionalNumber(row: TableRow, name: string, where: string): number | undefined {
  const value = row[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new InputError({ where: `${where}, ${name}`, expected: "a number", got: kindOf(value) });
}

function optionalText(row: TableRow, name: string, where: string): string | undefined {
  const value = row[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new InputError({ where: `${where}, ${name}`, expected: "a text", got: kindOf(value) });
}

function optionalFlag(row: TableRow, name: string, where: string): boolean | undefined {
  const value = row[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  throw new InputError({
    where: `${where}, ${name}`,
    expected: "true or false",
    got: kindOf(value),
  });
}

function probabilityOf(row: TableRow, where: string): number {
  const value = row["probability"];
  if (value === undefined || value === null) return 1;
  if (typeof value === "number" && value > 0 && value <= 1) return value;
  throw new InputError({
    where: `${where}, probability`,
    expected: "the chance that the pair was drawn, above 0 and at most 1",
    got: typeof value === "number" ? value : kindOf(value),
  });
}
