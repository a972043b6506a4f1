// Tested by: test/cli/commands/export-web.gpu.test.ts
/**
 * Quantises rows as `shaders/quantise-q8.wgsl` and `quantise-q4.wgsl` do, bit for bit, without a
 * GPU. Every product that decides is exact, so it does not matter who multiplies.
 */
import { QUANT_BLOCK } from "../../src/kernels/weight-forms.ts";
import type { QuantisedForm } from "../../src/kernels/weight-forms.ts";

/** Blocks of a smaller range are stored as one value. */
const TINY = 2 ** -100;

const f32 = Math.fround;
const SHARE = { q8: f32(1 / 127), q4: f32(1 / 15) };
const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function bitsOf(value: number): number {
  scratch[0] = value;
  return scratchBits[0]!;
}

function valueOf(bits: number): number {
  scratchBits[0] = bits;
  return scratch[0]!;
}

/** Returns the bf16 that is next toward zero, or the value itself. */
function truncated(value: number): number {
  return valueOf(bitsOf(value) & 0xffff0000);
}

/** Returns the next bf16 away from zero. */
function next(value: number): number {
  return valueOf(bitsOf(value) + 0x10000);
}

/** Returns the smallest bf16 that, multiplied by `steps`, is not below the range. */
function stepOver(range: number, steps: number, share: number): number {
  if (range < TINY) return 0;
  const step = truncated(f32(range * share));
  return steps * step < range ? next(step) : step;
}

/**
 * Quantises whole rows.
 * @param values [rows, stride] f32, each row padded with zeros to whole blocks
 * @param words receives the integers: stride / 4 (q8) or stride / 8 (q4) u32 a row
 * @param scales receives a u32 for each block
 * @returns the index of the first block with NaN or infinity; -1 if there is none
 */
export function quantiseRows(
  form: QuantisedForm,
  values: Float32Array,
  words: Uint32Array,
  scales: Uint32Array,
): number {
  const one = form === "q8" ? blockQ8 : blockQ4;
  const blocks = values.length / QUANT_BLOCK;
  let bad = -1;
  for (let block = 0; block < blocks; block++) {
    const isFinite = one(values, block, words, scales);
    if (!isFinite && bad < 0) bad = block;
  }
  return bad;
}

function blockQ8(
  values: Float32Array,
  block: number,
  words: Uint32Array,
  scales: Uint32Array,
): boolean {
  const begin = block * QUANT_BLOCK;
  let most = 0;
  for (let i = begin; i < begin + QUANT_BLOCK; i++) {
    const size = Math.abs(values[i]!);
    // False for NaN too.
    if (!(size < Infinity)) return false;
    if (size > most) most = size;
  }
  const step = stepOver(most, 127, SHARE.q8);
  const out = block * 8;
  for (let word = 0; word < 8; word++) {
    let packed = 0;
    for (let i = 0; i < 4 && step !== 0; i++) {
      const near = Math.floor(values[begin + word * 4 + i]! / step + 0.5);
      packed |= (Math.min(127, Math.max(-127, near)) & 0xff) << (8 * i);
    }
    words[out + word] = packed;
  }
  // The shaders' unpack4x8snorm divides by 127.
  scales[block] = bitsOf(127 * step);
  return true;
}

function blockQ4(
  values: Float32Array,
  block: number,
  words: Uint32Array,
  scales: Uint32Array,
): boolean {
  const begin = block * QUANT_BLOCK;
  let least = Infinity;
  let most = -Infinity;
  for (let i = begin; i < begin + QUANT_BLOCK; i++) {
    const value = values[i]!;
    if (!(Math.abs(value) < Infinity)) return false;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  let lowest = 0;
  if (Math.abs(least) >= TINY) {
    const cut = truncated(least);
    lowest = cut > least ? next(cut) : cut;
  }
  const step = stepOver(f32(most - lowest), 15, SHARE.q4);
  const out = block * 4;
  for (let word = 0; word < 4; word++) {
    let packed = 0;
    for (let i = 0; i < 8 && step !== 0; i++) {
      const near = Math.floor(f32(values[begin + word * 8 + i]! - lowest) / step + 0.5);
      // The first four in the low halves of the bytes, the others in the high halves.
      packed |= Math.min(15, Math.max(0, near)) << (8 * (i & 3) + (i & 4));
    }
    words[out + word] = packed;
  }
  scales[block] = (bitsOf(step) >>> 16) | (bitsOf(lowest) & 0xffff0000);
  return true;
}
