/** Twin of the kernel embed: for each token a row of the table, or of the picture. */
import { IMAGE_ROW } from "../../src/kernels/embed.ts";

/** table and image are [rows, hidden]; a source at or above IMAGE_ROW is the picture's. */
export function embed(
  source: Uint32Array,
  table: Float32Array,
  image: Float32Array,
  hidden: number,
): Float32Array {
  const out = new Float32Array(source.length * hidden);
  source.forEach((row, token) => {
    const [from, at] = row >= IMAGE_ROW ? [image, row - IMAGE_ROW] : [table, row];
    out.set(from.subarray(at * hidden, (at + 1) * hidden), token * hidden);
  });
  return out;
}
