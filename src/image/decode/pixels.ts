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
 * Returns RGBA bytes over white, alpha not premultiplied: what a viewer on paper would see. Python:
 * `Image.alpha_composite` over white, to the bit.
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

/** Returns RGBA bytes without their transparency. Python: `Image.convert("RGB")`. */
export function opaque(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  const data = Uint8Array.from(rgba);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return data;
}

/** Linear Display P3 to linear sRGB: CSS Color 4, by columns of its two matrices' product. */
const SRGB_OF_P3 = [
  [1.22494018, -0.22494018, 0],
  [-0.04205695, 1.04205695, 0],
  [-0.01963755, -0.07863605, 1.0982736],
] as const;

/** Returns Display P3's RGBA bytes as sRGB's; colours that sRGB lacks are clipped. */
export function srgbOfP3(rgba: Uint8Array | Uint8ClampedArray): Uint8ClampedArray {
  const linear = Float64Array.from({ length: 256 }, (_, byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const data = Uint8ClampedArray.from(rgba);
  for (let i = 0; i < data.length; i += 4) {
    const [red, green, blue] = [linear[rgba[i]!]!, linear[rgba[i + 1]!]!, linear[rgba[i + 2]!]!];
    for (let channel = 0; channel < 3; channel++) {
      const [ofRed, ofGreen, ofBlue] = SRGB_OF_P3[channel]!;
      const value = ofRed * red + ofGreen * green + ofBlue * blue;
      const bent = value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
      data[i + channel] = bent * 255; // rounded and clipped
    }
  }
  return data;
}
