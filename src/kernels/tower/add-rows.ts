/** Records sums with weighted rows of a table. Twin of `shaders/add-rows.wgsl`. */
import source from "../../../shaders/add-rows.wgsl?raw";
import { at } from "../../base/at.ts";
import { GpuError } from "../../errors.ts";
import { gridOfValues, kernel, read, u32, write } from "../kernel.ts";
import type { Kernel, Recorder, Tensor, WeightPart } from "../kernel.ts";

export const addRowsKernel: Kernel = kernel("add-rows", [source], {
  bindings: [read("x"), read("table"), read("taps"), write("out")],
  constants: ["TAPS"],
  params: [u32("rows"), u32("stride4")],
});

/** Which rows of the table are added to each row, and how much of them. */
export interface Taps {
  /** Taps of each row. */
  readonly count: number;
  /** Rows of the table [rows, count]. */
  readonly rows: Uint32Array;
  /** Weights [rows, count]; rows whose weights are all 0 are copied bit for bit. */
  readonly weights: Float32Array;
}

/** Returns one tap for each row: that row of the table as it is, or none for a negative number. */
export function wholeRows(rows: Int32Array): Taps {
  return {
    count: 1,
    rows: Uint32Array.from(rows, (row) => Math.max(0, row)),
    weights: Float32Array.from(rows, (row) => (row < 0 ? 0 : 1)),
  };
}

/**
 * Records x [rows, columns] + Σ weights · table rows → [rows, columns]. The table's rows are as
 * wide as those of x, padded alike.
 */
export function addRows(
  plan: Recorder,
  label: string,
  x: Tensor,
  table: Tensor | WeightPart,
  { count, rows, weights }: Taps,
): Tensor {
  if (rows.length !== x.rows * count || weights.length !== rows.length) {
    throw new GpuError({
      where: label,
      what: "number of taps does not fit",
      got: `${rows.length} rows, ${weights.length} weights`,
      expected: `${x.rows * count}`,
    });
  }
  const pairs = new Uint32Array(rows.length * 2);
  const bits = new Float32Array(pairs.buffer);
  rows.forEach((row, i) => {
    pairs[i * 2] = row;
    bits[i * 2 + 1] = at(weights, i);
  });
  const out = plan.tensor(label, x.rows, x.columns);
  plan.record({
    label,
    kernel: addRowsKernel,
    constants: { TAPS: count },
    bindings: [x, table, plan.input(`${label}.taps`, pairs), out],
    params: { rows: x.rows, stride4: x.stride / 4 },
    grid: gridOfValues((x.rows * x.stride) / 4),
    cost: 2 * count * x.rows * x.columns,
  });
  return out;
}
