/**
 * The block forms of weights, as shaders/quantise.wgsl makes them: bit for bit, for every product
 * that decides is exact.
 *
 *   q8   value = integer * scale, integers -127 to 127
 *   q4   value = integer * step + lowest, integers 0 to 15
 *
 * Scales have the eight bits of a bf16's mantissa, so that (integer ± ½) * scale is exact in f32
 * and a value is rounded to the nearest integer, halves up, whatever division the GPU has. Blocks
 * that span less than 2⁻¹⁰⁰ become their lowest value.
 */
import { QUANT_BLOCK, rowByteLength, rowValues } from "../../src/kernels/weight-forms.ts";

const TINY = 2 ** -100;

export interface Quantised {
  /** The part of a weight in its GPU layout. */
  readonly bytes: Uint32Array<ArrayBuffer>;
  /** [rows, columns], the exact values that the integers encode. */
  readonly values: Float64Array;
}

const f32 = Math.fround;

/** Truncated to bf16: toward zero. */
function truncated(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]! &= 0xffff0000;
  return new Float32Array(bits.buffer)[0]!;
}

/** The next bf16 away from zero. */
function next(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]! += 0x10000;
  return new Float32Array(bits.buffer)[0]!;
}

/** The largest bf16 that is no larger. */
function atMost(value: number): number {
  if (Math.abs(value) < TINY) return 0;
  const cut = truncated(value);
  return cut > value ? next(cut) : cut;
}

/** Returns the smallest bf16 that, multiplied by `steps`, covers `range`. */
function stepOver(range: number, steps: number): number {
  if (range < TINY) return 0;
  const step = truncated(f32(range * f32(1 / steps)));
  return steps * step < range ? next(step) : step;
}

/** The nearest integer to value / step, halves up. */
function nearest(value: number, step: number, least: number, most: number): number {
  if (step === 0) return 0;
  return Math.min(most, Math.max(least, Math.floor(value / step + 0.5)));
}

function bf16Bits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
}

/** Blocks of [rows, columns], row after row, the last of each row filled up with zeros. */
function* blocks(values: Float32Array, rows: number, columns: number): Generator<Float32Array> {
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < columns; k += QUANT_BLOCK) {
      const block = new Float32Array(QUANT_BLOCK);
      block.set(
        values.subarray(row * columns + k, row * columns + Math.min(k + QUANT_BLOCK, columns)),
      );
      yield block;
    }
  }
}

export function quantise(
  form: "q8" | "q4",
  values: Float32Array,
  rows: number,
  columns: number,
): Quantised {
  const byteLength = Math.ceil((rows * rowByteLength(form, columns)) / 16) * 16;
  const bytes = new Uint32Array(byteLength / 4);
  const padded = rowValues(form, columns);
  const scalesAt = (rows * padded) / (form === "q8" ? 4 : 8);
  const dequantised = new Float64Array(rows * columns);
  let index = 0;
  for (const block of blocks(values, rows, columns)) {
    const made = form === "q8" ? q8(block) : q4(block);
    bytes.set(made.words, index * made.words.length);
    bytes[scalesAt + index] = made.scale;
    const first = index * QUANT_BLOCK;
    const [row, k] = [Math.floor(first / padded), first % padded];
    const kept = Math.min(QUANT_BLOCK, columns - k);
    dequantised.set(made.values.subarray(0, kept), row * columns + k);
    index++;
  }
  return { bytes, values: dequantised };
}

interface Block {
  readonly words: Uint32Array;
  readonly scale: number;
  readonly values: Float64Array;
}

function q8(block: Float32Array): Block {
  const step = stepOver(
    block.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    127,
  );
  const words = new Uint32Array(QUANT_BLOCK / 4);
  const values = new Float64Array(QUANT_BLOCK);
  for (const [i, value] of block.entries()) {
    const integer = nearest(value, step, -127, 127);
    words[i >> 2]! |= (integer & 0xff) << (8 * (i & 3));
    values[i] = integer * step;
  }
  return { words, scale: new Uint32Array(Float32Array.of(127 * step).buffer)[0]!, values };
}

function q4(block: Float32Array): Block {
  const lowest = atMost(block.reduce((least, value) => Math.min(least, value), Infinity));
  const highest = block.reduce((most, value) => Math.max(most, value), -Infinity);
  const step = stepOver(f32(highest - lowest), 15);
  const words = new Uint32Array(QUANT_BLOCK / 8);
  const values = new Float64Array(QUANT_BLOCK);
  for (const [i, value] of block.entries()) {
    const integer = nearest(f32(value - lowest), step, 0, 15);
    words[i >> 3]! |= integer << (8 * (i & 3) + (i & 4));
    values[i] = integer * step + lowest;
  }
  return { words, scale: ((bf16Bits(lowest) << 16) | bf16Bits(step)) >>> 0, values };
}
