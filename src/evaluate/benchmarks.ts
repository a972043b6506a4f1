/**
 * The published benchmarks, each read from its own fields into the same rows: right responses first.
 *
 * **Trap** VL-RewardBench's `human_ranking` is a rank: [0, 1] says that response 0 is preferred. Its groups follow the
 * official cal.py (183 general, 749 hallucination, 318 reasoning); public copies of the script split them otherwise.
 */

import { InputError } from "../errors.ts";
import type { Conversation } from "../types.ts";
import {
  identifier,
  numbers,
  optionalText,
  pictures,
  text,
  texts,
  wrong,
  type Place,
} from "./fields.ts";
import { rowDigest, type EvaluationRow } from "./rows.ts";
import { readTable, type NamedFile, type Table } from "./table-file.ts";

export const benchmarkNames = [
  "vl-rewardbench",
  "multimodal-rewardbench",
  "mm-rlhf",
  "rewardbench",
  "rewardbench-2",
  "pairs",
] as const;

export type BenchmarkName = (typeof benchmarkNames)[number];

export interface BenchmarkRows {
  readonly rows: readonly EvaluationRow[];
  /** The files, for the pictures inside them. */
  readonly tables: readonly Table[];
  /** Rows that repeat an earlier one word for word, and count once (VL-RewardBench only, as in cal.py). */
  readonly duplicates: number;
}

type Content = Pick<EvaluationRow, "id" | "group" | "pictures" | "prompt" | "responses"> & {
  readonly cluster: string;
  readonly rightCount?: number;
  readonly isSwapped?: boolean;
  readonly history?: Conversation;
  readonly unsupported?: string;
};

const readers: Readonly<Record<BenchmarkName, (place: Place) => Promise<Content>>> = {
  "vl-rewardbench": vlRewardBench,
  "multimodal-rewardbench": multimodalRewardBench,
  "mm-rlhf": mmRlhf,
  rewardbench: rewardBench,
  "rewardbench-2": rewardBench2,
  pairs: labelledPairs,
};

/** Reads a benchmark's files. @throws InputError naming the row that is wrong */
export async function readBenchmark(
  name: BenchmarkName,
  files: readonly NamedFile[],
): Promise<BenchmarkRows> {
  const tables = await Promise.all(files.map((file) => readTable(file)));
  const rows: EvaluationRow[] = [];
  const seen = new Set<string>();
  let duplicates = 0;
  for (const [file, table] of tables.entries()) {
    for (const [index, row] of table.rows.entries()) {
      const where = `${files[file]?.name ?? ""}, row ${index + 1}`;
      const made = toRow(await readers[name]({ table, file, index, row, where }), where);
      const key = [made.id, made.prompt, ...made.responses.toSorted()].join("\u0000");
      if (name === "vl-rewardbench" && seen.has(key)) duplicates += 1;
      else rows.push(made);
      seen.add(key);
    }
  }
  if (rows.length > 0) return { rows, tables, duplicates };
  throw new InputError({ where: files.map((file) => file.name).join(", "), what: "has no rows" });
}

function toRow(content: Content, where: string): EvaluationRow {
  const { rightCount = 1, isSwapped = false, history = [], unsupported } = content;
  const digest = rowDigest({ ...content, history });
  return { ...content, digest, rightCount, isSwapped, history, unsupported, where };
}

async function vlRewardBench(place: Place): Promise<Content> {
  const id = identifier(place, "id");
  const responses = texts(place, "response");
  // The repository's own data.jsonl calls it ranking.
  const field = place.row["human_ranking"] === undefined ? "ranking" : "human_ranking";
  const [first, second] = numbers(place, field);
  const isRank = (first === 0 && second === 1) || (first === 1 && second === 0);
  if (!isRank || responses.length !== 2) {
    throw wrong(place.where, field, place.row[field], "[0, 1] or [1, 0], and two responses");
  }
  return {
    id,
    cluster: id,
    group: vlRewardBenchGroup(id),
    pictures: await pictures(place, ["image", "image_path"]),
    prompt: withoutMark(text(place, "query")),
    responses: first === 0 ? responses : responses.toReversed(),
    isSwapped: first === 1,
  };
}

/** The group of the official cal.py, from what the id begins with. */
function vlRewardBenchGroup(id: string): string {
  const [source] = id.split(/[_-]/);
  if (source === "hallucination" || source === "RLAIF" || source === "RLHF") return "hallucination";
  return source === "mathverse" || source === "mmmu" ? "reasoning" : "general";
}

async function multimodalRewardBench(place: Place): Promise<Content> {
  const id = identifier(place, "ID");
  const better = text(place, "Better");
  const responses = [text(place, "Output1"), text(place, "Output2")];
  if (better !== "Output1" && better !== "Output2") {
    throw wrong(place.where, "Better", better, "Output1 or Output2");
  }
  const images = await pictures(place, ["Image"]);
  const prompt = withoutMark(text(place, "Text"));
  return {
    id,
    cluster: JSON.stringify([images, prompt]),
    group: multimodalGroup(id.toLowerCase(), text(place, "Category")),
    pictures: images,
    prompt,
    responses: better === "Output1" ? responses : responses.toReversed(),
    isSwapped: better === "Output2",
  };
}

/** Safety and reasoning are told in two halves each, as in 2_get_accuracy.py. */
function multimodalGroup(id: string, category: string): string {
  if (category === "safety") return id.startsWith("pairs") ? "safety/bias" : "safety/toxicity";
  if (category === "reasoning")
    return id.startsWith("math") ? "reasoning/math" : "reasoning/coding";
  return category;
}

/** In the order in which get_acc.py looks for them in the path. */
export const mmRlhfGroups = ["mcq", "long", "short", "safety", "video"] as const;

async function mmRlhf(place: Place): Promise<Content> {
  const id = identifier(place, "id");
  const images = await pictures(place, ["image"]);
  const video = optionalText(place, "video");
  const path = images.find((image) => typeof image === "string") ?? video ?? "";
  const unsupported = images.length === 0 && video !== undefined ? "a video" : undefined;
  return {
    id,
    cluster: id,
    group: mmRlhfGroups.find((group) => path.includes(group)) ?? "other",
    pictures: images,
    prompt: withoutMark(text(place, "prompt")),
    responses: [text(place, "chosen"), text(place, "rejected")],
    ...(unsupported === undefined ? {} : { unsupported }),
  };
}

async function rewardBench(place: Place): Promise<Content> {
  const prompt = text(place, "prompt");
  return {
    id: identifier(place, "id"),
    cluster: prompt,
    group: text(place, "subset"),
    pictures: [],
    prompt,
    responses: [text(place, "chosen"), text(place, "rejected")],
  };
}

async function rewardBench2(place: Place): Promise<Content> {
  const id = identifier(place, "id");
  const group = text(place, "subset");
  const prompt = text(place, "prompt");
  const chosen = texts(place, "chosen");
  const isTies = group.toLowerCase() === "ties";
  if (isTies && !/^(ref|tied):\d+$/.test(id)) {
    throw wrong(place.where, "id", id, "ref:NUMBER or tied:NUMBER in the subset Ties");
  }
  return {
    id,
    // A reference prompt and its tied one share their number, and two terms of the score.
    cluster: isTies ? `ties ${id.split(":")[1]}` : prompt,
    group,
    pictures: [],
    prompt,
    responses: [...chosen, ...texts(place, "rejected")],
    rightCount: chosen.length,
  };
}

async function labelledPairs(place: Place): Promise<Content> {
  const images = await pictures(place, ["image", "images"]);
  const { messages } = place.row;
  // Messages hold their own pictures; what a message may be is the engine's to judge.
  const history = Array.isArray(messages) ? (messages as Conversation) : [];
  const named = optionalText(place, "prompt") ?? optionalText(place, "question");
  const prompt = history.length > 0 ? "" : (named ?? text(place, "query"));
  const group =
    optionalText(place, "group") ?? optionalText(place, "category") ?? optionalText(place, "task");
  const cluster = optionalText(place, "cluster") ?? JSON.stringify([images, prompt, history]);
  return {
    id: identifier(place, "id"),
    cluster,
    group: group ?? "all",
    history,
    pictures: history.length > 0 ? [] : images,
    prompt: withoutMark(prompt),
    responses: [text(place, "chosen"), text(place, "rejected")],
  };
}

/** The mark of a picture's place is the template's business. */
function withoutMark(prompt: string): string {
  return prompt.replaceAll("<image>\n", "");
}
