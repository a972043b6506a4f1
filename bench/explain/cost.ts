// Tested by: test/explain/held-out.gpu.test.ts
/** What explanations cost, in counted work and in seconds. */

import { readFileSync } from "node:fs";
import { boxOf, gridOf, hideBox, splitCell } from "../../src/explain/cells.ts";
import { Explainer } from "../../src/explain/explain.ts";
import type { ExplainRequest } from "../../src/explain/types.ts";
import type { RewardModel } from "../../src/reward-model.ts";
import type { ImageInput } from "../../src/types.ts";
import { EMBEDDED_ROOT } from "../../testing/held-out.ts";
import { decodePicture } from "../../testing/picture.ts";

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
  await sharing.score(variants);
  return sharing.work.tokens / (12 * whole.tokenIds.length);
}

export interface CellCost {
  /** Pictures that went through the tower. */
  readonly pictures: number;
  /** Tokens that went through the decoder. */
  readonly tokens: number;
  /** Tokens before the picture, which all cells share. */
  readonly prefix: number;
  /** Sixteen times the tokens from the picture on. */
  readonly suffixes: number;
}

/** Hides each of 16 cells of the first sample, under one response. */
export async function cellCost(model: RewardModel): Promise<CellCost> {
  const { picture, prompt, responses } = await firstSample();
  const conversationOf = (image: ImageInput) => [
    {
      role: "user",
      content: [
        { type: "image" as const, image },
        { type: "text" as const, text: prompt },
      ],
    },
    { role: "assistant", content: responses[0] },
  ];
  const whole = await model.score(conversationOf(picture));
  const grid = gridOf(picture, whole.images[0]);
  const cells = splitCell({ left: 0, top: 0, right: grid.columns, bottom: grid.rows }, 4);
  const sharing = model.sharePictures();
  await sharing.score(
    cells.map((cell) => conversationOf(hideBox(picture, boxOf(cell, grid, picture)))),
  );
  const { pictures, tokens } = sharing.work;
  const prefix = whole.tokenIds.indexOf(model.config.imageTokenId ?? -1);
  return { pictures, tokens, prefix, suffixes: 16 * (whole.tokenIds.length - prefix) };
}

/** Explains why D of the first sample loses to B; seconds to the contrast and to the end. */
export async function sampleTimes(
  model: RewardModel,
): Promise<{ first: number; all: number; scores: number }> {
  const { picture, prompt, responses } = await firstSample();
  const request: ExplainRequest = {
    messages: [
      {
        role: "user",
        content: [
          { type: "image", image: picture },
          { type: "text", text: prompt },
        ],
      },
    ],
    responses,
  };
  const begin = performance.now();
  const since = (): number => (performance.now() - begin) / 1000;
  let first: number | undefined;
  let scores = 0;
  for await (const found of new Explainer(model, request).steps()) {
    if (found.contrast.length > 0) first ??= since();
    scores = found.scores;
  }
  return { first: first ?? Number.NaN, all: since(), scores };
}

async function firstSample() {
  const text = readFileSync(`${EMBEDDED_ROOT}samples/samples.json`, "utf8");
  const [sample] = JSON.parse(text) as { image: string; prompt: string; candidates: string[] }[];
  const [, b = "", , d = ""] = sample?.candidates ?? [];
  const picture = await decodePicture(`${EMBEDDED_ROOT}${sample?.image ?? ""}`);
  return { picture, prompt: sample?.prompt ?? "", responses: [d, b] as const };
}
