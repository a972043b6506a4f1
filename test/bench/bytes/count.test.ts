/** Launches, products and bytes of a pass, against what the published shapes say. */
import { expect, test } from "vitest";
import { countPlan, countStep, leastSeconds } from "../../../bench/bytes/count.ts";
import { passOf } from "../../../bench/bytes.ts";
import { decoders, prefillFlops } from "../../../bench/native/shapes.ts";
import { profiles } from "../../../src/kernels/profile.ts";
import { runNamed } from "../../../tools/runs.ts";

const shared = profiles.get("shared")!;

test.each([
  ["0.6B", 28, 1024, "bf16", 2],
  ["7B", 28, 3584, "bf16", 2],
  ["7B", 28, 3584, "q8", 1.125],
] as const)(
  "%s: eight launches a layer, and every weight read once",
  (model, layers, hidden, form, bytes) => {
    const { steps } = passOf(model, form, 1000, shared);
    const counts = countPlan(steps);
    expect(steps).toHaveLength(8 * layers + 2);
    const matmul = counts[0]!;
    expect(matmul.launches).toBe(4 * layers);
    // Two operations a product: those of the matrices alone.
    const config = decoders[model]!;
    const attention = 2 * 1000 * config.numAttentionHeads * config.headDim * layers * 1000;
    expect(2 * matmul.products).toBe(prefillFlops(config, layers, 1000) - attention);
    // Each row of x and out is [1000, columns] f32: what remains is the weights.
    const {
      numAttentionHeads: queries,
      numKeyValueHeads: keys,
      headDim,
      intermediateSize,
    } = config;
    const qkv = (queries + 2 * keys) * headDim;
    const rows = hidden + qkv + queries * headDim + 2 * hidden + hidden + intermediateSize;
    const activations = layers * 4000 * (rows + intermediateSize + 2 * hidden);
    const biases = config.qkvBias ? layers * qkv * 4 : 0;
    expect(matmul.least - activations - biases).toBe((matmul.products / 1000) * bytes);
    expect(matmul.asked).toBeGreaterThan(10 * matmul.least);
  },
);

test("rope → reads and writes what it turns", () => {
  const { steps } = passOf("0.6B", "bf16", 100, shared);
  const rope = steps.find(({ kernel }) => kernel.name === "rope")!;
  const qkv = rope.bindings.at(-1)!;
  expect(countStep(rope).least).toBeGreaterThan(2 * qkv.byteLength);
  expect(countStep(rope).products).toBe(0);
});

test("least seconds → a step is as slow as its products, its bytes, and its launch", () => {
  const { steps } = passOf("0.6B", "bf16", 100, shared);
  const [step] = steps.filter(({ kernel }) => kernel.name.startsWith("matmul"));
  const { products, least } = countStep(step!);
  const limits = { products: 1e12, bytes: 1e30, launch: 1, shareOf: () => 0.5 };
  expect(leastSeconds([step!], limits)).toBeCloseTo(1 + products / 0.5e12, 12);
  expect(leastSeconds([step!], { ...limits, products: 1e30, bytes: 1e9 })).toBeCloseTo(
    1 + least / 1e9,
    12,
  );
});

test.each([
  [["bytes", "--form", "q5"], /--form: expected one of f32, .*, got q5/],
  [["bytes", "--model", "70B"], /--model: expected one of 0.6B, 3B, 7B, got 70B/],
  [["bytes", "--tokens", "0"], /--tokens: expected a number from 1/],
])("%j → what was expected and got", async (args, message) => {
  await expect(runNamed("bench", args)).rejects.toThrow(message);
});
