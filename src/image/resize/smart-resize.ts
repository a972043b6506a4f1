/**
 * The size to which a picture is resized before it is cut into patches.
 *
 * Python: `smart_resize` in transformers' image processors.
 */
import { InputError } from "../../errors.ts";

/** The longest side of a picture over its shortest, at most. */
export const MAX_ASPECT_RATIO = 200;

export interface ResizeLimits {
  /** Both sides become multiples of this: patch size × merge size. */
  readonly factor: number;
  readonly minPixels: number;
  readonly maxPixels: number;
}

/**
 * Returns sides that are multiples of the factor, with an area within the limits and nearly the
 * same ratio.
 * @throws InputError for an empty picture, or one more than 200 times as long as wide
 */
export function smartResize(
  height: number,
  width: number,
  { factor, minPixels, maxPixels }: ResizeLimits,
): { readonly height: number; readonly width: number } {
  checkRatio(height, width);
  let rows = roundHalfToEven(height / factor) * factor;
  let columns = roundHalfToEven(width / factor) * factor;
  if (rows * columns > maxPixels) {
    const shrink = Math.sqrt((height * width) / maxPixels);
    rows = Math.max(factor, Math.floor(height / shrink / factor) * factor);
    columns = Math.max(factor, Math.floor(width / shrink / factor) * factor);
  } else if (rows * columns < minPixels) {
    const grow = Math.sqrt(minPixels / (height * width));
    rows = Math.ceil((height * grow) / factor) * factor;
    columns = Math.ceil((width * grow) / factor) * factor;
  }
  return { height: rows, width: columns };
}

/**
 * Checks the ratio.
 * @throws InputError for an empty picture, or one more than 200 times as long as wide
 */
export function checkRatio(height: number, width: number): void {
  if (!(height >= 1 && width >= 1)) {
    throw new InputError({
      where: "picture",
      what: "it is empty",
      got: `${width} × ${height} pixels`,
      expected: "at least 1 × 1",
    });
  }
  const ratio = Math.max(height, width) / Math.min(height, width);
  if (ratio > MAX_ASPECT_RATIO) {
    throw new InputError({
      where: "picture",
      what: "its sides differ too much for the model",
      got: `${width} × ${height} pixels, ratio ${ratio.toFixed(1)}`,
      expected: `a ratio of at most ${MAX_ASPECT_RATIO}`,
      todo: "Cut the picture, or put several strips below each other",
    });
  }
}

/** Rounds as Python does: 2.5 is 2, 3.5 is 4. */
export function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
