// Tested by: test/audit/picture-edits.test.ts
/**
 * What JPEG does to a picture, without writing one: YCbCr, the cosine transform of 8 × 8 blocks,
 * quantising by the tables of the standard (ITU-T T.81, Annex K) scaled as libjpeg scales them, and
 * back. Chroma is not subsampled.
 */
import { at } from "../base/at.ts";
import type { RawPixels } from "../types.ts";

const LUMA = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
  92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
  47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/** cos((2x + 1)uπ / 16), with the scale of its row: [u, x]. */
const BASIS = Float64Array.from({ length: 64 }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

/**
 * Returns the picture as a JPEG of that quality would show it.
 * @param quality 1 to 100, as libjpeg has it
 */
export function jpegLoss(picture: RawPixels, quality: number): RawPixels {
  const { width, height } = picture;
  const planes = toPlanes(picture);
  for (const [channel, plane] of planes.entries()) {
    const steps = (channel === 0 ? LUMA : CHROMA).map((step) => scaled(step, quality));
    quantisePlane(plane, width, height, steps, channel === 0 ? 128 : 0);
  }
  const [luma = new Float64Array(), blue = luma, red = luma] = planes;
  const data = Uint8Array.from(picture.data);
  for (let i = 0; i < width * height; i++) {
    const [y, cb, cr] = [at(luma, i), at(blue, i), at(red, i)];
    data[4 * i] = toByte(y + 1.402 * cr);
    data[4 * i + 1] = toByte(y - 0.344136286 * cb - 0.714136286 * cr);
    data[4 * i + 2] = toByte(y + 1.772 * cb);
  }
  return { ...picture, data };
}

function scaled(step: number, quality: number): number {
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100)));
}

/** Returns Y from 0 to 255, and Cb and Cr around 0. */
function toPlanes({ width, height, data }: RawPixels): Float64Array[] {
  const planes = Array.from({ length: 3 }, () => new Float64Array(width * height));
  const [luma = new Float64Array(), blue = luma, red = luma] = planes;
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [at(data, 4 * i), at(data, 4 * i + 1), at(data, 4 * i + 2)];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    // Whole numbers, as a codec has them between its steps.
    luma[i] = Math.round(y);
    blue[i] = Math.round((b - y) / 1.772);
    red[i] = Math.round((r - y) / 1.402);
  }
  return planes;
}

/** Quantises a plane in place; blocks at the edges repeat its last pixels. */
function quantisePlane(
  plane: Float64Array,
  width: number,
  height: number,
  steps: readonly number[],
  middle: number,
): void {
  const block = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let i = 0; i < 64; i++) {
        const y = Math.min(height - 1, top + (i >> 3));
        const x = Math.min(width - 1, left + (i & 7));
        block[i] = at(plane, y * width + x) - middle;
      }
      const frequencies = transform(block, false);
      const kept = frequencies.map((value, i) => Math.round(value / at(steps, i)) * at(steps, i));
      const back = transform(kept, true);
      for (let i = 0; i < 64; i++) {
        const [y, x] = [top + (i >> 3), left + (i & 7)];
        if (y < height && x < width) plane[y * width + x] = limited(at(back, i), 128) + middle;
      }
    }
  }
}

/** Returns B · block · Bᵀ, or Bᵀ · block · B for the way back. */
function transform(block: Float64Array, isBack: boolean): Float64Array {
  const basis = (row: number, column: number): number =>
    isBack ? at(BASIS, column * 8 + row) : at(BASIS, row * 8 + column);
  const half = new Float64Array(64);
  const out = new Float64Array(64);
  for (let u = 0; u < 8; u++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) sum += basis(u, y) * at(block, y * 8 + x);
      half[u * 8 + x] = sum;
    }
  }
  for (let u = 0; u < 8; u++) {
    for (let v = 0; v < 8; v++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += at(half, u * 8 + x) * basis(v, x);
      out[u * 8 + v] = sum;
    }
  }
  return out;
}

/** Returns a whole number of a signed byte. */
function limited(value: number, most: number): number {
  return Math.min(most - 1, Math.max(-most, Math.round(value)));
}

function toByte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
