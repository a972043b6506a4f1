/**
 * A ranked table as files: rows for `vl-reward pairs` and other programs, a spreadsheet, and pairs
 * for training. Every row says which model judged, in which form.
 */
import { formatIndex, formatPair, reasonAgainstFormat } from "../../../src/pairs/formats.ts";
import type { PairFormat, PairSource, TrainingPair } from "../../../src/pairs/formats.ts";
import { dropReasons, selectPairs } from "../../../src/pairs/select.ts";
import type { DropReason } from "../../../src/pairs/select.ts";
import type { RowPictures } from "../../base/row-pictures.ts";
import { resolvePictures } from "../../../src/rows/resolve.ts";
import { EmbeddedPicture } from "../../../src/rows/embedded-picture.ts";
import type { Conversation, ImageInput, Message } from "../../../src/types.ts";
import { csvLines } from "../../base/csv.ts";
import type { ResponseScore } from "../../engine/protocol.ts";
import type { Judge } from "../../engine/state.ts";
import { rankedOf } from "./list.ts";
import type { PromptRow, PromptTable, RowResult } from "./state.ts";

/** A ranked table, and what judged it. */
export interface RankedTable {
  readonly table: PromptTable;
  readonly results: ReadonlyMap<number, RowResult>;
  readonly judge: Judge;
}

/** Returns what judged, as every row names it. */
export function sourceOf({ name, form, ownHead }: Judge): PairSource {
  const [model = name, revision] = /^https?:/.test(name) ? [name] : name.split("@");
  return {
    model,
    ...(revision === undefined ? {} : { revision }),
    weights: form,
    ...(ownHead === undefined ? {} : { head: ownHead }),
  };
}

interface ScoredRow {
  readonly row: PromptRow;
  readonly result: RowResult;
  readonly scores: readonly ResponseScore[];
}

function scoredRows({ table, results }: RankedTable): ScoredRow[] {
  return table.rows.flatMap((row) => {
    const result = results.get(row.number);
    return result === undefined || "fault" in result
      ? []
      : [{ row, result, scores: result.scores }];
  });
}

/**
 * Writes a line for each ranked prompt: what `vl-reward rank` writes, with the prompt and the
 * responses, so that `vl-reward pairs --input` reads it. Pictures inside the table are data URLs.
 */
export async function tableJsonl(ranked: RankedTable): Promise<string> {
  const { judge, table } = ranked;
  const lines: string[] = [];
  for (const { row, result, scores } of scoredRows(ranked)) {
    const { places = [] } = rankedOf(result, judge) ?? {};
    const over = places.slice(0, -1);
    const line = {
      id: row.id,
      messages: await namedMessages(row.messages, table.pictures),
      responses: row.responses.map((turns, i) => (row.isPlain ? row.texts[i] : turns)),
      scores: scores.map(({ value }) => value),
      order: places.map(({ index }) => index),
      places: places.map(({ place }) => place),
      margins: over.map(({ marginToNext }) => marginToNext ?? null),
      probabilities: over.map(({ probabilityOverNext }) => probabilityOverNext ?? null),
      ...(row.group === undefined ? {} : { group: row.group }),
      vl_reward: { ...sourceOf(judge), temperature: judge.calibration?.temperature ?? null },
    };
    lines.push(`${JSON.stringify(line)}\n`);
  }
  return lines.join("");
}

/** Writes CSV by RFC 4180: a line for each response, best first within its prompt. */
export function tableCsv(ranked: RankedTable): string {
  const { judge } = ranked;
  const { model, revision = "", weights = "", head = "" } = sourceOf(judge);
  const names = ["id", "row", "group", "place", "response_number", "score", "margin_to_next"];
  const more = ["p_over_next", "prompt", "response", "model", "revision", "weights", "head"];
  const lines = scoredRows(ranked).flatMap(({ row, result }) =>
    (rankedOf(result, judge)?.places ?? []).map((place) => [
      row.id,
      row.where,
      row.group ?? "",
      place.place,
      place.index + 1,
      place.value,
      place.marginToNext ?? "",
      place.probabilityOverNext ?? "",
      row.prompt,
      row.texts[place.index] ?? "",
      model,
      revision,
      weights,
      head,
    ]),
  );
  return csvLines([[...names, ...more], ...lines]);
}

export interface PairChoice {
  readonly format: PairFormat;
  readonly select: "best-worst" | "all";
  readonly margin: number;
}

export interface PairFiles {
  readonly pairs: string;
  readonly count: number;
  /** How many prompts gave a pair, and how many were ranked. */
  readonly prompts: readonly [withPairs: number, all: number];
  /** Why others were dropped, by how many. */
  readonly dropped: readonly (readonly [DropReason, number])[];
  /** The file that the trainer's loader wants beside them. */
  readonly index: { readonly file: string; readonly content: unknown } | undefined;
}

/** As `vl-reward pairs` has it. */
const MOST_PAIRS = 15;

/** Returns pairs for training of the ranked prompts, in the form of a trainer. */
export async function tablePairs(ranked: RankedTable, choice: PairChoice): Promise<PairFiles> {
  const { format, select, margin } = choice;
  const { judge, table } = ranked;
  const source = sourceOf(judge);
  const options = { select, margin, maxPerPrompt: MOST_PAIRS, keepContradicted: false };
  const dropped = new Map<DropReason, number>();
  const drop = (reason: DropReason, count = 1): void => {
    if (count > 0) dropped.set(reason, (dropped.get(reason) ?? 0) + count);
  };
  const lines: string[] = [];
  let withPairs = 0;
  const all = scoredRows(ranked);
  for (const { row, scores } of all) {
    if (!row.isPlain) {
      drop("something that the format has no place for");
      continue;
    }
    const values = scores.map(({ value }) => value);
    const chosen = selectPairs({ responses: row.texts, scores: values }, options);
    for (const reason of dropReasons) drop(reason, chosen.dropped[reason] ?? 0);
    const messages = await namedMessages(row.messages, table.pictures);
    const before = lines.length;
    for (const pair of chosen.pairs) {
      const whole: TrainingPair = {
        id: row.id,
        messages,
        chosen: row.texts[pair.chosen] ?? "",
        rejected: row.texts[pair.rejected] ?? "",
        chosenScore: values[pair.chosen],
        rejectedScore: values[pair.rejected],
      };
      const reason = reasonAgainst(format, whole);
      if (reason === undefined) {
        lines.push(
          `${JSON.stringify(formatPair(format, whole, { source, path: (name) => name }))}\n`,
        );
      } else {
        drop(reason);
      }
    }
    if (lines.length > before) withPairs += 1;
  }
  const name = table.title.replace(/\.[^.]+$/, "");
  return {
    pairs: lines.join(""),
    count: lines.length,
    prompts: [withPairs, all.length],
    dropped: [...dropped],
    index: formatIndex(format, { file: "pairs.jsonl", name, root: "", pairs: lines.length }),
  };
}

/** Returns why a format cannot hold a pair; MMPR has a place for one user turn alone. */
function reasonAgainst(format: PairFormat, pair: TrainingPair): DropReason | undefined {
  const isOneTurn = pair.messages.length === 1 && pair.messages[0]?.role === "user";
  return format === "mmpr" && !isOneTurn
    ? "something that the format has no place for"
    : reasonAgainstFormat(format, pair);
}

/** Returns messages whose pictures are paths and addresses, or data URLs if they have neither. */
async function namedMessages(messages: Conversation, pictures: RowPictures): Promise<Conversation> {
  const named = await resolvePictures(messages, async (picture) =>
    picture instanceof EmbeddedPicture ? await pictures.find(picture) : picture,
  );
  const written: Message[] = [];
  for (const message of named) {
    if (typeof message.content === "string") {
      written.push(message);
      continue;
    }
    const content = [];
    for (const part of message.content) {
      content.push(
        part.type === "image" ? { ...part, image: await nameOf(part.image, pictures) } : part,
      );
    }
    written.push({ ...message, content });
  }
  return written;
}

async function nameOf(picture: ImageInput, pictures: RowPictures): Promise<string> {
  if (typeof picture === "string") return picture;
  if (picture instanceof URL) return picture.href;
  const blob = await pictures.find(picture);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:${typeOf(bytes)};base64,${btoa(binary)}`;
}

/** Returns the kind of a picture by its first bytes. */
function typeOf([first, second]: Uint8Array): string {
  if (first === 0x89) return "image/png";
  if (first === 0xff && second === 0xd8) return "image/jpeg";
  if (first === 0x52) return "image/webp";
  return first === 0x47 ? "image/gif" : "image/avif";
}
