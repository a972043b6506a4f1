/**
 * The time of a score, foretold from headers and a few kernels, against the time that it takes; and
 * its products, against the engine's plan and against the sizes of the matrices.
 */
import { expect, test } from "vitest";
import { passOf } from "../../bench/bytes.ts";
import { countPlan } from "../../bench/bytes/count.ts";
import { decoders } from "../../bench/native/shapes.ts";
import { InputError } from "../../src/errors.ts";
import { profiles } from "../../src/kernels/profile.ts";
import { forecastScore, productsOf } from "../../src/load/inspection/forecast.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { Conversation } from "../../src/types.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";

const FOLDER = "weights/tiny-vl-reward";
/** Pixels of a side of the picture. */
const SIZE = 280;

test("forecast: the embedded model's score on this machine → within a factor of 2 of the time that it takes", async () => {
  const source = fileSystemSource(FOLDER);
  const gpu = testGpu();
  await using model = await RewardModel.fromPretrained(source, { gpu });
  const data = Uint8ClampedArray.from({ length: SIZE * SIZE * 4 }, (_, i) => (i * 7) % 256);
  const image = { width: SIZE, height: SIZE, data };
  const text = "Which of the bars is the tallest one in this chart, and why? ".repeat(3);
  const conversation: Conversation = [
    {
      role: "user",
      content: [
        { type: "image", image },
        { type: "text", text },
      ],
    },
    { role: "assistant", content: "The purple bar is the tallest: it ends above all others." },
  ];
  const [first] = await model.score([conversation]);
  const tokens = first?.tokenIds.length ?? 0;
  const pictureTokens = first?.images[0]?.tokens ?? 0;
  expect(pictureTokens).toBe(25);
  const textTokens = tokens - pictureTokens;
  const asked = { gpu, form: "stored", pictureTokens, textTokens } as const;
  // In turns, so that the load of the machine is the same for both.
  const pairs: { taken: number; foretold: number }[] = [];
  for (let round = 0; round < 2; round++) {
    const { ms } = await forecastScore(source, asked);
    const begin = performance.now();
    await model.score([conversation]);
    pairs.push({ taken: performance.now() - begin, foretold: ms });
  }
  const least = (key: "taken" | "foretold"): number => Math.min(...pairs.map((one) => one[key]));
  const ratio = least("foretold") / least("taken");
  console.log(
    `forecast: ${least("foretold").toFixed(0)} ms foretold, ${least("taken").toFixed(0)} ms taken`,
  );
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
}, 120_000);

test("forecast: a 7B's pass → the products that its plan has, and its matrices say", () => {
  const tokens = 1000;
  const profile = profiles.get("shared");
  const config = decoders["7B"];
  if (profile === undefined || config === undefined) throw new Error("no such shapes");
  const { steps } = passOf("7B", "bf16", tokens, profile);
  const counted = countPlan(steps).reduce((sum, { products }) => sum + products, 0);
  expect(productsOf(steps)).toBe(counted);
  const { hiddenSize, intermediateSize, numHiddenLayers, headDim } = config;
  const { numAttentionHeads: queries, numKeyValueHeads: keys } = config;
  const attention = hiddenSize * headDim * (2 * queries + 2 * keys);
  const matrices = numHiddenLayers * tokens * (attention + 3 * hiddenSize * intermediateSize);
  // Causal: each token looks at half of the others, twice: for the weights and for the sum.
  const looks = numHiddenLayers * queries * headDim * tokens * tokens;
  expect(productsOf(steps) / (matrices + looks)).toBeGreaterThan(0.97);
  expect(productsOf(steps) / (matrices + looks)).toBeLessThan(1.05);
});

test("forecast: another form and more tokens → more products, more time; one with unequal sides → refused", async () => {
  const source = fileSystemSource(FOLDER);
  const gpu = testGpu();
  const small = { gpu, form: "stored", pictureTokens: 16, textTokens: 10 } as const;
  const few = await forecastScore(source, small);
  const more = await forecastScore(source, { ...small, form: "q8", textTokens: 200 });
  expect(more.products).toBeGreaterThan(3 * few.products);
  expect(more.ms).toBeGreaterThan(few.ms);
  await expect(forecastScore(source, { ...small, pictureTokens: 15 })).rejects.toThrow(InputError);
}, 120_000);
