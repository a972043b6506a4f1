/**
 * Rows from public bug reports, through the engine: scores as Hugging Face's code has them, to
 * 2e-4 (score limit of test/golden/manifest.json). Pictures: a.png is small.png, b.png is tiny.png.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RewardModel } from "../../src/reward-model.ts";
import { readRow } from "../../src/rows/read-row.ts";
import { resolvePictures } from "../../src/rows/resolve.ts";
import type { Score } from "../../src/types.ts";
import { decodePicture } from "../../testing/picture.ts";
import { GOLDEN_ROOT, modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

const FILES: Readonly<Record<string, string>> = {
  "a.png": "small.png",
  "b.png": "tiny.png",
  "large.png": "large.png",
};
const LIMIT = 2e-4;

/** The scores of a row's responses. Node has no decoder: pictures come as pixels. */
async function scores(
  model: RewardModel,
  row: Readonly<Record<string, unknown>>,
): Promise<Score[]> {
  const { messages, responses } = readRow(row, "row");
  const conversations = responses.map(async (turns) =>
    resolvePictures([...messages, ...turns], async (picture) => {
      const file = typeof picture === "string" ? FILES[picture] : undefined;
      if (file === undefined) throw new Error("no such picture");
      return await decodePicture(`${GOLDEN_ROOT}images/${file}`);
    }),
  );
  return await model.score(await Promise.all(conversations));
}

function expectScores(got: readonly Score[], wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length);
  for (const [i, { value }] of got.entries()) {
    expect(Math.abs(value - (wanted[i] ?? NaN)), `got ${value}, wanted ${wanted[i]}`).toBeLessThan(
      LIMIT,
    );
  }
}

describe("pictures of rows, model a", () => {
  let model: RewardModel;
  beforeAll(async () => {
    model = await RewardModel.fromPretrained(fileSystemSource(modelFolder("a")), {
      gpu: testGpu(),
    });
  });
  afterAll(() => model.dispose());

  const answer = { role: "assistant", content: "Five." };
  const how = [{ role: "user", content: "<image>\nHow many shapes?" }, answer];
  const shapes = { images: ["a.png"], chosen: "Five.", rejected: "Nine." };
  test.each<[name: string, row: Readonly<Record<string, unknown>>, wanted: number[]]>([
    ["a mark and images", { messages: how, images: ["a.png"] }, [-0.33695054]],
    [
      "a picture beside plain text",
      { messages: [{ role: "user", content: "How many shapes?" }, answer], image: "a.png" },
      [-0.33695054],
    ],
    [
      "two pictures",
      { prompt: "How many shapes?", ...shapes, images: ["a.png", "b.png"] },
      [-0.33508843, -0.4052949],
    ],
    [
      "no picture",
      { prompt: "How many shapes?", ...shapes, images: null },
      [-0.688518286, -1.20227742],
    ],
    [
      "marks between texts",
      {
        question: "Image-1: <image>\nImage-2: <image>\nWhich has five shapes?",
        image: ["a.png", "b.png"],
        chosen: "The first.",
        rejected: "The second.",
      },
      [-0.25005841, -0.32620943],
    ],
    [
      "a mark and a space",
      { question: "<image> How many shapes?", ...shapes },
      [-0.51604009, -0.47816432],
    ],
    [
      "a mark in front",
      { question: "<image>\nHow many shapes?", ...shapes },
      [-0.3369509, -0.33402026],
    ],
    [
      "a budget",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "image", image: "large.png", min_pixels: 3136, max_pixels: 50176 },
              { type: "text", text: "How many shapes?" },
            ],
          },
          answer,
        ],
      },
      [0.4955523],
    ],
    [
      "a budget in a column",
      { messages: how, images: [{ image: "large.png", min_pixels: 3136, max_pixels: 50176 }] },
      [0.4955523],
    ],
  ])("row: %s → the right score", async (_, row, wanted) => {
    expectScores(await scores(model, row), wanted);
  });

  test("row: two budgets of one picture in one call → each as alone", async () => {
    const part = (max_pixels: number): unknown => ({
      type: "image",
      image: "large.png",
      max_pixels,
    });
    const row = (...parts: unknown[]): Readonly<Record<string, unknown>> => ({
      messages: [{ role: "user", content: parts }, answer],
    });
    const [both] = await scores(model, row(part(50176), part(12544)));
    expect(both?.images.map(({ tokens }) => tokens)).toEqual([54, 12]);
    expect(both?.images.map(({ width }) => width)).toEqual([
      both?.images[0]?.width,
      both?.images[0]?.width,
    ]);
  });
});

test("messages: reasoning in a field of its own → the score of transformers", async () => {
  const files = fileSystemSource(modelFolder("qwen3"));
  const template = readFileSync(`${GOLDEN_ROOT}templates/qwen3.jinja`);
  const source: typeof files = {
    ...files,
    open: (path) =>
      path !== "chat_template.jinja"
        ? files.open(path)
        : Promise.resolve({
            path,
            byteLength: template.length,
            read: (begin, into) => {
              into.set(template.subarray(begin, begin + into.byteLength));
              return Promise.resolve();
            },
          }),
  };
  const model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const ask = { role: "user", content: "What is 3 plus 4?" };
  const reasoning_content = "Three and four make seven.";
  const [r0, r1, r2] = await model.score([
    [ask, { role: "assistant", content: "7" }],
    [ask, { role: "assistant", content: "7", reasoning_content }],
    [ask, { role: "assistant", content: `<think>\n${reasoning_content}\n</think>\n\n7` }],
  ]);
  await model.dispose();
  expectScores(
    [r0, r1, r2].flatMap((one) => one ?? []),
    [0.403271556, 0.22440451, 0.22440447],
  );
  expect([r0?.tokenIds.length, r1?.tokenIds.length]).toEqual([44, 57]);
});
