/**
 * Pairs as their consumers read them: InternVL's MPO (MMPR), TRL, LLaMA-Factory and ms-swift.
 *
 * Scores, model and revision go with every pair: MMPR has fields for it, the others ignore the
 * column `vl_reward`.
 */

import { InputError } from "../errors.ts";
import { MARK, marks } from "../rows/marks.ts";
import type { Conversation, Message } from "../types.ts";
import type { DropReason } from "./select.ts";

export const pairFormats = ["mmpr", "trl", "llama-factory", "ms-swift"] as const;
export type PairFormat = (typeof pairFormats)[number];

/** The model that gave the scores. */
export interface PairSource {
  readonly model: string;
  readonly revision?: string | undefined;
  /** The form of its weights: "stored", "q8" or "q4". */
  readonly weights?: string | undefined;
  /** The file of the own head that gave them; undefined for the published one. */
  readonly head?: string | undefined;
}

/** How people came to prefer one response, if they and not scores chose it. */
export interface PairLabels {
  /** Who labelled the pair; several names are joined by commas. */
  readonly rater: string;
  /** Labels for the chosen response, and of all. */
  readonly votes: number;
  readonly labels: number;
  /** Mean time of a label; undefined if no label says. */
  readonly seconds: number | undefined;
  /** Of the sides and the order in which pairs were shown. */
  readonly seed: number | undefined;
}

/** A pair with all that any format needs. */
export interface TrainingPair {
  readonly id: string | number;
  /** The conversation up to the response; pictures as parts of its messages. */
  readonly messages: Conversation;
  readonly chosen: string;
  readonly rejected: string;
  /** Undefined if no model has read the pair: people chose. */
  readonly chosenScore: number | undefined;
  readonly rejectedScore: number | undefined;
  readonly labels?: PairLabels | undefined;
  /** The known right answer, if there is one. */
  readonly truth?: string | undefined;
}

export interface FormatOptions {
  readonly source: PairSource;
  /** How a picture's path or URL is written. */
  readonly path: (image: string) => string;
}

/**
 * Returns the line of a pair.
 * @throws InputError for a conversation that the format cannot hold
 */
export function formatPair(
  format: PairFormat,
  pair: TrainingPair,
  options: FormatOptions,
): unknown {
  if (format === "mmpr") return mmpr(pair, options);
  if (format === "trl") return trl(pair, options);
  return format === "llama-factory" ? llamaFactory(pair, options) : msSwift(pair, options);
}

/**
 * Returns why a format cannot hold a pair as it is, or undefined.
 *
 * Trainers read every `<image>` in a text as the place of a picture. They would stop, or train on a
 * row that means something else. TRL's form marks places in another way, so its texts are free.
 */
export function reasonAgainstFormat(
  format: PairFormat,
  pair: TrainingPair,
): DropReason | undefined {
  const { messages, chosen, rejected } = pair;
  const texts = [...messages, { content: chosen }, { content: rejected }];
  if (format !== "trl" && texts.some((one) => marks(one) > 0)) {
    return "<image> in a text, which the format reads as a picture";
  }
  const parts = messages.flatMap(({ content }) => partsOf(content));
  const hasBudget = parts.some((part) => part.type === "image" && Object.keys(part).length > 2);
  const isPlain = messages.every((message) => Object.keys(message).length === 2);
  const roles = format === "llama-factory" ? /^(?:system|user|assistant)$/ : /./;
  const systems = messages.findLastIndex(({ role }) => role === "system");
  const fits =
    (isPlain || format === "trl") &&
    !hasBudget &&
    messages.every(({ role }) => roles.test(role)) &&
    (format !== "llama-factory" || systems <= 0);
  return fits ? undefined : "something that the format has no place for";
}

/**
 * Returns the index file beside the pairs: meta.json of InternVL's loader, dataset_info.json of
 * LLaMA-Factory.
 */
export function formatIndex(
  format: PairFormat,
  dataset: {
    readonly file: string;
    readonly name: string;
    readonly root: string;
    readonly pairs: number;
  },
): { readonly file: string; readonly content: unknown } | undefined {
  const { file, name, root, pairs: length } = dataset;
  if (format === "mmpr") {
    const entry = { root, annotation: file, data_augment: false, repeat_time: 1, length };
    return { file: "meta.json", content: { [name]: entry } };
  }
  if (format !== "llama-factory") return undefined;
  const columns = {
    messages: "conversations",
    chosen: "chosen",
    rejected: "rejected",
    images: "images",
    system: "system",
  };
  const entry = { file_name: file, formatting: "sharegpt", ranking: true, columns };
  return { file: "dataset_info.json", content: { [name]: entry } };
}

/**
 * Returns one question, its pictures first: internvl_chat_mpo.py puts `<image>` in front if it is
 * missing.
 */
function mmpr(pair: TrainingPair, { source, path }: FormatOptions): unknown {
  const [only, ...more] = pair.messages;
  if (only?.role !== "user" || more.length > 0) {
    const wanted = "one user turn";
    throw new InputError({
      where: `pair ${pair.id}`,
      what: "conversation for mmpr",
      got: turns(pair),
      expected: wanted,
    });
  }
  const images = imagesOf(pair.messages).map(path);
  const { model, revision, weights, head } = source;
  const meta = (score: number | undefined): unknown => ({
    score: score ?? null,
    model,
    ...(revision === undefined ? {} : { revision }),
    ...(weights === undefined ? {} : { weights }),
    ...(head === undefined ? {} : { head }),
    ...(pair.labels === undefined ? {} : labelFields(pair.labels)),
  });
  return {
    ...(images.length === 0 ? {} : { image: images.length === 1 ? images[0] : images }),
    question: markPictures(only),
    chosen: pair.chosen,
    rejected: pair.rejected,
    ...(pair.truth === undefined ? {} : { answer_gt: pair.truth }),
    chosen_meta: meta(pair.chosenScore),
    rejected_meta: meta(pair.rejectedScore),
  };
}

/** Returns the vision preference row with an explicit prompt (trl, dataset formats). */
function trl(pair: TrainingPair, { source, path }: FormatOptions): unknown {
  const text = (value: string): unknown => ({ type: "text", text: value });
  const answer = (value: string): unknown => [{ role: "assistant", content: [text(value)] }];
  return {
    prompt: pair.messages.map(({ content, ...fields }) => ({
      ...fields,
      content: partsOf(content).map((part) =>
        part.type === "text" ? text(part.text) : { type: "image" },
      ),
    })),
    chosen: answer(pair.chosen),
    rejected: answer(pair.rejected),
    images: imagesOf(pair.messages).map(path),
    ...metadata(pair, source),
  };
}

/** Returns the sharegpt form for ranking; a system turn has a column of its own. */
function llamaFactory(pair: TrainingPair, { source, path }: FormatOptions): unknown {
  const [first] = pair.messages;
  const system = first?.role === "system" ? markPictures(first) : "";
  const rest = pair.messages.filter(({ role }) => role !== "system");
  return {
    conversations: rest.map((message) => ({
      from: message.role === "user" ? "human" : "gpt",
      value: markPictures(message),
    })),
    chosen: { from: "gpt", value: pair.chosen },
    rejected: { from: "gpt", value: pair.rejected },
    images: imagesOf(pair.messages).map(path),
    system,
    ...metadata(pair, source),
  };
}

function msSwift(pair: TrainingPair, { source, path }: FormatOptions): unknown {
  const messages = pair.messages.map((message) => ({
    role: message.role,
    content: markPictures(message),
  }));
  return {
    messages: [...messages, { role: "assistant", content: pair.chosen }],
    rejected_response: pair.rejected,
    images: imagesOf(pair.messages).map(path),
    margin: marginOf(pair),
    ...metadata(pair, source),
  };
}

function metadata(
  pair: TrainingPair,
  { model, revision = "", weights, head }: PairSource,
): { vl_reward: unknown } {
  const { id, chosenScore = null, rejectedScore = null, labels } = pair;
  const scores = { chosen_score: chosenScore, rejected_score: rejectedScore };
  const own = { id: String(id), ...scores, margin: marginOf(pair), model, revision };
  // Every row of a file has the same columns: readers infer one type for all.
  const form = weights === undefined ? {} : { weights };
  const judged = labels === undefined ? {} : { head: head ?? "", ...labelFields(labels) };
  const ownHead = labels === undefined && head !== undefined ? { head } : {};
  return { vl_reward: { ...own, ...form, ...ownHead, ...judged } };
}

function marginOf({ chosenScore, rejectedScore }: TrainingPair): number | null {
  return chosenScore === undefined || rejectedScore === undefined
    ? null
    : chosenScore - rejectedScore;
}

function labelFields({ rater, votes, labels, seconds, seed }: PairLabels): object {
  return { rater, votes, labels, seconds: seconds ?? null, seed: seed ?? null };
}

type Part = Exclude<Message["content"], string>[number];

function partsOf(content: Message["content"]): readonly Part[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

/**
 * Returns a message's text with `<image>` for each picture. A mark at the beginning has its own
 * line; a mark behind a text has not, so that the text is read back unchanged.
 */
function markPictures({ content }: Message): string {
  const parts = partsOf(content);
  const front = parts.findIndex((part) => part.type === "text" && part.text !== "");
  return parts
    .map((part, i) => {
      if (part.type === "text") return part.text;
      return i < front || (front < 0 && i < parts.length - 1) ? `${MARK}\n` : MARK;
    })
    .join("");
}

/**
 * Returns the paths and URLs of the pictures.
 * @throws InputError for a picture that is not a path or URL
 */
export function imagesOf(messages: Conversation): string[] {
  return messages.flatMap(({ content }) =>
    partsOf(content).flatMap((part) => {
      if (part.type === "text") return [];
      if (typeof part.image === "string") return [part.image];
      throw new InputError({ where: "pairs", what: "a picture", expected: "a path or URL" });
    }),
  );
}

function turns({ messages }: TrainingPair): string {
  return messages.map(({ role }) => role).join(", ");
}
