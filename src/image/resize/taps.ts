// Tested by: test/kernels/resize.gpu.test.ts
/**
 * The weights of a bicubic resize: for each new pixel of an axis, which old ones count, and how
 * much, in whole numbers.
 *
 * Computed once, in double precision, for `resize.ts` and for the kernel `resize`. The two
 * arithmetics differ in the bits that a weight has after its point. So one pixel of a thousand
 * differs by one step of 255.
 * C: `precompute_coeffs` and `normalize_coeffs_8bpc` in Pillow's Resample.c;
 * `compute_index_ranges_int16_weights` in PyTorch's UpSampleKernel.cpp.
 */

/**
 * Whose arithmetic: transformers 5 uses torchvision's if it is installed, else Pillow's. `pillow`
 * is
 * Pillow up to 12, which resizes rows first; `pillow13` differs from it in the order alone.
 */
export type ResizeArithmetic = "pillow" | "pillow13" | "torchvision";

interface Sides {
  readonly width: number;
  readonly height: number;
}

/**
 * Returns true if columns are resized before rows. Bytes between the two passes are clipped, so the
 * order moves a fifth of the values, by up to 21 of 255.
 *
 * The rule was found from Pillow 13.0.0's results: it holds for every size in
 * test/golden/image/order.py.
 */
export function isHeightFirst(from: Sides, to: Sides, arithmetic: ResizeArithmetic): boolean {
  const lower = from.height - to.height;
  return arithmetic === "pillow13" && lower > 0 && lower > 2 * (from.width - to.width);
}

/** The taps of all new pixels of an axis. */
export interface Taps {
  /** [pixels, stride]: for each new pixel the first old one, their number, weights times 2^bits */
  readonly table: Int32Array<ArrayBuffer>;
  readonly pixels: number;
  readonly stride: number;
  readonly bits: number;
}

/** The index of the first weight in a row of the table. */
export const FIRST_WEIGHT = 2;

/** Pillow's bits after the point: a byte times a weight, and two bits for sums above 1, fill 32. */
const PILLOW_BITS = 32 - 8 - 2;
/** torchvision's weights fill the 16 bits of a signed word. */
const TORCHVISION_LIMIT = 1 << 15;

/** The cubic reaches two pixels, and more if the picture shrinks. */
const SUPPORT = 2;

/** Returns the taps of an axis that is resized from one number of pixels to another. */
export function resizeTaps(from: number, to: number, arithmetic: ResizeArithmetic): Taps {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const support = SUPPORT * filterScale;
  const stride = FIRST_WEIGHT + Math.ceil(support) * 2 + 1;
  const table = new Int32Array(to * stride);
  const exact = new Float64Array(to * stride);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = exact.subarray(i * stride + FIRST_WEIGHT, (i + 1) * stride);
    let sum = 0;
    for (let x = begin; x < end; x++) {
      const w = cubic((x - centre + 0.5) * (1 / filterScale));
      weights[x - begin] = w;
      sum += w;
    }
    table[i * stride] = begin;
    table[i * stride + 1] = end - begin;
    for (let x = 0; x < end - begin && sum !== 0; x++) weights[x]! /= sum;
  }
  const bits = arithmetic === "torchvision" ? torchvisionBits(exact) : PILLOW_BITS;
  for (let i = 0; i < to; i++) {
    for (let at = i * stride + FIRST_WEIGHT; at < (i + 1) * stride; at++) {
      const scaled = exact[at]! * (1 << bits);
      table[at] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
  }
  return { table, pixels: to, stride, bits };
}

/** Returns the most bits with which the axis's largest weight fits a signed word of 16 bits. */
function torchvisionBits(exact: Float64Array): number {
  const largest = exact.reduce((most, w) => Math.max(most, w), 0);
  let bits = 0;
  while (bits < PILLOW_BITS && Math.trunc(0.5 + largest * (1 << (bits + 1))) < TORCHVISION_LIMIT)
    bits++;
  return bits;
}

/** Returns Keys' cubic with a = -0.5. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}
