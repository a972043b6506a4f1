/**
 * The tools of benchmarks: medians, turns, differences, and weights that are the same in every
 * form.
 */
import { expect, test } from "vitest";
import { interleave, median } from "../../bench/measure/interleave.ts";
import { activations, relativeDifference } from "../../bench/measure/values.ts";
import { HeldWeights } from "../../bench/measure/held-weights.ts";
import { ours } from "../../bench/cases/ours.ts";
import { chooseProfile } from "../../src/kernels/profile.ts";
import { linear } from "../../src/kernels/matmul.ts";
import type { Form } from "../../src/kernels/kernel.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";

test("median: odd, even, none → the middle, the mean of two, NaN", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, Number.NaN]);
});

test("interleave: two variants of 60 ms, three repetitions → in turn, each once to a sample", async () => {
  const order: string[] = [];
  const variant = (name: string): Parameters<typeof interleave>[0][number] => ({
    name,
    async submit() {
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 60));
    },
    settled: async () => {},
  });
  const timings = await interleave([variant("a"), variant("b")], { reps: 3, budgetMs: 60_000 });
  expect(order.join("")).toBe("aabb" + "ab".repeat(3));
  for (const { samplesMs, medianMs } of timings) {
    expect(samplesMs).toHaveLength(3);
    expect(medianMs).toBeGreaterThan(55);
  }
});

test("relative difference: one value off, a NaN, other lengths → found", () => {
  const wanted = Float32Array.of(1, -4, 2);
  expect(relativeDifference(Float32Array.of(1, -4, 3), wanted)).toBe(0.25);
  expect(relativeDifference(Float32Array.of(1, Number.NaN, 2), wanted)).toBeNaN();
  expect(relativeDifference(Float32Array.of(1, -4), wanted)).toBeNaN();
});

test("held weights: a matmul with the same weights in every form → the same product", async () => {
  const device = await testDevice();
  const bench = { device, profile: chooseProfile(device, "plain") };
  const product = async (form: Form): Promise<Float32Array> => {
    const weights = new HeldWeights(device, form);
    const weight = weights.matrix("test", "weight", [{ name: "weight", rows: 40 }], 96);
    const x = activations("x", 9 * 96);
    const one = await ours(bench, form, weights, (plan) =>
      linear(plan, "matmul", plan.input("x", x, 9), weight),
    );
    const out = await one.output();
    await one.release();
    return out;
  };
  const wanted = await product("f32");
  expect(wanted.some((value) => Math.abs(value) > 0.1)).toBe(true);
  for (const form of ["bf16", "q8", "q4"] as const) {
    expect(relativeDifference(await product(form), wanted), form).toBeLessThan(1e-6);
  }
});
