/** Sums with weighted rows of a table against double precision; rows without one bit for bit. */
import { expect, test } from "vitest";
import { PLAIN } from "../../../src/kernels/profile.ts";
import { addRows, wholeRows } from "../../../src/kernels/tower/add-rows.ts";
import type { Taps } from "../../../src/kernels/tower/add-rows.ts";
import { compareRounding } from "../../../testing/compare.ts";
import { runKernel } from "../../../testing/gpu/kernel-run.ts";
import { evenValues, hostileValues } from "../../../testing/inputs.ts";
import { addRows as reference } from "../../../testing/reference/add-rows.ts";

const TABLE_ROWS = 9;

async function added(
  x: Float32Array,
  columns: number,
  table: Float32Array,
  taps: Taps,
): Promise<Float32Array> {
  return await runKernel(PLAIN, (bench) => {
    const rows = bench.rows(x, x.length / columns);
    return addRows(bench.plan, "add", rows, bench.rows(table, table.length / columns), taps);
  });
}

function tapsOf(rows: number, count: number): Taps {
  return {
    count,
    rows: Uint32Array.from({ length: rows * count }, (_, i) => (i * 5) % TABLE_ROWS),
    weights: evenValues(rows * count, 3),
  };
}

test.each([
  [1, 1, 1],
  [3, 5, 2],
  [63, 4, 4],
  [65, 7, 1],
  [500, 130, 4],
])("add-rows: %i rows of %i, %i taps → within rounding", async (rows, columns, count) => {
  const x = evenValues(rows * columns, rows);
  const table = evenValues(TABLE_ROWS * columns, 5);
  const taps = tapsOf(rows, count);
  const { wanted, bounds } = reference(x, columns, table, taps);
  const got = await added(x, columns, table, taps);
  expect(got).toBeWithinRounding(wanted, bounds, { name: "add-rows", shape: [rows, columns] });
});

test("add-rows: whole rows, and none of the table for the others → those bit for bit", async () => {
  const columns = 12;
  const x = hostileValues(5 * columns, 1);
  const table = hostileValues(2 * columns, 2);
  // What no tap names may be anything.
  table.fill(Number.NaN, 0, columns);
  const got = await added(x, columns, table, wholeRows(Int32Array.of(-1, 1, -1, 1, -1)));
  for (const row of [0, 2, 4]) {
    const own = [row * columns, (row + 1) * columns] as const;
    expect(got.subarray(...own)).toEqualBits(x.subarray(...own), { name: "row", shape: [columns] });
  }
  const sums = x.map((value, i) => value + table[columns + (i % columns)]!);
  for (const row of [1, 3]) {
    const own = [row * columns, (row + 1) * columns] as const;
    expect([...got.subarray(...own)]).toEqual([...sums.subarray(...own)]);
  }
});

test("add-rows: the taps of another row on purpose → seen", async () => {
  const x = evenValues(6 * 8, 1);
  const table = evenValues(TABLE_ROWS * 8, 5);
  const taps = tapsOf(6, 4);
  const { wanted, bounds } = reference(x, 8, table, taps);
  const isSeen = async (given: Taps): Promise<boolean> => {
    const got = await added(x, 8, table, given);
    return !compareRounding(got, wanted, bounds, { name: "add", shape: [6, 8] }).pass;
  };
  // Each second row gets the taps of the first.
  const others = taps.rows.map((_, i) => taps.rows[i - (Math.floor(i / 4) % 2) * 4]!);
  const weights = taps.weights.map((_, i) => taps.weights[i - (Math.floor(i / 4) % 2) * 4]!);
  expect(await isSeen(taps)).toBe(false);
  expect(await isSeen({ ...taps, rows: others })).toBe(true);
  expect(await isSeen({ ...taps, weights })).toBe(true);
});

test("add-rows: a tap too few → refused", async () => {
  const taps = { ...wholeRows(Int32Array.of(0)), count: 2 };
  await expect(added(new Float32Array(8), 8, new Float32Array(8), taps)).rejects.toThrow(
    "number of taps does not fit: expected 2, got 1 rows, 1 weights",
  );
});
