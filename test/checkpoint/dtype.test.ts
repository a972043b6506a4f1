/**
 * Small tensors as f32: every bit pattern of the 16-bit types, against the formulas of the formats.
 */
import { expect, test } from "vitest";
import { UnsupportedError } from "../../src/errors.ts";
import { dtypeBytes, toFloat32 } from "../../src/checkpoint/dtype.ts";

/** All 65,536 patterns, little-endian. */
const patterns = new Uint8Array(Uint16Array.from({ length: 65_536 }, (_, i) => i).buffer);

/** IEEE 754 binary16 by its definition. */
function valueOfF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bf16 by its definition: binary32 without the lower 16 bits of the fraction. */
function valueOfBf16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 7) & 255;
  const fraction = bits & 127;
  if (exponent === 255) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -133;
  return sign * (1 + fraction / 128) * 2 ** (exponent - 127);
}

test.each([
  ["F16", valueOfF16],
  ["BF16", valueOfBf16],
] as const)(
  "toFloat32: all 65,536 values of %s → exact, zeros with their sign",
  (dtype, valueOf) => {
    const values = toFloat32(patterns, dtype);
    const wrong = [...values.entries()].filter(([bits, value]) => !Object.is(value, valueOf(bits)));
    expect(wrong).toEqual([]);
    expect(values).toHaveLength(65_536);
  },
);

test("toFloat32: F32 → its bits, from an odd address", () => {
  const bits = Uint32Array.of(
    0x3f800000,
    0x80000000,
    0x00000001,
    0xff800000,
    0x7fc12345,
    0x40490fdb,
  );
  const shifted = new Uint8Array(25);
  shifted.set(new Uint8Array(bits.buffer), 1);
  const values = toFloat32(shifted.subarray(1), "F32");
  expect([...new Uint32Array(values.buffer)]).toEqual([...bits]);
});

test("toFloat32: 16-bit types from an odd address → the same values", () => {
  const shifted = new Uint8Array(5);
  shifted.set([0x00, 0x3c, 0x80, 0x3f], 1);
  expect([...toFloat32(shifted.subarray(1), "F16")]).toEqual([1, 1.875]);
  expect([...toFloat32(shifted.subarray(1, 5), "BF16")]).toEqual([0.0078125, 1]);
});

test("toFloat32: no bytes → no values", () => {
  expect(toFloat32(new Uint8Array(), "BF16")).toHaveLength(0);
});

test("toFloat32: half an element → an error", () => {
  expect(() => toFloat32(new Uint8Array(3), "F16")).toThrow(
    /3 bytes are not a whole number of F16/,
  );
});

test.each(["F64", "I8", "bf16", "F8_E4M3", "constructor"])("dtype %s → unsupported", (dtype) => {
  expect(() => toFloat32(new Uint8Array(8), dtype)).toThrow(UnsupportedError);
  expect(() => dtypeBytes(dtype)).toThrow(/expected F32, F16, BF16/);
});

test("dtypeBytes: the types of the engine", () => {
  expect(["F32", "F16", "BF16"].map(dtypeBytes)).toEqual([4, 2, 2]);
});
