/** A ranking as files that other programs read. */
import { rankValues } from "../../src/preference/ranking.ts";
import { csvLines } from "../base/csv.ts";
import type { RankResult } from "./state.ts";

export function rankJson(result: RankResult): string {
  const { model, ownHead, prompt, picture, image, responses, values } = result;
  const ranking = rankValues(values).map((place) => ({
    place: place.place,
    index: place.index,
    score: place.value,
    marginToNext: place.marginToNext ?? null,
    probabilityOverNext: place.probabilityOverNext ?? null,
    response: responses[place.index],
  }));
  const seen = picture && { name: picture.name, ...image };
  return `${JSON.stringify({ model, head: ownHead ?? null, prompt, picture: seen ?? null, ranking }, null, 2)}\n`;
}

/** Writes CSV by RFC 4180, with a line of names. Each row says what judged it. */
export function rankCsv({ model, ownHead, responses, values }: RankResult): string {
  const names = ["place", "index", "score", "margin_to_next", "p_over_next", "response"];
  const head = [...names, "model", "head"];
  const rows = rankValues(values).map((each) => [
    each.place,
    each.index,
    each.value,
    each.marginToNext ?? "",
    each.probabilityOverNext ?? "",
    responses[each.index] ?? "",
    model,
    ownHead ?? "",
  ]);
  return csvLines([head, ...rows]);
}
