/** A ranking of pictures, and the files that other programs read. */
import { rankValues } from "../../../src/preference/ranking.ts";
import { csvLines } from "../../base/csv.ts";
import type { RankedPicture } from "./protocol.ts";
import type { RankedPictures } from "./state.ts";

export interface PlacedPicture extends RankedPicture {
  /** From 1; ties, within rounding, share one. */
  readonly place: number;
}

/** Returns the pictures of each prompt, best first; prompts as their first pictures come. */
export function rankedGroups(scored: readonly RankedPicture[]): Map<string, PlacedPicture[]> {
  const groups = new Map<string, RankedPicture[]>();
  for (const one of scored) groups.set(one.prompt, [...(groups.get(one.prompt) ?? []), one]);
  return new Map(
    [...groups].map(([prompt, own]) => [
      prompt,
      rankValues(own.map(({ score }) => score)).flatMap(({ place, index }) => {
        const one = own[index];
        return one === undefined ? [] : [{ ...one, place }];
      }),
    ]),
  );
}

/** Writes the columns of `vl-reward rank --images`, and what judged. */
export function picturesCsv({ scored, model, ownHead }: RankedPictures): string {
  const rows = [...rankedGroups(scored).values()].flat();
  return csvLines([
    ["place", "image", "score", "prompt", "model", "head"],
    ...rows.map(({ place, name, score, prompt }) => [
      place,
      name,
      score,
      prompt,
      model,
      ownHead ?? "",
    ]),
  ]);
}

/** Writes a line for each picture in the order of the names, and those that have no score. */
export function picturesJsonl({ scored, failed, model, ownHead }: RankedPictures): string {
  const judge = { model, ...(ownHead !== undefined && { head: ownHead }) };
  const lines = [
    ...scored.map(({ name, prompt, score }) => ({ id: name, prompt, score, ...judge })),
    ...failed.map(({ name, reason }) => ({ id: name, error: reason, ...judge })),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}
