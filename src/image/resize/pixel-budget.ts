// Tested by: test/text/template/message-fields.test.ts
/**
 * The size that a picture's own budget asks for: `fetch_image` and `smart_resize` of qwen_vl_utils.
 *
 * Unlike transformers' smart_resize, no side is rounded to less than one token.
 */
import { InputError } from "../../errors.ts";
import type { PixelBudget } from "../../types.ts";
import { checkImageSize } from "../decode/size-limits.ts";
import { checkRatio, roundHalfToEven } from "./smart-resize.ts";

/** Tokens of a picture, if the budget leaves one side open. */
const MIN_TOKENS = 4;
const MAX_TOKENS = 16_384;

/**
 * Returns the sides after the budget's resize.
 * @throws InputError if no size fits
 */
export function sizeInBudget(
  picture: { readonly width: number; readonly height: number },
  budget: PixelBudget,
  model: { readonly patchSize: number; readonly mergeSize: number },
): { readonly width: number; readonly height: number } {
  const { resized_width, resized_height } = budget;
  const isFixed = resized_width !== undefined && resized_height !== undefined;
  const [width, height] = isFixed
    ? [resized_width, resized_height]
    : [picture.width, picture.height];
  checkRatio(height, width);
  const factor = model.patchSize * model.mergeSize;
  const area = isFixed ? {} : budget;
  const { min_pixels: least = MIN_TOKENS * factor ** 2 } = area;
  const { max_pixels: most = MAX_TOKENS * factor ** 2 } = area;
  const got = `${least} to ${most} pixels for ${width} × ${height}`;
  const fault = { where: "picture", what: "min_pixels and max_pixels leave no size", got };
  if (least > most) throw new InputError(fault);
  let rows = Math.max(factor, roundHalfToEven(height / factor) * factor);
  let columns = Math.max(factor, roundHalfToEven(width / factor) * factor);
  if (rows * columns > most) {
    const shrink = Math.sqrt((height * width) / most);
    rows = Math.floor(height / shrink / factor) * factor;
    columns = Math.floor(width / shrink / factor) * factor;
  } else if (rows * columns < least) {
    const grow = Math.sqrt(least / (height * width));
    rows = Math.ceil((height * grow) / factor) * factor;
    columns = Math.ceil((width * grow) / factor) * factor;
  }
  if (rows === 0 || columns === 0) throw new InputError(fault);
  checkImageSize(columns, rows);
  return { width: columns, height: rows };
}
