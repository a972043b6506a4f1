/**
 * What labels are worth to the embedded model: a planted change of taste, learned from more and
 * more labels, and how often the gate lets a head through if the taste has not changed.
 */

import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { at } from "../src/base/at.ts";
import { RewardModel } from "../src/reward-model.ts";
import type { Conversation, ImageInput } from "../src/types.ts";
import { fileSystemSource } from "../testing/files/node-source.ts";
import { testGpu } from "../testing/gpu/gpu.ts";
import { EMBEDDED_ROOT } from "../testing/held-out.ts";
import { decodePicture } from "../testing/picture.ts";
import { numberOf, type Values } from "../tools/options.ts";
import { tasteFigure, type TasteSeries } from "./taste/curve-figure.ts";
import { plantedQuestions, type HeldOutLine, type PlantedQuestion } from "./taste/planted.ts";
import {
  isLetThrough,
  pointOf,
  tasteTrial,
  type ReadPair,
  type TasteTrial,
} from "./taste/trials.ts";

export const usage = `
npm run bench -- taste [OPTIONS]: a planted change of taste against the number of labels, and the gate

  --trials N     splits of the questions for each number of labels, 12 by default
  --runs N       sets of labels without a change for each number of labels, 100 by default
  --figure FILE  docs/taste.svg by default
`;

export const options = {
  trials: { type: "string", default: "12" },
  runs: { type: "string", default: "100" },
  figure: { type: "string", default: "docs/taste.svg" },
} as const;

const COUNTS = [0, 20, 50, 100, 150, 200];
const GATED = [60, 120];
/** Of the chances by which labels without a change are drawn: the embedded model's measured T. */
const TEMPERATURE = 0.63;
/** The share of runs in which the gate refuses, at least. */
const REFUSED = 0.95;

export async function run(values: Values<typeof options>): Promise<boolean> {
  const trials = numberOf("trials", values.trials);
  const runs = numberOf("runs", values.runs);
  const lines = readFileSync(`${EMBEDDED_ROOT}heldout/pairs.jsonl`, "utf8").trim().split("\n");
  const questions = plantedQuestions(lines.map((line) => JSON.parse(line) as HeldOutLine));
  const pairs = await readPairs(questions);
  console.log(`${questions.length} questions, ${pairs.length} pairs`);
  let isRefusing = true;
  for (const count of GATED) {
    const passed = Array.from({ length: runs }, (_, i) =>
      isLetThrough(pairs, Math.min(count, pairs.length), TEMPERATURE, 77 + 1000 * count + i),
    ).filter(Boolean).length;
    isRefusing &&= passed <= (1 - REFUSED) * runs;
    console.log(`no change, ${count} labels: the gate refuses ${runs - passed} of ${runs}`);
  }
  const found = COUNTS.map((count) =>
    Array.from({ length: trials }, (_, i) => tasteTrial(pairs, count, 1000 * count + i)),
  );
  const names = [
    ["taste", "two right answers: the long one", "#0072b2"],
    ["all", "all pairs", "#999999"],
    ["right", "right against wrong", "#c45508"],
  ] as const;
  const series = names.map(([key, name, colour]): TasteSeries => {
    const points = found.map((own, i) =>
      pointOf(
        at(COUNTS, i),
        own.map((trial) => trial[key]),
      ),
    );
    return { name, colour, points };
  });
  console.log(table(found, series).join("\n"));
  await writeFile(values.figure, tasteFigure(series));
  return isRefusing;
}

function table(found: readonly TasteTrial[][], series: readonly TasteSeries[]): string[] {
  const percent = (share: number): string => (100 * share).toFixed(1);
  const rows = found.map((own, i) => {
    const accepted = own.filter((trial) => trial.accepted).length;
    const cells = series.map(({ points }) => {
      const { mean, low, high } = at(points, i);
      return `${percent(mean)} (${percent(low)} – ${percent(high)})`;
    });
    return `| ${at(COUNTS, i)} | ${cells.join(" | ")} | ${accepted} of ${own.length} |`;
  });
  const head = `| labels | ${series.map(({ name }) => name).join(" | ")} | head accepted |`;
  return [head, `|${" --- |".repeat(series.length + 2)}`, ...rows];
}

async function readPairs(questions: readonly PlantedQuestion[]): Promise<ReadPair[]> {
  const source = fileSystemSource(EMBEDDED_ROOT);
  const model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const read: ReadPair[] = [];
  for (const [question, { line, pairs }] of questions.entries()) {
    const image: ImageInput | undefined =
      line.image === null ? undefined : await decodePicture(`${EMBEDDED_ROOT}${line.image}`);
    const answers = [...new Set(pairs.flatMap(({ better, worse }) => [better, worse]))];
    const conversations = answers.map((content): Conversation => {
      const text = { type: "text" as const, text: line.prompt };
      const asked = image === undefined ? line.prompt : [{ type: "image" as const, image }, text];
      return [
        { role: "user", content: asked },
        { role: "assistant", content },
      ];
    });
    const scores = await model.score(conversations, { features: true });
    const scoreOf = (answer: string) => at(scores, answers.indexOf(answer));
    for (const { kind, better, worse } of pairs) {
      const [a, b] = [scoreOf(better), scoreOf(worse)];
      const [own, other] = [at([a.features], 0), at([b.features], 0)];
      const difference = own.map((value, k) => value - at(other, k));
      read.push({ question, kind, margin: a.value - b.value, difference });
    }
  }
  await model.dispose();
  return read;
}
