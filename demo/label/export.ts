/** Labels as files: rows for every command, CSV, and pairs for training in each trainer's form. */
import { labelRows, type LabelRow } from "../../src/label/label-rows.ts";
import { readLabel, type Label } from "../../src/label/labels.ts";
import { formatPair, pairFormats, reasonAgainstFormat } from "../../src/pairs/formats.ts";
import type { PairFormat } from "../../src/pairs/formats.ts";
import { pairsOfLabels } from "../../src/pairs/labelled.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";
import { csvLines } from "../base/csv.ts";
import { namedPair } from "./pairs.ts";
import type { OpenSession } from "./state.ts";

export const FORMATS: readonly PairFormat[] = pairFormats;

/** Returns the labels of a session, pictures by their names. */
export function rowsOf({ record, pairs, plan, votes, reading }: OpenSession): LabelRow[] {
  const { rater, seed } = record;
  return labelRows({ plan, votes }, pairs.map(namedPair), { rater, seed }, reading?.scores ?? []);
}

export function labelsJsonl(session: OpenSession): string {
  return jsonLines(rowsOf(session));
}

/** Writes what a table can hold; conversations are JSON. */
export function labelsCsv(session: OpenSession): string {
  const head = [
    "id",
    "messages",
    "a",
    "b",
    "label",
    "rater",
    "random",
    "repeat",
    "probability",
    "seconds",
    "sides",
    "flagged",
    "note",
    "model",
    "head",
    "score_a",
    "score_b",
    "time",
  ];
  const lines = rowsOf(session).map((row) => {
    const [a, b] = row.responses.map((one) =>
      typeof one === "string" ? one : JSON.stringify(one),
    );
    return [
      row.id,
      JSON.stringify(row.messages),
      a ?? "",
      b ?? "",
      row.label,
      row.rater,
      String(row.random),
      String(row.repeat),
      row.probability,
      row.seconds,
      row.sides,
      String(row.flagged === true),
      row.note ?? "",
      row.model ?? "",
      row.head ?? "",
      row.scores?.[0] ?? "",
      row.scores?.[1] ?? "",
      row.time,
    ];
  });
  return csvLines([head, ...lines]);
}

export interface TrainingFiles {
  readonly pairs: string;
  readonly pairCount: number;
  /** Pairs without a winner: none of the formats has a place for them. */
  readonly ties: string;
  readonly tieCount: number;
  /** Pairs that the format cannot hold. */
  readonly left: number;
}

/** Returns pairs for training in the form of a trainer, and the ties beside them. */
export function trainingFiles(session: OpenSession, format: PairFormat): TrainingFiles {
  const { pairs, ties, notTexts } = pairsOfLabels(labelsFrom(rowsOf(session)));
  const fitting = pairs.filter(({ pair }) => reasonAgainstFormat(format, pair) === undefined);
  const lines = fitting.map(({ pair, source }) =>
    formatPair(format, pair, { source, path: (name) => name }),
  );
  return {
    pairs: jsonLines(lines),
    pairCount: lines.length,
    ties: jsonLines(ties),
    tieCount: ties.length,
    left: pairs.length - lines.length + notTexts,
  };
}

/** Reads rows as every command does. @throws InputError that names the row */
export function labelsFrom(rows: readonly LabelRow[]): Label[] {
  const unused = new UnusedFields();
  return rows.map((row, i) => readLabel({ ...row }, `label ${i + 1}`, unused));
}

function jsonLines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
