/**
 * EXIF orientation of WebP files, which Chromium does not apply: it turns JPEG, PNG and AVIF, but
 * not WebP. Pillow turns them all. So the orientation is taken out of the file before the browser
 * sees it (another browser may apply it), and the pixels are turned here.
 */
import type { Pixels } from "./pixels.ts";

const ORIENTATION_TAG = 0x0112;

/**
 * The orientation of a WebP file, 1 to 8; 1 (upright) where it has none. It is set to 1 in `bytes`.
 */
export function takeWebpOrientation(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // RIFF: after 12 bytes, chunks of a name, a length and as many bytes, padded to an even count.
  let at = 12;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at + 4, true);
    const begin = at + 8;
    if (String.fromCharCode(...bytes.subarray(at, at + 4)) === "EXIF") {
      const end = Math.min(bytes.length, begin + length);
      return takeExifOrientation(new DataView(view.buffer, view.byteOffset + begin, end - begin));
    }
    at = begin + length + (length % 2);
  }
  return 1;
}

/** The tag in the first directory of a TIFF structure, which may stand after "Exif\0\0". */
function takeExifOrientation(exif: DataView): number {
  try {
    const tiff = exif.getUint32(0) === 0x45786966 ? 6 : 0;
    const little = exif.getUint16(tiff) === 0x4949; // "II"; else "MM"
    const directory = tiff + exif.getUint32(tiff + 4, little);
    const entries = exif.getUint16(directory, little);
    for (let entry = 0; entry < entries; entry++) {
      const at = directory + 2 + entry * 12;
      if (exif.getUint16(at, little) !== ORIENTATION_TAG) continue;
      const orientation = exif.getUint16(at + 8, little);
      exif.setUint16(at + 8, 1, little);
      return orientation >= 1 && orientation <= 8 ? orientation : 1;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // cut off: no orientation, as in Pillow
  }
  return 1;
}

/** The picture upright. Orientations as EXIF 2.3 numbers them. */
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
