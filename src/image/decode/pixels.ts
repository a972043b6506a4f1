/**
 * Pictures in memory.
 */

/** A picture: rows from the top, four bytes a pixel (red, green, blue, 255). */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** [height * width * 4] */
  readonly data: Uint8Array;
}

/**
 * RGBA bytes, alpha not premultiplied, over white: what a viewer on paper would see.
 * Python: `Image.alpha_composite` over white, to the bit.
 */
export function overWhite(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  const data = new Uint8Array(rgba.length);
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]!;
    const white = 255 * (255 - alpha) + 128;
    for (let channel = i; channel < i + 3; channel++) {
      const sum = rgba[channel]! * alpha + white;
      data[channel] = (sum + (sum >> 8)) >> 8; // (sum - 128) / 255, rounded, without a division
    }
    data[i + 3] = 255;
  }
  return data;
}
