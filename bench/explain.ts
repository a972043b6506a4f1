/**
 * Measures explanations of the embedded model on its held-out pairs: whether the strongest cell is
 * on the object that the question is about, whether the contrast names the word that differs,
 * how many explanations pass the truth test, of the model and of models with a shuffled head, and
 * what they cost.
 */

import { readFileSync } from "node:fs";
import { Explainer } from "../src/explain/explain.ts";
import { differencesOf } from "../src/explain/difference.ts";
import type { ExplainScorer, PictureUnit } from "../src/explain/types.ts";
import { RewardModel } from "../src/reward-model.ts";
import { fileSystemSource } from "../testing/files/node-source.ts";
import { testGpu } from "../testing/gpu/gpu.ts";
import { EMBEDDED_ROOT, heldOutPairs } from "../testing/held-out.ts";
import { numberOf, type Values } from "../tools/options.ts";
import { askedBox, overlaps, type AskedPair } from "./explain/asked.ts";
import { shuffledHead } from "./explain/shuffled-head.ts";

export const usage = `
npm run bench -- explain [OPTIONS]: explanations of the embedded model against what its questions ask

  --every N    every N-th held-out pair, 1 by default
  --heads N    models with a shuffled head, 2 by default
`;

export const options = {
  every: { type: "string", default: "1" },
  heads: { type: "string", default: "2" },
} as const;

/** What the issue asks for. */
const WANTED = { cell: 0.8, lift: 3, contrast: 0.95, shuffled: 0.1, cost: 0.6 };

export async function run({ every, heads }: Values<typeof options>): Promise<boolean> {
  const step = numberOf("every", every);
  const lines = readFileSync(`${EMBEDDED_ROOT}heldout/pairs.jsonl`, "utf8").trim().split("\n");
  const asked = lines.map((line) => JSON.parse(line) as AskedPair);
  const pairs = await heldOutPairs();
  const source = fileSystemSource(EMBEDDED_ROOT);
  const model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const tally = {
    cells: 0,
    hits: 0,
    share: 0,
    words: 0,
    named: 0,
    tested: 0,
    passed: 0,
    scores: 0,
  };
  const begin = performance.now();
  for (const [i, pair] of pairs.entries()) {
    if (i % step !== 0) continue;
    const row = asked[i];
    if (!row) throw new Error("a held-out pair has no line");
    const request = {
      messages: pair.conversations[0].slice(0, -1),
      responses: [row.chosen, row.rejected] as const,
    };
    const found = await new Explainer(model, request).run();
    tally.scores += found.scores;
    tally.tested += 1;
    if (found.truth.verdict === "better than chance") tally.passed += 1;
    const box = askedBox(row);
    const cells = found.units.filter((unit): unit is PictureUnit => unit.in === "picture");
    if (box && cells[0]) {
      tally.cells += 1;
      if (overlaps(cells[0].box, box)) tally.hits += 1;
      tally.share += shareOf(box, cells);
    }
    const differences = differencesOf(row.chosen, row.rejected);
    const [only] = differences;
    if (only && differences.length === 1 && isWord(row.chosen.slice(only.a.start, only.a.end))) {
      tally.words += 1;
      if (found.contrast[0]?.a === row.chosen.slice(only.a.start, only.a.end)) tally.named += 1;
    }
    if (tally.tested % 12 === 0) console.log(`${tally.tested} explained`);
  }
  const seconds = (performance.now() - begin) / 1000;
  const cost = await leaveOutCost(model);
  await model.dispose();
  let shuffledPassed = 0;
  let shuffledTested = 0;
  for (let seed = 1; seed <= numberOf("heads", heads); seed++) {
    const folder = await shuffledHead(seed);
    const shuffled = await RewardModel.fromPretrained(folder, { gpu: testGpu() });
    for (const [i, pair] of pairs.entries()) {
      if (i % (4 * step) !== 0) continue;
      const row = asked[i];
      if (!row) throw new Error("a held-out pair has no line");
      const messages = pair.conversations[0].slice(0, -1);
      const request = { messages, responses: [row.chosen, row.rejected] as const };
      const { truth } = await new Explainer(shuffled, request).run();
      shuffledTested += 1;
      if (truth.verdict === "better than chance") shuffledPassed += 1;
    }
    await shuffled.dispose();
  }
  const hit = tally.hits / tally.cells;
  const chance = tally.share / tally.cells;
  const named = tally.named / tally.words;
  const wrong = shuffledTested === 0 ? 0 : shuffledPassed / shuffledTested;
  console.log(`${tally.tested} pairs, ${tally.scores} scores, ${seconds.toFixed(0)} s`);
  console.log(
    `strongest cell on the asked object: ${percent(hit)} of ${tally.cells}, chance ${percent(chance)}`,
  );
  console.log(`contrast names the one word that differs: ${percent(named)} of ${tally.words}`);
  console.log(`truth test passed: ${percent(tally.passed / tally.tested)} of ${tally.tested}`);
  console.log(`truth test passed with a shuffled head: ${percent(wrong)} of ${shuffledTested}`);
  console.log(`leave-out of 12 sentences: ${cost.toFixed(3)} of 12 whole passes, by tokens`);
  const failures = [
    hit < WANTED.cell && "cell",
    hit < WANTED.lift * chance && "cell against chance",
    named < WANTED.contrast && "contrast",
    wrong > WANTED.shuffled && "shuffled head",
    cost > WANTED.cost && "cost",
  ].filter(Boolean);
  console.log(failures.length === 0 ? "passed" : `missed: ${failures.join(", ")}`);
  return failures.length === 0;
}

/** Returns the share of cells that lie on the object: what a random cell would hit. */
function shareOf(box: PictureUnit["box"], cells: readonly PictureUnit[]): number {
  return cells.filter((cell) => overlaps(cell.box, box)).length / cells.length;
}

function isWord(text: string): boolean {
  return /^[\p{L}\p{N}]+$/u.test(text);
}

/** Leaves out each of twelve sentences; returns the tokens computed over those of whole passes. */
export async function leaveOutCost(model: RewardModel): Promise<number> {
  const sentences = Array.from({ length: 12 }, (_, i) => `The bar number ${i + 1} is ${i} high.`);
  const messages = [{ role: "user", content: "Describe the chart." }];
  const variants = sentences.map((_, gap) => [
    ...messages,
    { role: "assistant", content: sentences.filter((_one, i) => i !== gap).join(" ") },
  ]);
  const whole = await model.score([
    ...messages,
    { role: "assistant", content: sentences.join(" ") },
  ]);
  const sharing = model.sharePictures();
  const scorer: ExplainScorer = sharing;
  await scorer.score(variants);
  return sharing.work.tokens / (12 * whole.tokenIds.length);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
