// Tested by: test/image/decode/header.test.ts
/**
 * How large a picture may be.
 *
 * Browsers decode a picture of 100,000 × 1 pixels to zeros without an error, and one of 20,000 ×
 * 20,000 that fits in 48 KB; so the size is known, and judged, before anything is decoded.
 */
import { InputError } from "../../errors.ts";
import { checkRatio } from "../resize/smart-resize.ts";

const MAX_PIXELS = 64_000_000;
/** Beyond it, canvases of some browsers read back as zeros. */
const MAX_SIDE = 16_384;

/**
 * Checks that a picture of this size can be decoded and scored.
 * @throws InputError for an empty one, more than 64 megapixels, a side above 16,384, or a ratio
 *   above 200
 */
export function checkImageSize(width: number, height: number): void {
  checkRatio(height, width);
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new InputError({
      where: "picture",
      what: "it is too large",
      got: `${width} × ${height} pixels`,
      expected: `at most ${MAX_PIXELS / 1e6} megapixels, 16,384 a side`,
      todo: "Shrink the picture: the model sees a smaller one anyway",
    });
  }
}
