/**
 * Makes values that break kernels of too little precision: full mantissas, magnitudes past f16's
 * 65,504, outlier channels, rows of very different size. They are the same in every run.
 */
import { at } from "../base/at.ts";
import type { Form } from "../kernels/kernel.ts";
import { QUANT_BLOCK, isQuantised, rowByteLength, rowValues } from "../kernels/weight-forms.ts";

/** Returns a number of 32 bits at each call. */
export type Random = () => number;

export function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of such a sequence repeat soon.
    return (state ^ (state >>> 16)) >>> 0;
  };
}

/** Returns ±1 to 2, with all bits of an f32. */
function mantissa(next: Random): number {
  return Math.fround((next() & 1 ? 1 : -1) * (1 + next() / 2 ** 32));
}

/** Outlier channels, as in trained models: one in nine. */
const OUTLIERS = [300, 3000, 30_000];

/**
 * The magnitude of each channel, for rows of each kind in turn. A single row has outliers, and one
 * value past the range of f16.
 */
const KINDS: readonly ((channel: number) => number)[] = [
  (channel) => (channel === 0 ? 300_000 : outlier(channel)),
  outlier,
  () => 1,
  () => 2 ** 20,
  () => 2 ** -30,
  // Each is smaller than the last, until an f16 scaled by the largest has no bits left.
  (channel) => 2 ** -channel,
  () => 0,
];

function outlier(channel: number): number {
  return channel % 9 === 4 ? at(OUTLIERS, Math.floor(channel / 9) % OUTLIERS.length) : 1;
}

/** Returns activations [rows, columns]. */
export function hostileRows(rows: number, columns: number, next: Random): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const size = at(KINDS, Math.floor(i / columns) % KINDS.length);
    return mantissa(next) * size(i % columns);
  });
}

/** A weight [rows, columns] in GPU layout; `columns` are those of its form, with padding. */
export interface HostileWeight {
  readonly form: Form;
  readonly rows: number;
  readonly columns: number;
  readonly words: Uint32Array<ArrayBuffer>;
}

/**
 * The words of stored values (one or two each), or of the steps of blocks (1 to 2, with q4's lowest
 * value of -8 to -16): the random bits, the fixed bits, and the increment that doubles a value.
 */
const BITS: Readonly<Record<Form, readonly [free: number, fixed: number, twice: number]>> = {
  f32: [0x807fffff, 0x3c000000, 0x00800000],
  bf16: [0x807f807f, 0x3c003c00, 0x00800080],
  f16: [0x83ff83ff, 0x20002000, 0x04000400],
  q8: [0x007f0000, 0x3f800000, 0x00800000],
  q4: [0x007f007f, 0xc1003f80, 0x00800080],
};
/** Each row is twice as large as the last, this many times. */
const SIZES = 8;

export function hostileWeight(
  form: Form,
  rows: number,
  depth: number,
  next: Random,
): HostileWeight {
  const columns = rowValues(form, depth);
  const length = (rows * rowByteLength(form, depth)) / 4;
  // Blocks' integers come first, and may be any.
  const integers = isQuantised(form) ? length - (rows * columns) / QUANT_BLOCK : 0;
  const [free, fixed, twice] = BITS[form];
  const words = Uint32Array.from({ length }, (_, i) => {
    const row = Math.floor(((i - integers) * rows) / (length - integers));
    if (i < integers) return form === "q8" ? withoutLeast(next()) : next();
    const bits = ((next() & free) | fixed) + twice * (row % SIZES);
    return form === "q8" ? scaleBits(bits) : bits;
  });
  return { form, rows, columns, words };
}

/** Returns the bits of q8's scale for the bits of a step: 127 steps, as quantising writes it. */
function scaleBits(step: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, step);
  view.setFloat32(0, 127 * view.getFloat32(0));
  return view.getUint32(0);
}

/** Returns four integers of q8 with -127 in place of -128, which quantising never writes. */
function withoutLeast(word: number): number {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, word);
  for (let i = 0; i < 4; i++) bytes.setInt8(i, Math.max(-127, bytes.getInt8(i)));
  return bytes.getUint32(0);
}
