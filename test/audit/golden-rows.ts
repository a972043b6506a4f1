/** The rows of golden/inputs.json as an audit takes them, with the scores of their edits. */
import { readFileSync } from "node:fs";
import { at } from "../../src/base/at.ts";
import { beliefIn, NO_PICTURE, type PlannedRow } from "../../src/audit/plan.ts";
import type { ScoredRow } from "../../src/evaluate/rows.ts";

export interface GoldenRow {
  readonly id: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly scores: readonly [number, number];
  readonly other: readonly [number, number];
  readonly edited: readonly [number, number];
  readonly unseen: readonly [number, number];
  readonly belief: readonly [readonly [number, number], readonly [number, number]];
  readonly language: string;
  readonly chosen_model: string;
  readonly rejected_model: string;
}

// oxlint-disable-next-line typescript/no-explicit-any
function read(name: string): any {
  return JSON.parse(readFileSync(new URL(`golden/${name}`, import.meta.url), "utf8"));
}

export const goldenInputs: readonly GoldenRow[] = read("inputs.json");
/** As make.py wrote it. */
// oxlint-disable-next-line typescript/no-explicit-any
export const golden: any = read("expected.json");

export function toRow(row: GoldenRow, scores: readonly number[]): ScoredRow {
  const { id, prompt, chosen, rejected, language, chosen_model, rejected_model } = row;
  return {
    id,
    digest: id,
    cluster: prompt,
    group: "all",
    pictures: [],
    prompt,
    history: [],
    responses: [chosen, rejected],
    rightCount: 1,
    isSwapped: false,
    unsupported: undefined,
    where: id,
    scores,
    pixels: undefined,
    columns: { language, chosen_model, rejected_model },
  };
}

export const goldenRows: readonly ScoredRow[] = goldenInputs.map((row) => toRow(row, row.scores));

/** Scores of one edit ("neutral sentence"), of both beliefs, and without pictures. */
export const goldenEdits: readonly { planned: PlannedRow; scores: readonly number[] }[] =
  goldenInputs.flatMap((row, base) => {
    const one = (edit: string, scores: readonly number[]) => ({
      planned: {
        row: at(goldenRows, base),
        base,
        places: [0, 1].map((response) => [{ edit, response }]),
      },
      scores,
    });
    return [
      one("neutral sentence", row.edited),
      one(beliefIn(0), row.belief[0]),
      one(beliefIn(1), row.belief[1]),
      one(NO_PICTURE, row.unseen),
    ];
  });

/** The bootstrap's own noise is then a third of a percent of an interval's width. */
export const MANY = { resamples: 40_000, seed: 3 };
