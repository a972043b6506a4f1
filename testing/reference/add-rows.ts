/** Double-precision twin of the kernel add-rows: x + Σ weight · table[row]. */
import type { Taps } from "../../src/kernels/tower/add-rows.ts";
import { roundingBound } from "../compare.ts";
import type { Bounded } from "./matmul.ts";

/** x [rows, columns], table [table rows, columns]. */
export function addRows(
  x: Float32Array,
  columns: number,
  table: Float32Array,
  taps: Taps,
): Bounded {
  const wanted = Float64Array.from(x);
  const bounds = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const row = Math.floor(i / columns);
    let magnitude = Math.abs(x[i]!);
    let added = 0;
    for (let tap = row * taps.count; tap < (row + 1) * taps.count; tap++) {
      const weight = taps.weights[tap]!;
      if (weight === 0) continue;
      const term = weight * table[taps.rows[tap]! * columns + (i % columns)]!;
      wanted[i]! += term;
      magnitude += Math.abs(term);
      added += 1;
    }
    bounds[i] = added === 0 ? 0 : roundingBound(added + 2, magnitude);
  }
  return { wanted, bounds };
}
