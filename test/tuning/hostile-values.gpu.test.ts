/** The values that kernels are tested with are as hostile as they should be, weights too. */
import { expect, test } from "vitest";
import type { Form } from "../../src/kernels/kernel.ts";
import { hostileRows, hostileWeight, random } from "../../src/tuning/hostile-values.ts";
import { valuesOf } from "../../src/tuning/self-test.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";

const device = await testDevice();

test("hostile rows: one row → channels of one, of hundreds to ten thousands, and past f16's range", () => {
  const sizes = hostileRows(1, 39, random(1)).map(Math.abs);
  for (const [least, most] of [
    [1, 2],
    [300, 600],
    [3000, 6000],
    [30_000, 60_000],
    [65_504, Infinity],
  ] as const) {
    expect(sizes.some((size) => size >= least && size < most)).toBe(true);
  }
});

test("hostile rows: all bits of an f32 → no f16, and no pair of bf16, holds them", () => {
  const bits = new Uint32Array(hostileRows(7, 39, random(1)).buffer);
  expect(bits.some((own) => (own & 1) === 1)).toBe(true);
  expect(bits.filter((own) => (own & 0x1fff) !== 0).length).toBeGreaterThan(bits.length / 2);
});

const FORMS: readonly Form[] = ["f32", "bf16", "f16", "q8", "q4"];

test.each(FORMS)(
  "hostile weight of %s: its values → rows that double, signs and mantissas of all kinds",
  async (form) => {
    const [rows, depth] = [9, 39];
    const weight = hostileWeight(form, rows, depth, random(2));
    const values = await valuesOf(device, weight);
    const row = (index: number): Float32Array =>
      values.filter((_, i) => i % rows === index).map(Math.abs);
    const mean = (own: Float32Array): number =>
      own.reduce((sum, value) => sum + value) / own.length;
    const doubled = mean(row(7)) / mean(row(0));
    expect(doubled).toBeGreaterThan(2 ** 6);
    expect(doubled).toBeLessThan(2 ** 8);
    expect(mean(row(8)) / mean(row(0))).toBeLessThan(2);
    expect(new Set(row(0)).size).toBeGreaterThan(weight.columns / 3);
    expect(values.some((value) => value < 0) && values.some((value) => value > 0)).toBe(true);
  },
);
