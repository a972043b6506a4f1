// Tested by: test/preference/one-tie.test.ts
/**
 * What every benchmark is read into: prompts with responses, the right ones first, and their
 * scores.
 */

import type { RowPicture } from "../rows/media.ts";
import { resolvePicture, resolvePictures, type ResolvePicture } from "../rows/resolve.ts";
import type { Conversation, Message } from "../types.ts";

export interface EvaluationRow {
  /** The benchmark's id; a few ids repeat. */
  readonly id: string;
  /**
   * The hash of prompt, responses and pictures. It separates rows of one id, and rejects scores of
   * another row.
   */
  readonly digest: string;
  /** Rows of one cluster depend on each other; the bootstrap draws whole clusters. */
  readonly cluster: string;
  /** The category in the benchmark's table. */
  readonly group: string;
  /** Pictures come before the prompt's text. */
  readonly pictures: readonly RowPicture[];
  /** The question. It is empty if `history` is the whole conversation up to the response. */
  readonly prompt: string;
  /** Turns before the prompt, or all of them with their pictures in place. */
  readonly history: Conversation;
  /** The right ones first. */
  readonly responses: readonly string[];
  /** The turns of each response, if any of them is more than a text. */
  readonly turns?: readonly Conversation[] | undefined;
  readonly rightCount: number;
  /** The file has the two responses the other way round; score files keep the file's order. */
  readonly isSwapped: boolean;
  /** Why the engine cannot score it (a video); given scores count nevertheless. */
  readonly unsupported: string | undefined;
  /** The file and line, for messages. */
  readonly where: string;
  /** Short texts and truths of columns that say nothing to the model: groups of an audit. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** False if the row does not say which response is right; read only if the caller allows it. */
  readonly isLabelled?: boolean | undefined;
}

/** What a picture became in the scoring; undefined if the scorer did not say. */
export interface PixelRecord {
  readonly width: number;
  readonly height: number;
  readonly resizedWidth: number;
  readonly resizedHeight: number;
  readonly tokens: number;
}

export interface RowScores {
  /** In the order of the responses. */
  readonly scores: readonly number[];
  readonly pixels: readonly PixelRecord[] | undefined;
  /** The values of each response's steps, if the model judges steps. */
  readonly stepValues?: readonly (readonly number[])[] | undefined;
}

export interface ScoredRow extends EvaluationRow, RowScores {}

/** One right response against one wrong one. */
export interface ScoredPair {
  readonly row: ScoredRow;
  readonly preferred: number;
  readonly other: number;
  /** Score of the preferred minus that of the other. */
  readonly margin: number;
  /** Code points of the preferred minus those of the other. */
  readonly lengthDifference: number;
  /** Code points of the preferred over those of the other; 1 if both are empty. */
  readonly lengthRatio: number;
}

/** Returns the question as a person reads it. */
export function promptText({ prompt, history }: Pick<EvaluationRow, "prompt" | "history">): string {
  if (prompt !== "") return prompt;
  const content = history.findLast(({ role }) => role === "user")?.content ?? "";
  if (typeof content === "string") return content;
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

/** Returns the pictures of a row in their order, from all of its messages. */
export function picturesOf({
  pictures,
  history,
}: Pick<EvaluationRow, "pictures" | "history">): readonly RowPicture[] {
  const parts = history.flatMap(({ content }) => (typeof content === "string" ? [] : content));
  return [...pictures, ...parts.flatMap((part) => (part.type === "image" ? [part.image] : []))];
}

/**
 * Returns one conversation for each response, its pictures in place.
 * @param resolve returns a picture that a path or a parquet file names
 */
export async function conversationsOf(
  row: EvaluationRow,
  resolve: ResolvePicture,
): Promise<Conversation[]> {
  const history = await resolvePictures(row.history, resolve);
  const images = await Promise.all(row.pictures.map((one) => resolvePicture(one, resolve)));
  const asked: Message = {
    role: "user",
    content: [
      ...images.map((image) => ({ type: "image", image }) as const),
      { type: "text", text: row.prompt },
    ],
  };
  const isWhole = row.prompt === "" && row.pictures.length === 0 && row.history.length > 0;
  const before = isWhole ? history : [...history, asked];
  const turns =
    row.turns ?? row.responses.map((content): Conversation => [{ role: "assistant", content }]);
  return await Promise.all(
    turns.map(async (own) => [...before, ...(await resolvePictures(own, resolve))]),
  );
}

/** Returns every right response of a row paired with every wrong one. */
export function pairsOf(row: ScoredRow): ScoredPair[] {
  const lengths = row.responses.map(codePoints);
  const right = row.responses.slice(0, row.rightCount);
  return right.flatMap((_, preferred) =>
    row.responses.slice(row.rightCount).map((__, i): ScoredPair => {
      const other = row.rightCount + i;
      const a = lengths[preferred] ?? 0;
      const b = lengths[other] ?? 0;
      return {
        row,
        preferred,
        other,
        margin: (row.scores[preferred] ?? NaN) - (row.scores[other] ?? NaN),
        lengthDifference: a - b,
        lengthRatio: a === b ? 1 : a / b,
      };
    }),
  );
}

/** Returns the length of a text as Python counts it. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Returns the digest of a row: of all that is scored, with the names of its pictures. */
export function rowDigest({
  prompt,
  history,
  responses,
  turns,
  pictures,
}: Pick<EvaluationRow, "prompt" | "history" | "responses" | "turns" | "pictures">): string {
  const seen = pictures.length === 0 ? [] : [JSON.stringify(pictures)];
  const spoken = turns === undefined ? [] : [JSON.stringify(turns)];
  return digestOf([prompt, JSON.stringify(history), ...responses, ...spoken, ...seen]);
}

/** Returns 53 bits of a text's hash (cyrb53), in hexadecimal. */
function digestOf(texts: readonly string[]): string {
  let first = 0xdeadbeef;
  let second = 0x41c6ce57;
  for (const unit of texts.join("\u0000")) {
    const code = unit.codePointAt(0) ?? 0;
    first = Math.imul(first ^ code, 2654435761);
    second = Math.imul(second ^ code, 1597334677);
  }
  first =
    Math.imul(first ^ (first >>> 16), 2246822507) ^ Math.imul(second ^ (second >>> 13), 3266489909);
  second =
    Math.imul(second ^ (second >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909);
  return (4294967296 * (2097151 & second) + (first >>> 0)).toString(16).padStart(14, "0");
}
