/**
 * Which way up a picture is, by Pillow's rules for all formats, and turning it upright.
 *
 * Browsers turn some files and not others, and ignore `imageOrientation: "none"`. So each format
 * takes the tags out of the file before the browser sees it, and the pixels are turned here.
 */
import { has, text, viewOf } from "./formats/bytes.ts";
import type { Pixels } from "./pixels.ts";

/** The places in a file that may hold its orientation. */
export interface OrientationTags {
  /** A TIFF structure; one or two "Exif\0\0" may come before it. */
  readonly exif?: Uint8Array | undefined;
  /** XMP as text. It counts only if EXIF has no orientation. */
  readonly xmp?: string | undefined;
}

const ORIENTATION = 0x0112;

/** Bytes of a value, by its TIFF type. Pillow skips entries of other types. */
const UNIT_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
};

/** Returns the orientation, 1 (upright) to 8. Python: `ImageOps.exif_transpose`. */
export function readOrientation({ exif, xmp }: OrientationTags): number {
  const orientation = (exif && exifOrientation(exif)) ?? (xmp && xmpOrientation(xmp)) ?? 1;
  return [2, 3, 4, 5, 6, 7, 8].includes(Number(orientation)) ? Number(orientation) : 1;
}

/**
 * Reads the orientation from XMP. Python: `Image.getexif`, which takes the first match of this
 * pattern.
 */
function xmpOrientation(xmp: string): number | undefined {
  const digit = /tiff:Orientation(?:="|>)([0-9])/.exec(xmp)?.[1];
  return digit === undefined ? undefined : Number(digit);
}

/**
 * Returns the value of the tag in the first directory, or undefined if there is none. NaN means a
 * value that is not a number, or a structure that Pillow cannot read: the picture is upright then,
 * and XMP does not count. Python: `ImageFileDirectory_v2.load`.
 */
export function exifOrientation(exif: Uint8Array): number | undefined {
  let begin = 0;
  while (begin < 12 && has(exif, begin, "Exif\0\0")) begin += 6;
  const tiff = exif.subarray(begin);
  if (tiff.length === 0) return undefined;
  if (tiff.length < 8 || !["MM\0*", "MM*\0", "II*\0", "II\0*", "MM\0+"].includes(text(tiff, 0, 4)))
    return NaN;
  const little = has(tiff, 0, "II");
  const view = viewOf(tiff);
  try {
    const directory = view.getUint32(4, little);
    const entries = view.getUint16(directory, little);
    const seen = new Set<number>();
    let distantBytes = 0;
    for (let entry = 0; entry < entries; entry++) {
      const at = directory + 2 + entry * 12;
      view.getUint32(at + 8); // the directory ends here if the entry is not whole
      const tag = view.getUint16(at, little);
      const type = view.getUint16(at + 2, little);
      const unit = UNIT_BYTES[type];
      if (seen.has(tag) || unit === undefined) continue;
      const bytes = view.getUint32(at + 4, little) * unit;
      let place = at + 8;
      if (bytes > 4) {
        distantBytes += bytes;
        if (distantBytes > tiff.length) continue;
        place = view.getUint32(at + 8, little);
        view.getUint8(place + bytes - 1);
      }
      if (bytes === 0) continue;
      if (tag === ORIENTATION) return readNumber(view, place, type, little);
      seen.add(tag);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut off: what came before counts
  }
  return undefined;
}

/** Returns the first number of a TIFF value; NaN for bytes and text. */
function readNumber(view: DataView, at: number, type: number, little: boolean): number {
  switch (type) {
    case 3:
      return view.getUint16(at, little);
    case 4:
    case 13:
      return view.getUint32(at, little);
    case 5:
      return view.getUint32(at, little) / view.getUint32(at + 4, little);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, little);
    case 9:
      return view.getInt32(at, little);
    case 10:
      return view.getInt32(at, little) / view.getInt32(at + 4, little);
    case 11:
      return view.getFloat32(at, little);
    case 12:
      return view.getFloat64(at, little);
    case 16:
      return Number(view.getBigUint64(at, little));
    default:
      return NaN;
  }
}

/** Returns the picture upright. Orientations as EXIF 2.3 numbers them. */
export function turnUpright(pixels: Pixels, orientation: number): Pixels {
  if (orientation === 1) return pixels;
  const from = new Uint32Array(pixels.data.slice().buffer);
  const swaps = orientation >= 5;
  const mirrorsColumns = [2, 3, 7, 8].includes(orientation);
  const mirrorsRows = [3, 4, 6, 7].includes(orientation);
  const width = swaps ? pixels.height : pixels.width;
  const height = swaps ? pixels.width : pixels.height;
  const to = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = swaps ? y : x;
      const row = swaps ? x : y;
      const sourceColumn = mirrorsColumns ? pixels.width - 1 - column : column;
      const sourceRow = mirrorsRows ? pixels.height - 1 - row : row;
      to[y * width + x] = from[sourceRow * pixels.width + sourceColumn]!;
    }
  }
  return { width, height, data: new Uint8Array(to.buffer) };
}
