/**
 * Double-precision twin of the kernel patchify: resized pictures to normalised patches.
 *
 * Python: `Qwen2VLImageProcessor._preprocess` in transformers' image_processing_qwen2_vl.py.
 */
import { normalisation, type ImageConfig } from "../../src/image/config.ts";
import type { Pixels } from "../../src/image/decode/pixels.ts";

/**
 * A picture whose sides are multiples of patchSize * mergeSize.
 * @returns [patches, 3 * temporalPatchSize * patchSize * patchSize]; patches by merge blocks, row
 *   by row, and row by row inside a block; a row is [channel][frame][y][x], its frames equal
 */
export function patchify({ width, height, data }: Pixels, config: ImageConfig): Float32Array {
  const { patchSize, mergeSize, temporalPatchSize } = config;
  const { scale, shift } = normalisation(config);
  const rows = height / patchSize;
  const columns = width / patchSize;
  const out = new Float32Array(rows * columns * 3 * temporalPatchSize * patchSize ** 2);
  let at = 0;
  for (const [row, column] of mergeOrder(rows, columns, mergeSize)) {
    for (let channel = 0; channel < 3; channel++) {
      for (let frame = 0; frame < temporalPatchSize; frame++) {
        for (let y = row * patchSize; y < (row + 1) * patchSize; y++) {
          for (let x = column * patchSize; x < (column + 1) * patchSize; x++) {
            out[at++] = data[(y * width + x) * 4 + channel]! * scale[channel]! + shift[channel]!;
          }
        }
      }
    }
  }
  return out;
}

/** [row, column] of each patch. */
function mergeOrder(rows: number, columns: number, merge: number): [number, number][] {
  const order: [number, number][] = [];
  for (let top = 0; top < rows; top += merge) {
    for (let left = 0; left < columns; left += merge) {
      for (let i = 0; i < merge * merge; i++) {
        order.push([top + Math.floor(i / merge), left + (i % merge)]);
      }
    }
  }
  return order;
}
