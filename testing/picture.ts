/**
 * Decodes the golden pictures in Node, as a browser would hand them to the engine.
 *
 * sharp rotates a picture by its EXIF orientation and leaves alpha separate. `overWhite` then draws
 * it over white with Pillow's integer arithmetic. The result equals the reference's `as_seen`, byte
 * for byte.
 */
import sharp from "sharp";

/** Pixels upright, 8-bit sRGB, four channels, alpha not multiplied in: the form of `ImageData`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly colorSpace: "srgb";
}

/** Reads a PNG, JPEG or WebP file. */
export async function decodePicture(path: string): Promise<Picture> {
  const { data, info } = await sharp(path, { autoOrient: true })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8ClampedArray(data.byteLength);
  pixels.set(data);
  return { width: info.width, height: info.height, data: pixels, colorSpace: "srgb" };
}

/** The picture on white paper: alpha becomes 255 everywhere. Pillow's `Image.alpha_composite`. */
export function overWhite(picture: Picture): Picture {
  const data = new Uint8ClampedArray(picture.data.length);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = picture.data[at + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      data[at + channel] = divideBy255(picture.data[at + channel]! * alpha + 255 * (255 - alpha));
    }
    data[at + 3] = 255;
  }
  return { ...picture, data };
}

/** Rounded x / 255 for 0 <= x <= 255², as AlphaComposite.c does it. */
function divideBy255(x: number): number {
  const shifted = x + 128;
  return ((shifted >> 8) + shifted) >> 8;
}
