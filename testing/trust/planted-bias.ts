/** Labelled pairs whose scores are truth + b · feature, with a known b. */
import type { ScoredRow } from "../../src/evaluate/rows.ts";
import { at } from "../../src/base/at.ts";
import { Draws } from "./draws.ts";

export interface PlantedBias {
  readonly seed: number;
  readonly prompts: number;
  /** What one unit of log length adds to the score; the truth has a standard deviation of 1. */
  readonly length: number;
  /** What each item of a list adds, as a share of both responses' items. */
  readonly lists?: number;
}

/** Returns rows of two pairs a prompt; pairs of one prompt share a part of their noise. */
export function plantedPairs({ seed, prompts, length, lists = 0 }: PlantedBias): ScoredRow[] {
  const draws = new Draws(seed);
  const rows: ScoredRow[] = [];
  for (let prompt = 0; prompt < prompts; prompt++) {
    const shared = 0.5 * draws.normal();
    for (let pair = 0; pair < 2; pair++) {
      const texts = [0, 1].map(() => plantedText(draws));
      const items = texts.map((text) => text.match(/^- /gm)?.length ?? 0);
      const [first = 0, second = 0] = items;
      const share = first + second === 0 ? 0 : (first - second) / (first + second);
      const scores = texts.map((text, side) => {
        const truth = draws.normal() + (side === 0 ? 0.8 + shared : 0);
        const listed = ((side === 0 ? 1 : -1) * lists * share) / 2;
        return truth + length * Math.log1p(text.length) + listed;
      });
      const id = `${prompt}-${pair}`;
      rows.push({
        id,
        digest: id,
        cluster: `${prompt}`,
        group: "all",
        pictures: [],
        prompt: `${prompt}`,
        history: [],
        responses: texts,
        rightCount: 1,
        isSwapped: false,
        unsupported: undefined,
        where: id,
        scores,
        pixels: undefined,
        columns: { kind: at(["a", "b", "c"], prompt % 3) },
      });
    }
  }
  return rows;
}

function plantedText(draws: Draws): string {
  const words = 3 + draws.below(30);
  const line = "word ".repeat(words).trim();
  const mark = draws.below(3);
  const marked = mark === 0 ? `**${line}**` : line;
  const items = draws.below(3);
  return `${marked}${"\n- item".repeat(items)}${draws.below(4) === 0 ? " 😀" : ""}`;
}
