/** Finds truncated files without a decoder: Firefox's decoder does not report them. */
import sharp from "sharp";
import { expect, test } from "vitest";
import { GOLDEN_ROOT } from "../../../testing/golden.ts";
import { bmpOf } from "./bmp.ts";
import type { PlainFile } from "../../../src/image/decode/formats/format.ts";
import type { Pixels } from "../../../src/image/decode/pixels.ts";
import { openFormat } from "./open-format.ts";

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
  [
    "JPEG, progressive, 4:4:4",
    () => drawn.clone().jpeg({ progressive: true, chromaSubsampling: "4:4:4" }).toBuffer(),
    0,
  ],
  ["JPEG, grey", () => drawn.clone().greyscale().jpeg().toBuffer(), 0],
  [
    "JPEG, grey, progressive",
    () => drawn.clone().greyscale().jpeg({ progressive: true }).toBuffer(),
    0,
  ],
  ["JPEG with a thumbnail", async () => withThumbnail(await drawn.clone().jpeg().toBuffer()), 0],
  ["GIF", () => drawn.clone().gif().toBuffer(), 1],
  ["BMP", async () => bmpOf(13, 7), 0],
];

test.each(FILES)("whole: %s, all of it and with more after it → no fault", async (_, make) => {
  const file = await make();
  await expect(openFormat(file)).resolves.toBeDefined();
  const longer = Buffer.concat([file, Buffer.from("something else")]);
  await expect(openFormat(longer)).resolves.toBeDefined();
});

test.each(FILES)("whole: %s, cut anywhere → refused, or complete", async (name, make, spare) => {
  const file = await make();
  const pixels = await pixelsOf(await openFormat(file));
  let refused = 0;
  const cuts = [1, 2, 3, 4, 5, 8, 12, 16, 20, 40, 100, file.length >> 1, file.length - 60];
  for (const cut of cuts.filter((bytes) => bytes + spare < file.length - 30)) {
    const opened = await openFormat(file.subarray(0, file.length - cut - spare)).catch(
      (error: unknown) => error as Error,
    );
    if (opened instanceof Error) {
      expect(["RangeError", "InputError"], `${name}, ${cut}`).toContain(opened.name);
      refused++;
    } else {
      const mended = await pixelsOf(opened);
      expect(mended.equals(pixels), `${name}, ${cut}`).toBe(true);
    }
  }
  expect(refused).toBeGreaterThan(1);
});

async function pixelsOf(opened: PlainFile | Pixels): Promise<Buffer> {
  return "data" in opened ? Buffer.from(opened.data) : await sharp(opened.bytes).raw().toBuffer();
}
