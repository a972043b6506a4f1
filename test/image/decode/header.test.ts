import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { readImageHeader } from "../../../src/image/decode/header.ts";
import { checkImageSize } from "../../../src/image/decode/size-limits.ts";

const IMAGES = new URL("../../golden/images/", import.meta.url);
const ascii = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));
const pad = (bytes: readonly number[], length: number): Uint8Array => {
  const padded = new Uint8Array(length);
  padded.set(bytes);
  return padded;
};

describe("files of encoders", () => {
  test.each(readdirSync(IMAGES))("header: golden %s → the size that sharp reads", async (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, IMAGES)));
    const { width, height } = await sharp(bytes).metadata();
    expect(readImageHeader(bytes)).toMatchObject({ width, height });
  });

  const drawn = sharp({ create: { width: 123, height: 45, channels: 4, background: "#12345678" } });
  test.each([
    ["image/webp, lossy with alpha", () => drawn.clone().webp({ quality: 50 })],
    ["image/webp, lossy", () => drawn.clone().flatten().webp({ quality: 50 })],
    ["image/webp, lossless", () => drawn.clone().webp({ lossless: true })],
    ["image/avif", () => drawn.clone().avif({ effort: 0 })],
    ["image/gif", () => drawn.clone().gif()],
    ["image/jpeg, progressive", () => drawn.clone().flatten().jpeg({ progressive: true })],
    ["image/jpeg, with a profile", () => drawn.clone().flatten().withIccProfile("p3").jpeg()],
    ["image/png, 16 bits", () => drawn.clone().toColourspace("rgb16").png()],
  ])("header: %s of 123 × 45 → its type and size", async (type, encode) => {
    const bytes = new Uint8Array(await encode().toBuffer());
    const header = readImageHeader(bytes);
    expect(header).toEqual({ type: type.split(",")[0], width: 123, height: 45 });
  });

  test.each([
    ["rows up", 45],
    ["rows down", -45],
  ])("header: BMP with %s → 123 × 45", (_, rows) => {
    const bytes = pad(ascii("BM"), 54);
    const view = new DataView(bytes.buffer);
    view.setUint32(14, 40, true);
    view.setInt32(18, 123, true);
    view.setInt32(22, rows, true);
    expect(readImageHeader(bytes)).toEqual({ type: "image/bmp", width: 123, height: 45 });
  });

  test("header: OS/2 BMP → 16-bit sizes", () => {
    const bytes = pad(ascii("BM"), 26);
    new DataView(bytes.buffer).setUint32(14, 12, true);
    new DataView(bytes.buffer).setUint16(18, 7, true);
    new DataView(bytes.buffer).setUint16(20, 9, true);
    expect(readImageHeader(bytes)).toEqual({ type: "image/bmp", width: 7, height: 9 });
  });
});

describe("files that are not pictures", () => {
  test.each([
    ["nothing", [], "the file is empty"],
    [
      "SVG",
      ascii('<?xml version="1.0"?>\n<svg width="5"/>'),
      "expected PNG, JPEG, WebP, AVIF, GIF or BMP, got SVG",
    ],
    ["a web page", ascii("<!doctype html>"), "got HTML or XML"],
    ["HEIC", [0, 0, 0, 24, ...ascii("ftypheic"), 0, 0, 0, 0, ...ascii("mif1heic")], 'brand "heic"'],
    ["TIFF", ascii("II*\0........"), "got TIFF"],
    ["TIFF, big-endian", ascii("MM\0*........"), "got TIFF"],
    ["an icon", [0, 0, 1, 0, 1, 0], "got ICO"],
    ["JPEG XL", [0xff, 0x0a, 1], "got JPEG XL"],
    ["JPEG XL in boxes", [0, 0, 0, 12, ...ascii("JXL \r\n")], "got JPEG XL"],
    ["PDF", ascii("%PDF-1.7"), "got PDF"],
    ["a film", [0, 0, 0, 20, ...ascii("ftypqt  ")], 'got a file of brand "qt  "'],
    [
      "a Git LFS pointer",
      ascii("version https://git-lfs.github.com/spec/v1\noid"),
      "is a Git LFS pointer",
    ],
    ["junk", [1, 2, 3], "begins with bytes 01 02 03"],
    [
      "a PNG cut in its header",
      [0x89, ...ascii("PNG\r\n\x1a\n"), 0, 0, 0, 13, ...ascii("IHDR"), 0],
      "PNG file is damaged or cut off",
    ],
    ["a JPEG without a frame", [0xff, 0xd8, 0xff, 0xd9], "JPEG file is damaged or cut off"],
  ])("header: %s → InputError", (_, bytes, message) => {
    const read = (): unknown => readImageHeader(Uint8Array.from(bytes));
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
  });

  test("header: files cut anywhere or changed at random → a size or an InputError", () => {
    const files = readdirSync(IMAGES).map((name) => readFileSync(new URL(name, IMAGES)));
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.nat(300),
        fc.array(fc.tuple(fc.nat(299), fc.nat(255)), { maxLength: 8 }),
        (file, length, changes) => {
          const bytes = new Uint8Array(file.subarray(0, length));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            const { width, height } = readImageHeader(bytes);
            expect(Number.isInteger(width) && Number.isInteger(height)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("checkImageSize", () => {
  test.each([
    [8000, 8000],
    [16_384, 82],
    [200, 1],
  ])("header: %d × %d → accepted", (width, height) => {
    expect(() => checkImageSize(width, height)).not.toThrow();
  });

  test.each([
    [
      8001,
      8000,
      "it is too large: expected at most 64 megapixels, 16,384 a side, got 8001 × 8000 pixels",
    ],
    [16_385, 100, "16,384 a side"],
    [20_000, 20_000, "too large"],
    [100_000, 1, "ratio 100000.0"],
    [0, 0, "empty"],
  ])("header: %d × %d → InputError", (width, height, message) => {
    expect(() => checkImageSize(width, height)).toThrow(InputError);
    expect(() => checkImageSize(width, height)).toThrow(message);
  });
});
