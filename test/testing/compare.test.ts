import { describe, expect, test } from "vitest";
import {
  compareBits,
  compareGolden,
  compareRounding,
  normalisedError,
  roundingBound,
} from "../../testing/compare.ts";

const row = { name: "decoder.1.mlp", shape: [2, 3] };
const wanted = Float32Array.of(1, -2, 3, 4, 0, -6);

/** The wanted values with one of them replaced. */
function planted(index: number, value: number): Float32Array {
  const got = Float32Array.from(wanted);
  got[index] = value;
  return got;
}

describe("toEqualBits", () => {
  test("toEqualBits: same bits, NaN among them → passes", () => {
    expect(Float32Array.of(NaN, 1)).toEqualBits(Float32Array.of(NaN, 1), {
      name: "x",
      shape: [2],
    });
  });

  test("toEqualBits: -0 for 0 → fails and says where", () => {
    const comparison = compareBits(planted(4, -0), wanted, row);
    expect(comparison).toMatchObject({ pass: false, failed: 1 });
    expect(comparison.message).toContain("decoder.1.mlp [2, 3]: 1 of 6");
    expect(comparison.message).toContain("worst at [1, 1]");
  });

  test("toEqualBits: one bit off → fails", () => {
    const got = Float32Array.from(wanted);
    new Uint32Array(got.buffer)[5]! ^= 1;
    expect(() => expect(got).toEqualBits(wanted, row)).toThrow("worst at [1, 2]");
  });

  test("toEqualBits: another kind of array, or length → fails", () => {
    expect(compareBits(Float64Array.from(wanted), wanted, row).pass).toBe(false);
    expect(compareBits(wanted.subarray(1), wanted, row).message).toContain("Float32Array of 5");
  });
});

describe("toBeWithinRounding", () => {
  const bounds = wanted.map((value) => roundingBound(3, Math.abs(value)));

  test("toBeWithinRounding: off by its bound exactly → passes, by twice → fails", () => {
    const once = Array.from(wanted, (value, i) => value + bounds[i]!);
    const twice = Array.from(wanted, (value, i) => value + 2 * bounds[i]!);
    expect(once).toBeWithinRounding(wanted, bounds, row);
    expect(compareRounding(twice, wanted, bounds, row)).toMatchObject({ pass: false, failed: 5 });
  });

  test("toBeWithinRounding: bound 0, because all terms are 0 → only 0 passes", () => {
    expect(compareRounding(planted(4, 1e-30), wanted, bounds, row)).toMatchObject({
      pass: false,
      failed: 1,
      worstShare: Infinity,
    });
  });

  test("toBeWithinRounding: NaN, Infinity → fail", () => {
    expect(compareRounding(planted(0, NaN), wanted, bounds, row).failed).toBe(1);
    expect(compareRounding(planted(0, Infinity), wanted, bounds, row).failed).toBe(1);
  });

  test("toBeWithinRounding: Infinity wanted → only Infinity passes", () => {
    const infinite = planted(2, Infinity);
    expect(compareRounding(infinite, infinite, bounds, row).pass).toBe(true);
    expect(compareRounding(wanted, infinite, bounds, row).failed).toBe(1);
  });

  test("toBeWithinRounding: bounds missing → fails", () => {
    expect(compareRounding(wanted, wanted, [], row).pass).toBe(false);
  });

  test("toBeWithinRounding: a bound that is not finite → fails", () => {
    const open = bounds.map(() => Infinity);
    expect(compareRounding(planted(1, 5), wanted, open, row).failed).toBe(1);
  });
});

describe("toMatchGolden", () => {
  const rms = Math.sqrt((1 + 4 + 9 + 16 + 36) / 6);

  test("toMatchGolden: largest error over rms at the limit → passes, above → fails", () => {
    const limit = 1e-3;
    const below = Array.from(planted(3, 4 + 0.99e-3 * rms));
    const above = Array.from(planted(3, 4 + 1.01e-3 * rms));
    expect(below).toMatchGolden(wanted, { ...row, limit });
    expect(() => expect(above).toMatchGolden(wanted, { ...row, limit })).toThrow(
      /1 of 6 elements beyond normalised error 0.001; worst at \[1, 0\]: got 4.00334\d+, wanted 4,/,
    );
    expect(normalisedError(above, wanted)).toBeCloseTo(1.01e-3, 6);
  });

  test("toMatchGolden: a NaN → fails, and its error is NaN or more than any limit", () => {
    expect(compareGolden(planted(0, NaN), wanted, { ...row, limit: 1 }).failed).toBe(1);
    expect(normalisedError(planted(0, NaN), wanted) <= 1).toBe(false);
  });

  test("toMatchGolden: all zero wanted → only zeros pass", () => {
    const zeros = new Float32Array(6);
    expect(compareGolden(zeros, zeros, { ...row, limit: 1e-4 }).pass).toBe(true);
    expect(compareGolden(planted(0, 0), zeros, { ...row, limit: 1e-4 }).failed).toBe(4);
  });

  test("toMatchGolden: a shape that is not the data's → fails", () => {
    const square = { name: "x", shape: [3, 3], limit: 1 };
    expect(compareGolden(wanted, wanted, square).pass).toBe(false);
  });
});
