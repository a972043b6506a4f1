/** Files that were cut off, told without a decoder: Firefox's does not tell. */
import sharp from "sharp";
import { expect, test } from "vitest";
import { readImageHeader } from "../../../src/image/decode/header.ts";
import { readToEnd } from "../../../src/image/decode/whole.ts";
import { GOLDEN_ROOT } from "../../../testing/golden.ts";
import { bmpOf } from "./bmp.ts";

const drawn = sharp(`${GOLDEN_ROOT}images/odd.png`);
const thumbnail = await drawn.clone().resize(16).jpeg().toBuffer();

/** The file with a thumbnail in a segment before its own, padded as some cameras do. */
function withThumbnail(jpeg: Buffer): Buffer {
  const segment = Buffer.concat([Buffer.from([0xff, 0xff, 0xe1, 0, 0]), thumbnail]);
  segment.writeUInt16BE(2 + thumbnail.length, 3);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

/** Each with the bytes at its end that no pixel needs. */
const FILES: readonly (readonly [string, () => Promise<Buffer>, number])[] = [
  ["PNG", () => drawn.clone().png().toBuffer(), 4],
  [
    "PNG, palette, line by line",
    () => drawn.clone().png({ palette: true, progressive: true }).toBuffer(),
    4,
  ],
  ["JPEG", () => drawn.clone().jpeg().toBuffer(), 0],
  ["JPEG, progressive", () => drawn.clone().jpeg({ progressive: true }).toBuffer(), 0],
  ["JPEG with a thumbnail", async () => withThumbnail(await drawn.clone().jpeg().toBuffer()), 0],
  ["GIF", () => drawn.clone().gif().toBuffer(), 1],
  ["BMP", async () => bmpOf(13, 7), 0],
];

test.each(FILES)("whole: %s, all of it and with more after it → no fault", async (_, make) => {
  const file = await make();
  const header = readImageHeader(file);
  expect(() => readToEnd(file, header)).not.toThrow();
  const longer = Buffer.concat([file, Buffer.from("something else")]);
  expect(() => readToEnd(longer, header)).not.toThrow();
});

test.each(FILES)("whole: %s, cut anywhere → RangeError", async (_, make, spare) => {
  const file = await make();
  const header = readImageHeader(file);
  const cuts = [1, 2, 3, 12, 40, 100, file.length >> 1, file.length - 60].map((cut) => cut + spare);
  for (const cut of cuts.filter((bytes) => bytes < file.length - 30)) {
    expect(() => readToEnd(file.subarray(0, file.length - cut), header), `${cut}`).toThrow(
      RangeError,
    );
  }
});

test("whole: BMP with runs → taken on trust", () => {
  const file = bmpOf(13, 7).subarray(0, 60);
  const header = readImageHeader(file);
  expect(() => readToEnd(file, header)).toThrow(RangeError);
  file.writeUInt32LE(1, 30);
  expect(() => readToEnd(file, header)).not.toThrow();
});
