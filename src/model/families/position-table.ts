/**
 * Qwen3-VL's table of learned positions, a square of rows, stretched over the patches of a picture:
 * each patch takes four rows of the table, blended by its place between them.
 *
 * Python: get_vision_interpolation_indices_and_weights, bilinear with aligned corners.
 */
import { at } from "../../base/at.ts";
import type { Taps } from "../../kernels/tower/add-rows.ts";
import type { Grid } from "../positions.ts";

/** Rows above and below a place, or left and right of it. */
const AXIS_TAPS = 2;

/** Two neighbours on one axis of the table, and their weights. */
interface AxisTaps {
  readonly places: readonly [number, number];
  readonly weights: readonly [number, number];
}

/**
 * Returns four taps for each patch.
 * @param positions row and column [patches, 2] of each patch in its picture
 * @param tableRows rows of the table; its side is the root of them, rounded down
 */
export function interpolationTaps(
  grids: readonly Grid[],
  positions: Uint32Array,
  tableRows: number,
): Taps {
  const side = Math.floor(Math.sqrt(tableRows));
  const patches = positions.length / 2;
  const count = AXIS_TAPS ** 2;
  const rows = new Uint32Array(patches * count);
  const weights = new Float32Array(patches * count);
  let patch = 0;
  for (const grid of grids) {
    const down = Array.from({ length: grid.rows }, (_, i) => axisTaps(i, grid.rows, side));
    const across = Array.from({ length: grid.columns }, (_, i) => axisTaps(i, grid.columns, side));
    for (let i = 0; i < grid.rows * grid.columns; i++, patch++) {
      const vertical = at(down, at(positions, patch * 2));
      const horizontal = at(across, at(positions, patch * 2 + 1));
      for (let tap = 0; tap < count; tap++) {
        const y = Math.floor(tap / AXIS_TAPS);
        const x = tap % AXIS_TAPS;
        rows[patch * count + tap] = at(vertical.places, y) * side + at(horizontal.places, x);
        weights[patch * count + tap] = at(vertical.weights, y) * at(horizontal.weights, x);
      }
    }
  }
  return { count, rows, weights };
}

/** The first patch is at the table's first row, the last at its last. Rounded to f32 as PyTorch. */
function axisTaps(index: number, patches: number, side: number): AxisTaps {
  const place = Math.fround(Math.fround(index * (side - 1)) / Math.max(patches - 1, 1));
  const before = Math.floor(place);
  const distance = Math.fround(place - before);
  return {
    places: [before, Math.min(before + 1, side - 1)],
    weights: [Math.fround(1 - distance), distance],
  };
}
