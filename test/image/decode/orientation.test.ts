import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { PlainFile } from "../../../src/image/decode/formats/format.ts";
import { readOrientation, turnUpright } from "../../../src/image/decode/orientation.ts";
import { openFormat } from "./open-format.ts";

/** Five by three pixels, all different. */
const width = 5;
const height = 3;
const drawing = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
  i % 4 === 3 ? 255 : i * 4,
);

async function webp(orientation?: number): Promise<Uint8Array<ArrayBuffer>> {
  const image = sharp(drawing, { raw: { width, height, channels: 4 } });
  if (orientation !== undefined) image.withMetadata({ orientation });
  return new Uint8Array(await image.webp({ lossless: true }).toBuffer());
}

/** A TIFF structure of one entry. */
function exif(little: boolean, type: number, count: number, value: readonly number[]): Uint8Array {
  const number = (bytes: number, n: number): number[] => {
    const digits = Array.from({ length: bytes }, (_, i) => (n >>> (8 * i)) & 255);
    return little ? digits : digits.toReversed();
  };
  const start = little ? [0x49, 0x49, 42, 0] : [0x4d, 0x4d, 0, 42];
  const entry = [...number(2, 0x112), ...number(2, type), ...number(4, count), ...value];
  return Uint8Array.from([...start, ...number(4, 8), ...number(2, 1), ...entry, 0, 0, 0, 0]);
}

describe("readOrientation", () => {
  const six = exif(true, 3, 1, [6, 0, 0, 0]);
  const start = Uint8Array.from([0x45, 0x78, 0x69, 0x66, 0, 0]);
  test.each([
    ["SHORT, little-endian", six, 6],
    ["SHORT, big-endian", exif(false, 3, 1, [0, 6, 0, 0]), 6],
    ["LONG, little-endian", exif(true, 4, 1, [6, 0, 0, 0]), 6],
    ["LONG, big-endian", exif(false, 4, 1, [0, 0, 0, 6]), 6],
    ["FLOAT", exif(false, 11, 1, [0x40, 0xc0, 0, 0]), 6],
    ["RATIONAL", Uint8Array.from([...exif(true, 5, 1, [26, 0, 0, 0]), 12, 0, 0, 0, 2, 0, 0, 0]), 6],
    ["BYTE, which Pillow does not count", exif(true, 1, 1, [6, 0, 0, 0]), 1],
    ["ASCII", exif(true, 2, 2, [0x36, 0, 0, 0]), 1],
    ["an unknown type", exif(true, 17, 1, [6, 0, 0, 0]), 1],
    ["the number 9", exif(true, 3, 1, [9, 0, 0, 0]), 1],
    ["Exif twice before it", Uint8Array.from([...start, ...start, ...six]), 6],
    ["Exif three times before it", Uint8Array.from([...start, ...start, ...start, ...six]), 1],
    ["a mark that is turned round", Uint8Array.from([0x49, 0x49, 0, 42, ...six.subarray(4)]), 6],
    ["no mark", six.subarray(2), 1],
    ["nothing", new Uint8Array(0), 1],
  ])("orientation: %s → as Pillow", (_, bytes, orientation) => {
    expect(readOrientation({ exif: bytes })).toBe(orientation);
  });

  const xmp = (digit: number): string => `<x tiff:Orientation="${digit}"/>`;
  test.each([
    ["XMP alone", { xmp: xmp(6) }, 6],
    ["XMP as an element", { xmp: "<tiff:Orientation>3</tiff:Orientation>" }, 3],
    ["XMP beside EXIF", { exif: exif(true, 3, 1, [8, 0, 0, 0]), xmp: xmp(6) }, 8],
    ["XMP beside EXIF of an odd type", { exif: exif(true, 1, 1, [8, 0, 0, 0]), xmp: xmp(6) }, 1],
    ["XMP beside EXIF without it", { exif: exif(true, 99, 1, [8, 0, 0, 0]), xmp: xmp(6) }, 6],
  ])("orientation: %s → as Pillow", (_, tags, orientation) => {
    expect(readOrientation(tags)).toBe(orientation);
  });

  test("orientation: WebP cut anywhere → 1 or the orientation, no other error", async () => {
    const bytes = await webp(6);
    for (let length = 30; length < bytes.length; length++) {
      const { tags } = (await openFormat(bytes.slice(0, length))) as PlainFile;
      expect([1, 6]).toContain(readOrientation(tags));
    }
  });
});

describe("turnUpright", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("orientation: %d → as sharp turns it", async (turn) => {
    const upright = sharp(await webp(turn), { autoOrient: true })
      .ensureAlpha()
      .raw();
    const { data, info } = await upright.toBuffer({ resolveWithObject: true });
    const turned = turnUpright({ width, height, data: drawing }, turn);
    expect([turned.width, turned.height]).toEqual([info.width, info.height]);
    expect([...turned.data]).toEqual([...data]);
  });
});
