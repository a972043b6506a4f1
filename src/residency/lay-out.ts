// Tested by: test/residency/upload.gpu.test.ts
/**
 * Lays out rows that keep their bytes: their places in a weight's part, and the code in JavaScript
 * that moves them there.
 */
import { at } from "../base/at.ts";
import { rowByteLength } from "../kernels/weight-forms.ts";
import type { Block, Strip } from "./read-plan.ts";

/** Moving fewer bytes per row in JavaScript takes longer than a kernel. */
const MOVED_BYTES = 1024;

/** Returns the bytes from one row of the part to the next. */
export function strideBytes({ isVector, form, columns }: Strip): number {
  return isVector ? 4 : rowByteLength(form, columns);
}

/** Returns whether the GPU layout is that of the file: rows one after the other, in whole u32s. */
export function hasStoredLayout(strip: Strip): boolean {
  const isSame = strip.byteLength === strip.rows * strideBytes(strip);
  return !strip.interleaved && strip.dtype === strip.form && isSame;
}

/** Returns whether rows keep their bytes, and are long enough to be moved one by one. */
export function isMoved(strip: Strip): boolean {
  const bytes = (strip.byteLength / strip.rows) * runRows(strip);
  return strip.dtype === strip.form && bytes % 4 === 0 && bytes >= MOVED_BYTES;
}

/** Returns the bytes that `layOut` fills. */
export function layoutBytes(block: Block): number {
  return Math.max(...block.map((strip) => strideBytes(strip) * placesOf(strip)));
}

/**
 * Lays out the block's rows: padded with zeros, and if they are interleaved, in alternating fours.
 * @param rows of each strip, as in the file
 */
export function layOut(rows: readonly Uint8Array[], block: Block, into: Uint8Array): void {
  const ownBytes = block.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (ownBytes < into.byteLength) into.fill(0);
  for (const [i, strip] of block.entries()) {
    const run = runRows(strip);
    const rowBytes = strip.byteLength / strip.rows;
    const before = strip.firstRow - at(block, 0).firstRow;
    for (let row = 0; row < strip.rows; row += run) {
      const count = Math.min(run, strip.rows - row);
      const from = at(rows, i).subarray(row * rowBytes, (row + count) * rowBytes);
      into.set(from, (before + placeOf(strip, row)) * strideBytes(strip));
    }
  }
}

/** Returns how many rows are adjacent both in the file and in the part. */
function runRows(strip: Strip): number {
  const isPadded = strip.byteLength !== strip.rows * strideBytes(strip);
  return isPadded || !strip.interleaved ? 1 : 4;
}

/** Returns the place of a row from the strip's first: `part_row` of shaders/lib/weight-raw.wgsl. */
function placeOf({ interleaved }: Strip, row: number): number {
  return interleaved ? Math.floor(row / 4) * 8 + (row % 4) : row;
}

/** Returns how many rows of the part the strip spans, including the other strip's between them. */
function placesOf({ interleaved, rows }: Strip): number {
  return interleaved ? Math.ceil(rows / 4) * 8 : rows;
}
