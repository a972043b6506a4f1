/**
 * Resizes by bicubic interpolation on the CPU, bit for bit as Pillow or torchvision does. The
 * kernel `resize` does the same on the GPU.
 *
 *     [height, width] ─ horizontal ─ [height, newWidth] ─ vertical ─ [newHeight, newWidth]
 *
 * Weights are whole numbers, sums start at one half, and each pass is clipped to bytes. The
 * horizontal pass is first in torchvision and in Pillow up to 12. Pillow 13 takes the vertical one
 * first if the height shrinks by more than twice what the width does.
 * C: `ImagingResample` in Pillow's Resample.c.
 */
import type { Pixels } from "../decode/pixels.ts";
import { FIRST_WEIGHT, isHeightFirst, resizeTaps } from "./taps.ts";
import type { ResizeArithmetic, Taps } from "./taps.ts";

/** A step of the yielding form ends after this time: half a frame. */
const STEP_MS = 8;

/** Resizes in one go. */
export function resizeBicubic(
  pixels: Pixels,
  width: number,
  height: number,
  arithmetic: ResizeArithmetic = "pillow",
): Pixels {
  const steps = resizeInSteps(pixels, width, height, arithmetic);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Resizes in steps of about 8 ms, so that a page stays responsive. */
export async function resizeBicubicYielding(
  pixels: Pixels,
  width: number,
  height: number,
  arithmetic: ResizeArithmetic = "pillow",
  signal?: AbortSignal,
): Promise<Pixels> {
  const steps = resizeInSteps(pixels, width, height, arithmetic);
  let begin = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - begin > STEP_MS) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      begin = performance.now();
    }
  }
}

/** Resizes in steps. Pixels are words, red in the lowest byte: one load for three channels. */
function* resizeInSteps(
  pixels: Pixels,
  width: number,
  height: number,
  arithmetic: ResizeArithmetic,
): Generator<void, Pixels> {
  const isDownFirst = isHeightFirst(pixels, { width, height }, arithmetic);
  let words = wordsOf(pixels.data);
  if (isDownFirst) words = yield* down(words, pixels.width, pixels.height, height, arithmetic);
  if (width !== pixels.width) {
    const rows = isDownFirst ? height : pixels.height;
    const taps = resizeTaps(pixels.width, width, arithmetic);
    const wider = new Uint32Array(width * rows);
    for (let row = 0; row < rows; row++) {
      horizontal(words, row * pixels.width, taps, wider, row * width);
      if (row % 16 === 15) yield;
    }
    words = wider;
  }
  if (height !== pixels.height && !isDownFirst) {
    words = yield* down(words, width, pixels.height, height, arithmetic);
  }
  const data = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  return { width, height, data: data.buffer === pixels.data.buffer ? data.slice() : data };
}

/** Resizes columns, in steps: [from, width] → [to, width]. */
function* down(
  words: Uint32Array,
  width: number,
  from: number,
  to: number,
  arithmetic: ResizeArithmetic,
): Generator<void, Uint32Array> {
  const taps = resizeTaps(from, to, arithmetic);
  const higher = new Uint32Array(width * to);
  for (let row = 0; row < to; row++) {
    vertical(words, width, taps, row, higher);
    if (row % 16 === 15) yield;
  }
  return higher;
}

/** Returns the bytes as words; copies them if they are not aligned to words. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** Resizes one row to another width: from `words[from]`, to `out[to]`. */
function horizontal(
  words: Uint32Array,
  from: number,
  taps: Taps,
  out: Uint32Array,
  to: number,
): void {
  const { table, stride, bits } = taps;
  const half = 1 << (bits - 1);
  for (let x = 0; x < taps.pixels; x++) {
    let red = half;
    let green = half;
    let blue = half;
    const source = from + table[x * stride]!;
    const begin = x * stride + FIRST_WEIGHT;
    const taken = table[x * stride + 1]!;
    for (let tap = 0; tap < taken; tap++) {
      const w = table[begin + tap]!;
      const word = words[source + tap]!;
      red = (red + Math.imul(w, word & 255)) | 0;
      green = (green + Math.imul(w, (word >>> 8) & 255)) | 0;
      blue = (blue + Math.imul(w, (word >>> 16) & 255)) | 0;
    }
    out[to + x] = pack(red, green, blue, bits);
  }
}

/** Computes one new row of `width` pixels from old rows. */
function vertical(
  words: Uint32Array,
  width: number,
  taps: Taps,
  row: number,
  out: Uint32Array,
): void {
  const { table, stride, bits } = taps;
  const half = 1 << (bits - 1);
  const from = table[row * stride]! * width;
  const begin = row * stride + FIRST_WEIGHT;
  const end = begin + table[row * stride + 1]!;
  for (let x = 0; x < width; x++) {
    let red = half;
    let green = half;
    let blue = half;
    let source = from + x;
    for (let tap = begin; tap < end; tap++, source += width) {
      const w = table[tap]!;
      const word = words[source]!;
      red = (red + Math.imul(w, word & 255)) | 0;
      green = (green + Math.imul(w, (word >>> 8) & 255)) | 0;
      blue = (blue + Math.imul(w, (word >>> 16) & 255)) | 0;
    }
    out[row * width + x] = pack(red, green, blue, bits);
  }
}

function pack(red: number, green: number, blue: number, bits: number): number {
  return clip(red >> bits) | (clip(green >> bits) << 8) | (clip(blue >> bits) << 16) | 0xff000000;
}

function clip(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
