// Tested by: test/node/sharp-decoder.browser.test.ts
/** Pictures in Node, by npm's `sharp` (libvips), to the bytes that Chrome decodes. */
import { UnsupportedError } from "../errors.ts";
import { coversScreen } from "../image/decode/formats/gif.ts";
import type { PictureDecoder } from "../types.ts";
import { optionalPackage } from "./optional.ts";

/** Formats whose lossy decoding differs. */
const DIFFERENT: ReadonlyMap<string, string> = new Map([["image/avif", "AVIF"]]);

/**
 * Returns a decoder for the option `decodeImage`: PNG, JPEG, WebP and GIF. BMP is the engine's own.
 * @throws UnsupportedError at the first picture, if npm's `sharp` is not installed; and for AVIF,
 *   JPEG in CMYK and GIF whose first frame does not cover the picture, whose bytes would differ
 */
export function sharpDecoder(): PictureDecoder {
  return async (file, type, signal) => {
    const { default: sharp } = await optionalPackage(
      "sharp",
      "npm's sharp, which decodes pictures in Node",
      () => import("sharp"),
    );
    signal?.throwIfAborted();
    // The engine has checked the size already.
    const image = sharp(file, { ignoreIcc: true, limitInputPixels: false, failOn: "error" });
    const different =
      DIFFERENT.get(type) ??
      (type === "image/gif" && !coversScreen(file) ? "a GIF whose frame is smaller" : undefined) ??
      ((await image.metadata()).space === "cmyk" ? "JPEG in CMYK" : undefined);
    if (different !== undefined) {
      throw new UnsupportedError({
        where: "picture, sharp",
        what: `decodes ${different} to other bytes than a browser`,
        todo: "Save the picture as PNG, or score it in Chrome (--runtime chrome)",
      });
    }
    const { data, info } = await image
      .toColourspace("srgb")
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    signal?.throwIfAborted();
    return { width: info.width, height: info.height, data: new Uint8Array(data) };
  };
}
