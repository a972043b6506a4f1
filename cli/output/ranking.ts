// Tested by: test/cli/main.test.ts
/**
 * Draws responses with their scores in a terminal, best first, as bars on one axis.
 *
 *    1  ███████████████████████  +3.217   Yes, purple is the highest.
 *       P(better than 2) = 98.7 %, margin 4.331
 *    2           ▏               -1.114   No, purple is not the highest.
 */

import { rankValues } from "../../src/preference/ranking.ts";
import type { Terminal } from "../command.ts";

export interface Ranked {
  readonly response: string;
  readonly score: number;
}

const barColumns = 24;
const eighths = " ▏▎▍▌▋▊▉█";

/** Returns the lines of a ranking. Bars begin at the lowest score, which keeps a sliver. */
export function drawRanking(
  responses: readonly Ranked[],
  { columns, colours }: Pick<Terminal, "columns" | "colours">,
): string[] {
  const ranked = rankValues(responses.map(({ score }) => score));
  const best = ranked[0]?.value ?? 0;
  const worst = ranked.at(-1)?.value ?? 0;
  const span = best - worst;
  const paint = (code: number, text: string): string =>
    colours ? `\x1b[${code}m${text}\x1b[0m` : text;
  return ranked.flatMap(({ index, place, value, marginToNext, probabilityOverNext }, i) => {
    const bar = drawBar(span > 0 ? (value - worst) / span : 1);
    const head = `${String(place).padStart(3)}  `;
    const score = signed(value).padStart(9);
    const room = Math.max(16, columns - head.length - barColumns - score.length - 5);
    const response = oneLine(responses[index]?.response ?? "", room);
    const line = `${head}${paint(place === 1 ? 32 : 34, bar)} ${score}   ${response}`;
    const next = ranked[i + 1];
    if (next === undefined || marginToNext === undefined || probabilityOverNext === undefined) {
      return [line];
    }
    if (next.place === place) return [line, paint(2, "     a tie: the scores differ by rounding")];
    const chance = `P(better than ${next.place}) = ${(probabilityOverNext * 100).toFixed(1)} %`;
    return [line, paint(2, `     ${chance}, margin ${marginToNext.toFixed(3)}`)];
  });
}

function drawBar(share: number): string {
  const length = Math.max(1, Math.round(share * barColumns * 8));
  const whole = "█".repeat(Math.floor(length / 8));
  const rest = length % 8 === 0 ? "" : eighths.charAt(length % 8);
  return (whole + rest).padEnd(barColumns);
}

function signed(score: number): string {
  return (score < 0 ? "" : "+") + score.toFixed(4);
}

function oneLine(text: string, columns: number): string {
  // Control characters of a response must not reach the terminal.
  const flat = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  const characters = Array.from(new Intl.Segmenter().segment(flat), ({ segment }) => segment);
  return characters.length <= columns ? flat : `${characters.slice(0, columns - 1).join("")}…`;
}
