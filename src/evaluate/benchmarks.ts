// Tested by: test/evaluate/metrics.test.ts
/**
 * The published benchmarks, each read from its own fields into the same rows: right responses
 * first.
 *
 * **Trap** VL-RewardBench's `human_ranking` is a rank: [0, 1] says that response 0 is preferred.
 * Its groups follow the official cal.py (183 general, 749 hallucination, 318 reasoning); public
 * copies of the script split them otherwise.
 */

import { InputError } from "../errors.ts";
import type { Conversation } from "../types.ts";
import { RowFields } from "../rows/fields.ts";
import { MARK, placePictures } from "../rows/marks.ts";
import { isPictureName, readPictures, type RowPart } from "../rows/media.ts";
import { readRow, UnusedFields, type ReadRow } from "../rows/read-row.ts";
import { readTable, type NamedFile, type Table } from "../rows/table-file.ts";
import { readMessages } from "../text/template/read-conversation.ts";
import { rowDigest, type EvaluationRow } from "./rows.ts";

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
  /** The files; pictures inside them are read from here. */
  readonly tables: readonly Table[];
  /**
   * Rows that repeat an earlier one word for word, and count once (VL-RewardBench only, as in
   * cal.py).
   */
  readonly duplicates: number;
  /** What was left out or not read, one line each. */
  readonly warnings: readonly string[];
}

type Content = Pick<
  EvaluationRow,
  "id" | "group" | "pictures" | "prompt" | "responses" | "columns" | "isLabelled"
> & {
  readonly cluster: string;
  readonly rightCount?: number;
  readonly isSwapped?: boolean;
  readonly history?: Conversation;
  readonly turns?: readonly Conversation[] | undefined;
  readonly unsupported?: string;
};

/** Columns of the published files that say nothing about a row's content. */
const PUBLISHED: Partial<Record<BenchmarkName, readonly string[]>> = {
  "vl-rewardbench": ["models", "judge", "rationale", "query_source", "ground_truth", "ranking"],
  "multimodal-rewardbench": ["Meta", "Explanation"],
  "mm-rlhf": ["chosen_reason", "rejected_reason", "prompt_type", "source"],
  rewardbench: ["chosen_model", "rejected_model"],
  "rewardbench-2": ["num_correct", "num_incorrect", "num_rejected", "total_completions", "models"],
};

const readers: Readonly<Record<Exclude<BenchmarkName, "pairs">, (fields: RowFields) => Content>> = {
  "vl-rewardbench": vlRewardBench,
  "multimodal-rewardbench": multimodalRewardBench,
  "mm-rlhf": mmRlhf,
  rewardbench: rewardBench,
  "rewardbench-2": rewardBench2,
};

/**
 * Reads a benchmark's files.
 * @param allowsUnlabelled whether pairs may leave open which response is right
 * @throws InputError naming the row that is wrong
 */
export async function readBenchmark(
  name: BenchmarkName,
  files: readonly NamedFile[],
  allowsUnlabelled: boolean = false,
): Promise<BenchmarkRows> {
  const tables = await Promise.all(files.map((file, i) => readTable(file, i)));
  const rows: EvaluationRow[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  let duplicates = 0;
  for (const [file, table] of tables.entries()) {
    const fileName = files[file]?.name ?? "";
    const unused = new UnusedFields();
    let ties = 0;
    for (let index = 0; index < table.count; index++) {
      const where = `${fileName}, row ${index + 1}`;
      const row = await table.row(index);
      const content =
        name === "pairs"
          ? readPair(row, { where, index, unused, allowsUnlabelled })
          : published(name, row);
      if (content === undefined) {
        ties += 1;
        continue;
      }
      const made = toRow(content, where);
      const key = [made.id, made.prompt, ...made.responses.toSorted()].join("\u0000");
      if (name === "vl-rewardbench" && seen.has(key)) duplicates += 1;
      else rows.push(made);
      seen.add(key);

      function published(benchmark: Exclude<BenchmarkName, "pairs">, values: typeof row): Content {
        const fields = new RowFields(values, where);
        const read = readers[benchmark](fields);
        fields.use(...(PUBLISHED[benchmark] ?? []));
        unused.add({ unused: fields.unused(), taken: fields.taken });
        return read;
      }
    }
    if (ties > 0) warnings.push(`${fileName}: ${ties} rows are ties, which make no pair`);
    warnings.push(...unused.warnings(fileName));
  }
  if (rows.length > 0) return { rows, tables, duplicates, warnings };
  throw new InputError({ where: files.map((file) => file.name).join(", "), what: "has no rows" });
}

function toRow(content: Content, where: string): EvaluationRow {
  const { rightCount = 1, isSwapped = false, history = [], unsupported } = content;
  const digest = rowDigest({ ...content, history });
  return { ...content, digest, rightCount, isSwapped, history, unsupported, where };
}

/** Returns a prompt with its pictures in their places: in front of the text, or in it. */
export function placeInPrompt(
  text: string,
  parts: readonly RowPart[],
  where: string,
): Pick<EvaluationRow, "prompt" | "pictures" | "history"> {
  const pictures = parts.map(({ image }) => image);
  const hasBudget = parts.some((part) => Object.keys(part).length > 2);
  const isPlain = parts.length === 0 || (!text.includes(MARK) && !hasBudget);
  if (isPlain) return { prompt: text, pictures, history: [] };
  const turn = { role: "user", content: text };
  const draft = { prompt: [turn], responses: [], marksResponses: false };
  const [placed] = readMessages(placePictures(draft, parts, where).prompt, where);
  const content = typeof placed?.content === "string" ? [] : (placed?.content ?? []);
  const last = content.at(-1);
  const isInFront = content.slice(0, -1).every(({ type }) => type === "image") && !hasBudget;
  if (isInFront && last?.type === "text") return { prompt: last.text, pictures, history: [] };
  return { prompt: "", pictures: [], history: placed === undefined ? [] : [placed] };
}

function vlRewardBench(fields: RowFields): Content {
  const id = fields.identifier("id");
  const responses = fields.texts("response");
  // The repository's own data.jsonl calls it ranking.
  const field = fields.has("human_ranking") ? "human_ranking" : "ranking";
  const [first, second] = fields.numbers(field);
  const isRank = (first === 0 && second === 1) || (first === 1 && second === 0);
  if (!isRank || responses.length !== 2) {
    return fields.fail(field, "[0, 1] or [1, 0], and two responses", CHECK);
  }
  return {
    id,
    cluster: id,
    group: vlRewardBenchGroup(id),
    ...placeInPrompt(fields.text("query"), readPictures(fields), fields.where),
    responses: first === 0 ? responses : responses.toReversed(),
    isSwapped: first === 1,
  };
}

/** Returns the group of the official cal.py, from the start of the id. */
function vlRewardBenchGroup(id: string): string {
  const [source] = id.split(/[_-]/);
  if (source === "hallucination" || source === "RLAIF" || source === "RLHF") return "hallucination";
  return source === "mathverse" || source === "mmmu" ? "reasoning" : "general";
}

function multimodalRewardBench(fields: RowFields): Content {
  const id = fields.identifier("ID");
  const better = fields.text("Better");
  const responses = [fields.text("Output1"), fields.text("Output2")];
  if (better !== "Output1" && better !== "Output2") {
    return fields.fail("Better", "Output1 or Output2", CHECK);
  }
  const placed = placeInPrompt(fields.text("Text"), readPictures(fields), fields.where);
  return {
    id,
    cluster: JSON.stringify([placed.pictures, placed.prompt, ...placed.history]),
    group: multimodalGroup(id.toLowerCase(), fields.text("Category")),
    ...placed,
    responses: better === "Output1" ? responses : responses.toReversed(),
    isSwapped: better === "Output2",
  };
}

/** Returns the group. Safety and reasoning have two halves each, as in 2_get_accuracy.py. */
function multimodalGroup(id: string, category: string): string {
  if (category === "safety") return id.startsWith("pairs") ? "safety/bias" : "safety/toxicity";
  if (category === "reasoning")
    return id.startsWith("math") ? "reasoning/math" : "reasoning/coding";
  return category;
}

/** In the order in which get_acc.py looks for them in the path. */
export const mmRlhfGroups = ["mcq", "long", "short", "safety", "video"] as const;

function mmRlhf(fields: RowFields): Content {
  const id = fields.identifier("id");
  const responses = [fields.text("chosen"), fields.text("rejected")];
  const text = fields.text("prompt");
  const video = fields.optionalText("video");
  const isVideo = video !== undefined && !fields.names().some(isPictureName);
  // Its rows of videos count with given scores.
  const pictures = isVideo ? [] : readPictures(fields);
  const named = pictures.map(({ image }) => image).find((one) => typeof one === "string");
  const path = isVideo ? video : (named ?? "");
  const placed = isVideo
    ? { prompt: text.replaceAll(`${MARK}\n`, ""), pictures: [], history: [] }
    : placeInPrompt(text, pictures, fields.where);
  return {
    id,
    cluster: id,
    group: mmRlhfGroups.find((group) => path.includes(group)) ?? "other",
    ...placed,
    responses,
    ...(isVideo ? { unsupported: "a video" } : {}),
  };
}

function rewardBench(fields: RowFields): Content {
  const prompt = fields.text("prompt");
  return {
    id: fields.identifier("id"),
    cluster: prompt,
    group: fields.text("subset"),
    pictures: readPictures(fields).map(({ image }) => image),
    prompt,
    responses: [fields.text("chosen"), fields.text("rejected")],
  };
}

function rewardBench2(fields: RowFields): Content {
  const id = fields.identifier("id");
  const group = fields.text("subset");
  const prompt = fields.text("prompt");
  const chosen = fields.texts("chosen");
  const isTies = group.toLowerCase() === "ties";
  if (isTies && !/^(ref|tied):\d+$/.test(id)) {
    return fields.fail("id", "ref:NUMBER or tied:NUMBER in the subset Ties", CHECK);
  }
  return {
    id,
    // A reference prompt and its tied one share their number, and two terms of the score.
    cluster: isTies ? `ties ${id.split(":")[1]}` : prompt,
    group,
    pictures: readPictures(fields).map(({ image }) => image),
    prompt,
    responses: [...chosen, ...fields.texts("rejected")],
    rightCount: chosen.length,
  };
}

const CHECK = "Check that --benchmark names the benchmark of this file";

interface PairReading {
  readonly where: string;
  readonly index: number;
  readonly unused: UnusedFields;
  readonly allowsUnlabelled: boolean;
}

/** Reads a row of any preference data; undefined for a tie. @throws InputError */
function readPair(
  row: Readonly<Record<string, unknown>>,
  { where, index, unused, allowsUnlabelled }: PairReading,
): Content | undefined {
  const read = readRow(row, where);
  const fields = new RowFields(row, where);
  unused.add(read);
  if (read.isTie) return undefined;
  const isOpen = allowsUnlabelled && read.rightCount === undefined && read.responses.length === 2;
  const rightCount = isOpen ? 1 : read.rightCount;
  if (rightCount === undefined || read.responses.length <= rightCount) {
    return fields.fail("chosen", "a text", "Give pairs: chosen and rejected, or a winner");
  }
  const named = ["group", "category", "task"].map((name) => fields.optionalText(name));
  const placed = placedPrompt(read);
  return {
    id: read.id === undefined ? `row ${index + 1}` : String(read.id),
    cluster:
      fields.optionalText("cluster") ??
      JSON.stringify([placed.pictures, placed.prompt, placed.history]),
    group: named.find((name) => name !== undefined) ?? "all",
    ...placed,
    ...responsesOf(read),
    rightCount,
    isSwapped: read.isSwapped,
    ...(isOpen && { isLabelled: false }),
    columns: columnsOf(row, read),
  };
}

/** A longer text is not the name of a group. */
const LONGEST_COLUMN = 60;

/** Returns the columns that say something about a row and are not part of what is scored. */
function columnsOf(
  row: Readonly<Record<string, unknown>>,
  { labels, unused }: ReadRow,
): Record<string, string> {
  const columns: Record<string, string> = { ...labels };
  delete columns["cluster"];
  for (const name of unused) {
    const value = row[name];
    if (typeof value === "boolean") columns[name] = String(value);
    if (typeof value === "string" && value !== "" && value.length <= LONGEST_COLUMN) {
      columns[name] = value;
    }
  }
  return columns;
}

/** Returns a row's prompt as a text behind its pictures, or as the turns that it is. */
export function placedPrompt({
  plain,
  messages,
}: ReadRow): Pick<EvaluationRow, "prompt" | "pictures" | "history"> {
  if (plain === undefined) return { prompt: "", pictures: [], history: messages };
  return { prompt: plain.text, pictures: plain.pictures, history: [] };
}

/** Returns the texts of a row's responses, and their turns if texts are not all of them. */
export function responsesOf({
  responses,
}: ReadRow): Pick<EvaluationRow, "responses"> & { turns?: readonly Conversation[] } {
  const isText = responses.every(
    ([only, ...more]) =>
      more.length === 0 && typeof only?.content === "string" && Object.keys(only).length === 2,
  );
  const texts = responses.map((turns) => turns.map(({ content }) => textIn(content)).join("\n"));
  return isText ? { responses: texts } : { responses: texts, turns: responses };
}

function textIn(content: Conversation[number]["content"]): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
}
