/** Transparency taken out of files: the colours that are stored stay as they are. */
import sharp from "sharp";
import { expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { withoutAlpha } from "../../../src/image/decode/alpha.ts";
import { decodeImage } from "../../../src/image/decode/decode.ts";

const [WIDTH, HEIGHT] = [37, 23];

/** A picture with colours under every transparency, and some fully transparent. */
const rgba = Buffer.from(
  Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) =>
    i % 4 === 3 && i % 7 === 0 ? 0 : (i * 2_654_435_761) >>> 24,
  ),
);
const drawn = sharp(rgba, { raw: { width: WIDTH, height: HEIGHT, channels: 4 } });

const raw = async (file: Uint8Array): Promise<Buffer> =>
  await sharp(file).toColourspace("srgb").ensureAlpha().raw().toBuffer();

test.each([
  ["PNG", () => drawn.clone().png()],
  ["PNG, interlaced", () => drawn.clone().png({ progressive: true })],
  ["PNG, filtered", () => drawn.clone().png({ adaptiveFiltering: true })],
  ["PNG, 16 bits", () => drawn.clone().toColourspace("rgb16").png()],
  ["PNG, grey with alpha", () => drawn.clone().toColourspace("b-w").png()],
  ["PNG, a palette with transparency", () => drawn.clone().png({ palette: true, colours: 16 })],
  ["PNG without alpha", () => drawn.clone().removeAlpha().png()],
  ["WebP, lossless", () => drawn.clone().webp({ lossless: true })],
  ["JPEG", () => drawn.clone().jpeg()],
])("alpha: %s → opaque, and the colours of the file", async (_, encode) => {
  const file = new Uint8Array(await encode().toBuffer());
  const before = await raw(file);
  const after = await raw(await withoutAlpha(file));
  expect(after.length).toBe(before.length);
  const opaque = before.map((byte, i) => (i % 4 === 3 ? 255 : byte));
  expect(after.equals(Buffer.from(opaque))).toBe(true);
});

test("alpha: a lossy WebP → opaque", async () => {
  const file = new Uint8Array(await drawn.clone().webp({ quality: 80 }).toBuffer());
  const after = await raw(await withoutAlpha(file));
  expect(after.filter((_, i) => i % 4 === 3).every((byte) => byte === 255)).toBe(true);
});

test("alpha: a GIF with a transparent colour → opaque", async () => {
  const file = new Uint8Array(await drawn.clone().gif().toBuffer());
  expect((await raw(file)).some((byte, i) => i % 4 === 3 && byte === 0)).toBe(true);
  const after = await raw(await withoutAlpha(file));
  expect(after.filter((_, i) => i % 4 === 3).every((byte) => byte === 255)).toBe(true);
});

test("alpha: a PNG that is cut off → InputError", async () => {
  const file = new Uint8Array(await drawn.clone().png({ compressionLevel: 0 }).toBuffer());
  await expect(withoutAlpha(file.slice(0, 300))).rejects.toThrow(InputError);
});

test("alpha: pixels → over white, or as they are", async () => {
  const data = Uint8ClampedArray.of(10, 20, 30, 0);
  const pixels = { width: 1, height: 1, data };
  expect([...(await decodeImage(pixels)).data]).toEqual([255, 255, 255, 255]);
  const dropped = await decodeImage(pixels, undefined, "exif", "drop");
  expect([...dropped.data]).toEqual([10, 20, 30, 255]);
});
