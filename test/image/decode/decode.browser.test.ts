/** Decoding in a real browser, against sharp and Pillow's integers. */
import { readFileSync, readdirSync } from "node:fs";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openTestBrowser,
  type InPage,
  type TestBrowser,
} from "../../../testing/browser/browser.ts";
import { GOLDEN_ROOT } from "../../../testing/golden.ts";
import { decodePicture, overWhite } from "../../../testing/picture.ts";
import { bmpOf } from "./bmp.ts";
import type { Decoded, Outcome } from "./decode-page.ts";

const IMAGES = `${GOLDEN_ROOT}images/`;
let browser: TestBrowser;
let inPage: InPage<typeof import("./decode-page.ts")>;

beforeAll(async () => {
  browser = await openTestBrowser();
  const page = await browser.openPage();
  inPage = page.module<typeof import("./decode-page.ts")>("test/image/decode/decode-page.ts");
});

afterAll(() => browser?.close());

function pixelsOf(outcome: Outcome): Decoded {
  if ("error" in outcome) throw new Error(`${outcome.error}: ${outcome.message}`);
  return outcome;
}

const bytesOf = (decoded: Decoded): Uint8Array => Buffer.from(decoded.data, "base64");

/** The largest difference of two pictures, in steps of a byte, and where. */
function worst(got: Uint8Array, wanted: ArrayLike<number>): { steps: number; at: number } {
  let steps = got.length === wanted.length ? 0 : Infinity;
  let at = -1;
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs(got[i]! - wanted[i]!);
    if (difference > steps) [steps, at] = [difference, i];
  }
  return { steps, at };
}

describe("golden pictures", () => {
  test.each(readdirSync(IMAGES))("decode: %s → the bytes that Pillow sees", async (name) => {
    const wanted = overWhite(await decodePicture(`${IMAGES}${name}`));
    const base64 = readFileSync(`${IMAGES}${name}`, "base64");
    const decoded = pixelsOf(await inPage.decodeFile(base64, ""));
    expect([decoded.width, decoded.height]).toEqual([wanted.width, wanted.height]);
    expect(worst(bytesOf(decoded), wanted.data)).toEqual({ steps: 0, at: -1 });
  });
});

describe("formats", () => {
  const drawn = sharp(`${IMAGES}odd.png`);
  test.each([
    ["AVIF, lossless", () => drawn.clone().avif({ lossless: true, effort: 0 }), 2],
    ["GIF", () => drawn.clone().gif({ dither: 0 }), 0],
    ["WebP, lossy", () => drawn.clone().webp({ quality: 80 }), 2],
    ["JPEG, 4:2:0", () => drawn.clone().jpeg({ quality: 80 }), 2],
    ["JPEG, progressive", () => drawn.clone().jpeg({ progressive: true }), 2],
    ["PNG with a wide-gamut profile", () => drawn.clone().withIccProfile("p3").png(), 0],
    ["PNG, shown line by line", () => drawn.clone().png({ progressive: true }), 0],
    ["WebP with alpha", () => sharp(`${IMAGES}alpha.png`).webp({ lossless: true }), 0],
  ])("decode: %s → as sharp, within what decoders differ", async (_, encode, limit) => {
    const file = await encode().toBuffer();
    const decoded = pixelsOf(await inPage.decodeFile(file.toString("base64"), "image/png"));
    // Unlike decodePicture, no colour management: bytes as stored.
    const stored = sharp(file, { ignoreIcc: true }).ensureAlpha().raw();
    const { data, info } = await stored.toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const pixels = {
      width,
      height,
      data: Uint8ClampedArray.from(data),
      colorSpace: "srgb",
    } as const;
    expect(worst(bytesOf(decoded), overWhite(pixels).data).steps).toBeLessThanOrEqual(limit);
  });

  const turns = ["webp", "png"].flatMap((format) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((turn) => [format, turn] as const),
  );
  test.each(turns)("decode: %s with EXIF orientation %d → upright", async (format, turn) => {
    const turned = drawn.clone().withMetadata({ orientation: turn });
    const encoded = format === "webp" ? turned.webp({ lossless: true }) : turned.png();
    const file = await encoded.toBuffer();
    const upright = sharp(file, { autoOrient: true }).ensureAlpha().raw();
    const { data, info } = await upright.toBuffer({ resolveWithObject: true });
    const decoded = pixelsOf(await inPage.decodeFile(file.toString("base64"), ""));
    expect([decoded.width, decoded.height]).toEqual([info.width, info.height]);
    expect(worst(bytesOf(decoded), data)).toEqual({ steps: 0, at: -1 });
  });

  test.each(["webp", "png", "jpeg"] as const)(
    "decode: %s with EXIF orientation 6, as the flagship's card takes it → not turned",
    async (format) => {
      const file = await drawn.clone().withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
      const { data, info } = await sharp(file)
        .ensureAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const decoded = pixelsOf(await inPage.decodeFile(file.toString("base64"), "", "stored"));
      expect([decoded.width, decoded.height]).toEqual([info.width, info.height]);
      expect(worst(bytesOf(decoded), data).steps).toBeLessThanOrEqual(format === "png" ? 0 : 2);
    },
  );
});

describe("other inputs", () => {
  const file = readFileSync(`${IMAGES}small.png`);
  const base64 = file.toString("base64");

  test("decode: a worker, a URL, a data URL and a bitmap → the same pixels", async () => {
    const wanted = pixelsOf(await inPage.decodeFile(base64, ""));
    const url = new URL("test/golden/images/small.png", browser.url).href;
    expect(await inPage.decodeInWorker(base64)).toEqual(wanted);
    expect(await inPage.decodeUrl(url)).toEqual(wanted);
    expect(await inPage.decodeUrl(`data:image/png;base64,${base64}`)).toEqual(wanted);
    expect(await inPage.decodeBitmap(base64, false)).toEqual(wanted);
  });

  test("decode: BMP → its bytes", async () => {
    const decoded = pixelsOf(await inPage.decodeFile(bmpOf(5, 3).toString("base64"), ""));
    expect([decoded.width, decoded.height]).toEqual([5, 3]);
    expect([...bytesOf(decoded).subarray(0, 4)]).toEqual([2, 1, 0, 255]);
  });

  test("decode: ImageData with alpha → over white", async () => {
    const decoded = pixelsOf(await inPage.decodePixels(2, 1, [255, 0, 0, 0, 0, 0, 0, 128]));
    expect([...bytesOf(decoded)]).toEqual([255, 255, 255, 255, 127, 127, 127, 255]);
  });

  test("decode: a canvas with noise → found by the self-test", async () => {
    expect(await inPage.testCanvas()).toEqual({ honest: true, noisy: false });
  });
});

describe("files that cannot be decoded", async () => {
  const drawn = sharp(`${IMAGES}odd.png`);
  const gif = await drawn.clone().gif().toBuffer();
  const webp = await drawn.clone().webp().toBuffer();
  const avif = await drawn.clone().avif({ effort: 0 }).toBuffer();
  const png = readFileSync(`${IMAGES}odd.png`);
  const jpeg = readFileSync(`${IMAGES}photo.jpg`);
  const damaged = Buffer.from(png).fill(0x55, 200, 400);
  const huge = Buffer.from(png);
  huge.writeUInt32BE(20_000, 16);
  huge.writeUInt32BE(20_000, 20);
  test.each([
    ["GIF cut in the middle", gif.subarray(0, 8000), "cannot decode this GIF file"],
    ["BMP cut in the middle", bmpOf(40, 30).subarray(0, 2000), "cannot decode this BMP file"],
    ["WebP cut in the middle", webp.subarray(0, 3000), "cannot decode this WEBP file"],
    ["AVIF cut in the middle", avif.subarray(0, 3000), "cannot decode this AVIF file"],
    ["PNG cut in the middle", png.subarray(0, 2000), "cannot decode this PNG file"],
    ["PNG with damaged data", damaged, "cannot decode this PNG file"],
    ["JPEG cut in the middle", jpeg.subarray(0, 3000), "cannot decode this JPEG file"],
    [
      "PNG that claims 20,000 × 20,000",
      huge,
      "it is too large: expected at most 64 megapixels, 16,384 a side, got 20000 × 20000 pixels",
    ],
    [
      "SVG",
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      "got SVG",
    ],
    ["nothing", Buffer.alloc(0), "the file is empty"],
  ])("decode: %s → InputError", async (_, file, message) => {
    const outcome = await inPage.decodeFile(file.toString("base64"), "image/png");
    expect(outcome).toMatchObject({ error: "InputError" });
    expect("message" in outcome && outcome.message).toContain(message);
  });

  test("decode: a closed bitmap → InputError", async () => {
    const outcome = await inPage.decodeBitmap(readFileSync(`${IMAGES}small.png`, "base64"), true);
    expect(outcome).toMatchObject({ error: "InputError" });
  });
});
