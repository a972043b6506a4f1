/** Edits of pictures: sizes, pixels, and JPEG against libjpeg's own loss (sharp). */
import sharp from "sharp";
import { expect, test } from "vitest";
import { jpegLoss } from "../../src/audit/jpeg-loss.ts";
import { isPixelEdit, pixelEditNames, pixelEdits } from "../../src/audit/picture-edits.ts";
import type { RawPixels } from "../../src/types.ts";
import { Draws } from "../../testing/trust/draws.ts";

/** Colours that change slowly, edges, and noise. */
const picture: RawPixels = plantedPicture(99, 61);

function plantedPicture(width: number, height: number): RawPixels {
  const draws = new Draws(5);
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const isInside = (x - 50) ** 2 + (y - 30) ** 2 < 300;
    for (const [channel, base] of [2 * x, 3 * y, 120 + x - y].entries()) {
      const value = (isInside ? 255 - base : base) + 12 * draws.normal();
      data[4 * i + channel] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return { width, height, data };
}

function pixel({ width, data }: RawPixels, x: number, y: number): number[] {
  return Array.from(data.slice((y * width + x) * 4, (y * width + x) * 4 + 4));
}

test.each(pixelEditNames)(
  "picture edit %s → a picture, deterministic; the original is untouched",
  (name) => {
    const before = Buffer.from(picture.data);
    const first = pixelEdits[name](picture);
    const again = pixelEdits[name](picture);
    expect([again.width, again.height]).toEqual([first.width, first.height]);
    expect(Buffer.compare(Buffer.from(first.data), Buffer.from(again.data))).toBe(0);
    expect(Buffer.compare(Buffer.from(picture.data), before)).toBe(0);
    expect(first.data.length).toBe(first.width * first.height * 4);
    expect(first.data.some((value, i) => value !== before[i])).toBe(true);
    expect(first.data.every((value, i) => i % 4 !== 3 || value === 255)).toBe(true);
  },
);

test("names: six, known ones alone", () => {
  expect(pixelEditNames).toHaveLength(6);
  expect([isPixelEdit("blank"), isPixelEdit("toString")]).toEqual([true, false]);
});

test("blank → grey; half the size → half, means of four; shifted → moved, edges repeated", () => {
  expect(new Set(pixelEdits.blank(picture).data)).toEqual(new Set([128, 255]));
  const half = pixelEdits["half the size"](picture);
  expect([half.width, half.height]).toEqual([picture.width >> 1, picture.height >> 1]);
  const four = [0, 1].flatMap((y) => [0, 1].map((x) => pixel(picture, 40 + x, 40 + y)[0] ?? NaN));
  expect(pixel(half, 20, 20)[0]).toBe(Math.round(four.reduce((a, b) => a + b) / 4));
  const by = Math.ceil(0.03 * picture.width);
  const shifted = pixelEdits["shifted by 3 %"](picture);
  expect(pixel(shifted, 50 + by, 70 + Math.ceil(0.03 * picture.height))).toEqual(
    pixel(picture, 50, 70),
  );
  expect(pixel(shifted, 0, 0)).toEqual(pixel(picture, 0, 0));
});

test("text laid over → black on a white band across the middle, nothing else is touched", () => {
  const white: RawPixels = { width: 160, height: 40, data: new Uint8Array(160 * 40 * 4).fill(200) };
  const drawn = pixelEdits["text laid over"](white);
  const rows = Array.from({ length: 40 }, (_, y) =>
    Array.from({ length: 160 }, (__, x) => pixel(drawn, x, y)[0]),
  );
  const band = rows.flatMap((row, y) => (row[0] === 255 ? [y] : []));
  expect(band).toEqual(Array.from({ length: 9 }, (_, i) => 15 + i));
  const letters = rows.slice(16, 23).map((row) =>
    row
      .slice(1, 18)
      .map((value) => (value === 0 ? "#" : "."))
      .join(""),
  );
  expect(letters).toEqual([
    "#####.#...#.#####",
    "..#...#...#.#....",
    "..#...#...#.#....",
    "..#...#####.####.",
    "..#...#...#.#....",
    "..#...#...#.#....",
    "..#...#...#.#####",
  ]);
  expect(rows[5]?.every((value) => value === 200)).toBe(true);
});

test("JPEG: quality 10 and 50 → within 2 levels of libjpeg's own on the mean, odd sizes too", async () => {
  const { width, height, data } = picture;
  for (const [quality, cut] of [
    [10, 0],
    [50, 3],
  ] as const) {
    const raw = sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
    const region = { left: 0, top: 0, width: width - cut, height: height - cut };
    const own = await raw.extract(region).raw().toBuffer();
    const jpeg = await sharp(own, { raw: { ...region, channels: 3 } })
      .jpeg({ quality, chromaSubsampling: "4:4:4", optimiseCoding: false })
      .toBuffer();
    const theirs = await sharp(jpeg).raw().toBuffer();
    const rgba = await sharp(own, { raw: { ...region, channels: 3 } })
      .ensureAlpha()
      .raw()
      .toBuffer();
    const ours = jpegLoss({ width: region.width, height: region.height, data: rgba }, quality);
    let off = 0;
    let loss = 0;
    for (let i = 0; i < region.width * region.height; i++) {
      for (let channel = 0; channel < 3; channel++) {
        const there = theirs[3 * i + channel] ?? NaN;
        off += Math.abs((ours.data[4 * i + channel] ?? NaN) - there);
        loss += Math.abs((own[3 * i + channel] ?? NaN) - there);
      }
    }
    const count = 3 * region.width * region.height;
    expect(off / count).toBeLessThan(1);
    // The loss itself is many times larger: the test would see a table that is wrong.
    expect(loss / count).toBeGreaterThan(4 * (off / count));
  }
});
