/**
 * Values that break kernels which hold too little: full mantissas, magnitudes past f16's 65,504, channels that stand out as
 * Qwen's do, rows of very different size. The same in every run.
 */
import type { Form } from "../kernels/kernel.ts";
import { QUANT_BLOCK, isQuantised, rowValues } from "../kernels/weight-forms.ts";

/** A number of 32 bits at each call. */
export type Random = () => number;

export function random(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    // The low bits of such a sequence repeat soon.
    return (state ^ (state >>> 16)) >>> 0;
  };
}

/** ±1 to 2, with all bits of an f32. */
function mantissa(next: Random): number {
  return Math.fround((next() & 1 ? 1 : -1) * (1 + next() / 2 ** 32));
}

/** Channels that stand out, as Qwen's do: one in nine. */
const OUTLIERS = [300, 3000, 30_000];

/** How large the value of a channel is, for rows of each kind in turn. A single row has outliers, and one past the range of f16. */
const KINDS: readonly ((channel: number) => number)[] = [
  (channel) => (channel === 0 ? 300_000 : outlier(channel)),
  outlier,
  () => 1,
  () => 2 ** 20,
  () => 2 ** -30,
  // Each smaller than the last, to where an f16 scaled by the largest has no bits left.
  (channel) => 2 ** -channel,
  () => 0,
];

function outlier(channel: number): number {
  return channel % 9 === 4 ? (OUTLIERS[Math.floor(channel / 9) % OUTLIERS.length] ?? 1) : 1;
}

/** Activations [rows, columns]. */
export function hostileRows(rows: number, columns: number, next: Random): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const size = KINDS[Math.floor(i / columns) % KINDS.length];
    return mantissa(next) * (size?.(i % columns) ?? 0);
  });
}

/** A weight as it lies on the GPU, and what its values are, [rows, stride] each. */
export interface HostileWeight {
  readonly form: Form;
  readonly rows: number;
  readonly words: Uint32Array<ArrayBuffer>;
  readonly values: Float32Array;
  readonly stride: number;
}

/** Sizes of the rows of a weight: 2⁻⁸, 2⁻⁶, … 1, in turn. */
function rowSize(row: number): number {
  return 2 ** (2 * (row % 5) - 8);
}

export function hostileWeight(
  form: Form,
  rows: number,
  columns: number,
  next: Random,
): HostileWeight {
  const stride = rowValues(form, columns);
  const count = rows * stride;
  const shape = { form, rows, stride };
  if (isQuantised(form)) {
    return { ...shape, ...(form === "q8" ? integers8(count, next) : integers4(count, next)) };
  }
  const full = Float32Array.from(
    { length: count },
    (_, i) => mantissa(next) * rowSize(Math.floor(i / stride)),
  );
  if (form === "f32") {
    return { ...shape, words: new Uint32Array(full.buffer), values: full };
  }
  // Cut to the bits that the form has: 7 of bf16's mantissa, 10 of f16's, whose exponent is counted from 15, not 127.
  const cut = new Uint32Array(full.buffer).map(
    (bits) => bits & (form === "bf16" ? ~0xffff : ~0x1fff),
  );
  const halves = Uint16Array.from(cut, (bits) =>
    form === "bf16"
      ? bits >>> 16
      : ((bits >>> 16) & 0x8000) | ((((bits >>> 13) & 0x3ffff) - (112 << 10)) & 0x7fff),
  );
  const values = new Float32Array(cut.buffer);
  return { ...shape, words: new Uint32Array(halves.buffer), values };
}

type Packed = Pick<HostileWeight, "words" | "values">;

/** Of shaders/lib/weight-q8.wgsl. */
function integers8(count: number, next: Random): Packed {
  const words = new Uint32Array(count / 4 + count / QUANT_BLOCK);
  const integers = new Int8Array(words.buffer, 0, count).map(() => (next() % 255) - 127);
  new Int8Array(words.buffer).set(integers);
  const scales = new Float32Array(words.buffer, count).map(() => bf16(next) / 64);
  const values = Float32Array.from(
    integers,
    (integer, i) => integer * (scales[Math.floor(i / QUANT_BLOCK)] ?? 0),
  );
  new Float32Array(words.buffer, count).set(scales.map((scale) => 127 * scale));
  return { words, values };
}

/** Of shaders/lib/weight-q4.wgsl. */
function integers4(count: number, next: Random): Packed {
  const words = new Uint32Array(count / 8 + count / QUANT_BLOCK);
  const bytes = new Uint8Array(words.buffer);
  const blocks = Float32Array.from({ length: (2 * count) / QUANT_BLOCK }, () => bf16(next));
  const bits = new Uint32Array(blocks.buffer);
  const values = Float32Array.from({ length: count }, (_, i) => {
    const integer = next() % 16;
    const byte = Math.floor(i / 8) * 4 + (i % 4);
    bytes[byte] = (bytes[byte] ?? 0) | (integer << (i & 4));
    const block = 2 * Math.floor(i / QUANT_BLOCK);
    return integer * (blocks[block] ?? 0) - 8 * (blocks[block + 1] ?? 0);
  });
  for (let block = 0; block < count / QUANT_BLOCK; block++) {
    const lowest = Float32Array.of(-8 * (blocks[2 * block + 1] ?? 0));
    const [high = 0] = new Uint32Array(lowest.buffer);
    words[count / 8 + block] = high | ((bits[2 * block] ?? 0) >>> 16);
  }
  return { words, values };
}

/** 1 to 2, with the bits of a bf16. */
function bf16(next: Random): number {
  return 1 + (next() % 128) / 128;
}
