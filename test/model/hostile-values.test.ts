/** The values that kernels are tested with are as hostile as they should be, and weights are what they are said to be. */
import { expect, test } from "vitest";
import type { Form } from "../../src/kernels/kernel.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { hostileRows, hostileWeight, random } from "../../src/model/hostile-values.ts";
import { multiplied } from "../../src/model/self-test.ts";
import { matmul } from "../reference/matmul.ts";
import { testDevice } from "../support/gpu.ts";

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

test.each(["f32", "bf16", "f16", "q8", "q4"] as const)(
  "hostile weight of %s: multiplied by plain → its values' product",
  async (form: Form) => {
    const [rows, depth, columns] = [9, 39, 21];
    const x = hostileRows(rows, depth, random(1));
    const made = hostileWeight(form, columns, depth, random(2));
    const got = await multiplied(device, PLAIN, x, rows, made);
    const { stride } = made;
    const weight = Float32Array.from(
      { length: columns * depth },
      (_, i) => made.values[Math.floor(i / depth) * stride + (i % depth)]!,
    );
    // A value of q4 is the difference of two terms of up to 30 and 16.
    const weightMagnitude = weight.map((value) => (form === "q4" ? 46 : Math.abs(value)));
    const { wanted, bounds } = matmul({
      rows,
      depth,
      columns,
      x,
      weight,
      weightMagnitude,
      weightRoundings: 8,
    });
    expect(got).toBeWithinRounding(wanted, bounds, { name: form, shape: [rows, columns] });
  },
);
