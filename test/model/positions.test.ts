import { expect, test } from "vitest";
import {
  invertOrder,
  mropePositions,
  patchPositions,
  spreadOverRows,
  windows,
} from "../../src/model/positions.ts";
import { goldenSets, loadGoldens } from "../../testing/golden.ts";

const axis = (positions: Uint32Array, which: number): number[] =>
  [...positions].filter((_, i) => i % 3 === which);

test("mrope: two tokens, a vision start, a picture of 6 × 10 patches, five tokens → the reference's table", () => {
  const positions = mropePositions(23, [{ begin: 3, grid: { rows: 6, columns: 10 } }], 2);
  const after = [8, 9, 10, 11, 12];
  const repeat = (value: number, times: number): number[] =>
    Array.from({ length: times }, () => value);
  expect(axis(positions, 0)).toEqual([0, 1, 2, ...repeat(3, 15), ...after]);
  expect(axis(positions, 1)).toEqual([
    0,
    1,
    2,
    ...[3, 4, 5].flatMap((row) => repeat(row, 5)),
    ...after,
  ]);
  expect(axis(positions, 2)).toEqual([
    0,
    1,
    2,
    ...repeat(0, 3).flatMap(() => [3, 4, 5, 6, 7]),
    ...after,
  ]);
});

/** Patches along a side of a token, in golden models that have other than 2. */
const MERGES: Readonly<Record<string, number>> = { "q3vl-odd": 3, "q2vl-odd": 1 };

for (const set of goldenSets().filter(({ resize }) => resize !== undefined)) {
  test(`mrope: all goldens of ${set.name} (${set.resize}) → equal to the oracle's position ids`, () => {
    const merge = MERGES[set.name] ?? 2;
    for (const golden of loadGoldens(set.golden)) {
      if (golden.inputIds && golden.positionIds) {
        // The three positions of a token differ in pictures only. Find where each picture begins.
        const images = imagesIn(golden.inputIds, golden.imageGridThw, merge);
        const positions = mropePositions(golden.inputIds.length, images, merge);
        expect([0, 1, 2].map((which) => axis(positions, which))).toEqual(golden.positionIds);
      }
    }
  });
}

/** The runs of the most frequent id, in the order of their grids. */
function imagesIn(
  ids: readonly number[],
  grids: readonly (readonly [number, number, number])[],
  merge: number,
) {
  let from = 0;
  return grids.map(([, rows, columns]) => {
    const tokens = (rows * columns) / merge ** 2;
    const begin = ids.findIndex(
      (id, i) =>
        i >= from && ids.slice(i, i + tokens).every((other) => other === id) && ids[i - 1] === 1019,
    );
    from = begin + tokens;
    return { begin, grid: { rows, columns } };
  });
}

test("patches: a grid of 4 × 6 → merge blocks row by row, patches row by row inside", () => {
  const pairs = [...patchPositions({ rows: 4, columns: 6 }, 2)];
  expect(pairs.slice(0, 16)).toEqual([0, 0, 0, 1, 1, 0, 1, 1, 0, 2, 0, 3, 1, 2, 1, 3]);
  expect(pairs).toHaveLength(48);
});

test("patches: the same grid in windows of 2 × 2 cells → a window's patches together", () => {
  const { order } = windows({ rows: 4, columns: 6 }, 2, 2);
  const pairs = [...patchPositions({ rows: 4, columns: 6 }, 2, order)];
  const cells = [0, 1, 3, 4, 2, 5];
  const inOrder = [...patchPositions({ rows: 4, columns: 6 }, 2)];
  expect(pairs).toEqual(cells.flatMap((cell) => inOrder.slice(cell * 8, cell * 8 + 8)));
});

test("windows: a grid of 6 × 10, windows of 4 cells → the reference's order and lengths", () => {
  const { order, lengths } = windows({ rows: 6, columns: 10 }, 2, 4);
  expect([...order]).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 4, 9, 14]);
  expect(lengths.map((cells) => cells * 4)).toEqual([48, 12]);
});

test("windows: a grid that windows divide → no empty window at its end", () => {
  const { lengths } = windows({ rows: 16, columns: 24 }, 2, 4);
  expect(lengths).toEqual([16, 16, 16, 16, 16, 16]);
});

test("windows: order and its inverse, spread over patches → every patch back in its place", () => {
  const { order } = windows({ rows: 10, columns: 20 }, 2, 4);
  const there = spreadOverRows(order, 4);
  const back = spreadOverRows(invertOrder(order), 4);
  expect([...back].map((row) => there[row])).toEqual([...there.keys()]);
});
