/** A ranking as files that other programs read. */
import { rankValues } from "../../src/preference/ranking.ts";
import type { RankResult } from "./state.ts";

export function rankJson(result: RankResult): string {
  const { model, prompt, picture, image, responses, values } = result;
  const ranking = rankValues(values).map((place) => ({
    place: place.place,
    index: place.index,
    score: place.value,
    marginToNext: place.marginToNext ?? null,
    probabilityOverNext: place.probabilityOverNext ?? null,
    response: responses[place.index],
  }));
  const seen = picture && { name: picture.name, ...image };
  return `${JSON.stringify({ model, prompt, picture: seen ?? null, ranking }, null, 2)}\n`;
}

/** Writes CSV by RFC 4180, with a line of names. */
export function rankCsv({ responses, values }: RankResult): string {
  const head = ["place", "index", "score", "margin_to_next", "p_over_next", "response"];
  const rows = rankValues(values).map((each) => [
    each.place,
    each.index,
    each.value,
    each.marginToNext ?? "",
    each.probabilityOverNext ?? "",
    responses[each.index] ?? "",
  ]);
  return [head, ...rows].map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
}

function csvField(value: string | number): string {
  const text = String(value);
  // Spreadsheets compute what begins like a formula; a quote before it keeps it a text.
  const isFormula = typeof value === "string" && /^[=+\-@\t\r]/.test(text);
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
