// Tested by: test/residency/upload.gpu.test.ts
/**
 * Rows that keep their bytes: how they lie in a weight's part, and JavaScript's own way of bringing
 * them there.
 */
import { at } from "../base/at.ts";
import { rowByteLength } from "../kernels/weight-forms.ts";
import type { Block, Strip } from "./read-plan.ts";

/** Moving fewer bytes at a time in JavaScript takes longer than a kernel. */
const MOVED_BYTES = 1024;

/** Bytes from one row of the part to the next. */
export function strideBytes({ isVector, form, columns }: Strip): number {
  return isVector ? 4 : rowByteLength(form, columns);
}

/** Whether rows lie on the GPU byte for byte as in the file, one after the other, in whole u32s. */
export function liesAsStored(strip: Strip): boolean {
  const isSame = strip.byteLength === strip.rows * strideBytes(strip);
  return !strip.interleaved && strip.dtype === strip.form && isSame;
}

/** Whether rows keep their bytes, and are long enough to be moved one by one. */
export function isMoved(strip: Strip): boolean {
  const bytes = (strip.byteLength / strip.rows) * runRows(strip);
  return strip.dtype === strip.form && bytes % 4 === 0 && bytes >= MOVED_BYTES;
}

/** What `layOut` fills. */
export function laidBytes(block: Block): number {
  return Math.max(...block.map((strip) => strideBytes(strip) * placesOf(strip)));
}

/**
 * The block's rows as they shall lie: padded with zeros, and in fours by turns where they are
 * interleaved.
 * @param rows of each strip, as the file has them
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

/** Rows that follow each other in the file and in the part alike. */
function runRows(strip: Strip): number {
  const isPadded = strip.byteLength !== strip.rows * strideBytes(strip);
  return isPadded || !strip.interleaved ? 1 : 4;
}

/** Where a row goes, counted from the strip's first: `part_row` of shaders/lib/weight-raw.wgsl. */
function placeOf({ interleaved }: Strip, row: number): number {
  return interleaved ? Math.floor(row / 4) * 8 + (row % 4) : row;
}

/** Rows of the part that the strip takes, those of the other one between them included. */
function placesOf({ interleaved, rows }: Strip): number {
  return interleaved ? Math.ceil(rows / 4) * 8 : rows;
}
