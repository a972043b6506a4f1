/** The table of positions stretched over pictures, as transformers 5.23 does it. */
import { expect, test } from "vitest";
import { interpolationTaps } from "../../../src/model/families/position-table.ts";
import { patchPositions } from "../../../src/model/positions.ts";

/** Taps with a weight, of each patch: [row of the table, weight]. */
function tapsOf(rows: number, columns: number, tableRows: number, merge = 2): [number, number][][] {
  const grid = { rows, columns };
  const taps = interpolationTaps([grid], patchPositions(grid, merge), tableRows);
  return Array.from({ length: rows * columns }, (_, patch) =>
    Array.from({ length: taps.count }, (__, i): [number, number] => [
      taps.rows[patch * taps.count + i]!,
      taps.weights[patch * taps.count + i]!,
    ]).filter(([, weight]) => weight !== 0),
  );
}

test("positions: a picture as large as the table → each patch its own row, in merge-block order", () => {
  const rows = tapsOf(4, 4, 16).map((taps) => taps.map(([row]) => row));
  expect(rows.flat()).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
});

test("positions: corners of any picture → corners of the table", () => {
  for (const [rows, columns] of [
    [2, 2],
    [6, 4],
    [2, 20],
    [34, 6],
  ] as const) {
    const taps = tapsOf(rows, columns, 2304, 1);
    const corners = [0, columns - 1, (rows - 1) * columns, rows * columns - 1];
    expect(corners.map((patch) => taps[patch])).toEqual([
      [[0, 1]],
      [[47, 1]],
      [[47 * 48, 1]],
      [[47 * 48 + 47, 1]],
    ]);
  }
});

test("positions: one row of patches → the table's first row", () => {
  const taps = tapsOf(1, 4, 16, 1);
  expect(taps.map((own) => own.map(([row]) => row))).toEqual([[0], [1], [2], [3]]);
});

test("positions: a place between rows → four of them by its distances, which add up to one", () => {
  // get_vision_interpolation_indices_and_weights(tensor([[1, 4, 6]]), 5, align_corners=True)
  const taps = tapsOf(4, 6, 25, 1)[8]!;
  expect(taps.map(([row]) => row)).toEqual([6, 7, 11, 12]);
  const [third, fifth] = [1 / 3, 3 / 5];
  [(1 - third) * (1 - fifth), (1 - third) * fifth, third * (1 - fifth), third * fifth].forEach(
    (weight, i) => expect(taps[i]![1]).toBeCloseTo(weight, 6),
  );
});

test("positions: a table whose rows are not a square → the square within it", () => {
  const rows = tapsOf(3, 3, 10, 1).map((taps) => taps.map(([row]) => row));
  expect(rows.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});
