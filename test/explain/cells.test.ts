import { expect, test } from "vitest";
import {
  blankOf,
  blurOf,
  boxOf,
  coverOf,
  gridOf,
  hideBox,
  splitCell,
  withBoxOf,
} from "../../src/explain/cells.ts";
import type { RawPixels } from "../../src/types.ts";

function plain(width: number, height: number, rgb: readonly number[]): RawPixels {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < data.length; i++) data[i] = i % 4 === 3 ? 255 : rgb[i % 4]!;
  return { width, height, data };
}

test("grid: 56 × 84 resized pixels as 6 tokens → 3 rows by 2 columns; unknown → about eight along a side", () => {
  const seen = { resizedWidth: 56, resizedHeight: 84, tokens: 6 };
  expect(gridOf({ width: 100, height: 150 }, seen)).toEqual({ rows: 3, columns: 2 });
  expect(gridOf({ width: 200, height: 100 })).toEqual({ rows: 4, columns: 8 });
});

test("cells: any grid → parts on its lines that cover it once", () => {
  for (const [columns, rows, most] of [
    [7, 5, 4],
    [2, 3, 4],
    [16, 9, 5],
  ] as const) {
    const parts = splitCell({ left: 0, top: 0, right: columns, bottom: rows }, most);
    const covered = Array.from({ length: rows * columns }, () => 0);
    for (const { left, top, right, bottom } of parts) {
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) covered[y * columns + x]! += 1;
    }
    expect(covered.every((count) => count === 1)).toBe(true);
    expect(parts).toHaveLength(Math.min(most, columns) * Math.min(most, rows));
  }
});

test("cells: a red square on white hidden → white, and nothing outside the box changes", () => {
  const picture = plain(8, 8, [255, 255, 255]);
  const data = Uint8Array.from(picture.data);
  for (const [x, y] of [
    [2, 2],
    [3, 2],
    [2, 3],
    [3, 3],
  ] as const)
    data.set([200, 0, 0], (y * 8 + x) * 4);
  const box = boxOf({ left: 1, top: 1, right: 2, bottom: 2 }, { rows: 4, columns: 4 }, picture);
  expect(box).toEqual([2, 2, 4, 4]);
  const red = { ...picture, data };
  expect([...hideBox(red, box).data]).toEqual([...picture.data]);
  // The cover is the background's colour, and showing the box alone brings the square back.
  const cover = coverOf(red);
  expect([...cover.data]).toEqual([...picture.data]);
  expect([...withBoxOf(cover, box, red).data]).toEqual([...data]);
});

test("whole pictures: blank is grey, blurred keeps the mean and loses the detail", () => {
  expect(new Set(blankOf(plain(3, 2, [9, 8, 7])).data)).toEqual(new Set([128, 255]));
  const picture = plain(16, 16, [0, 0, 0]);
  const data = Uint8Array.from(picture.data);
  for (let y = 0; y < 16; y++) for (let x = 0; x < 16; x += 2) data[(y * 16 + x) * 4] = 200;
  const blurred = blurOf({ ...picture, data });
  const reds = [...blurred.data].filter((_, i) => i % 4 === 0);
  expect(Math.max(...reds) - Math.min(...reds)).toBeLessThan(100);
  expect(reds.reduce((sum, red) => sum + red, 0) / reds.length).toBeCloseTo(100, -1);
});
