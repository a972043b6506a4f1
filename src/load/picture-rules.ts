/**
 * The rules for pictures that a model's files do not say: what its card does before the image
 * processor.
 *
 * The flagship's card (docs) resizes with qwen_vl_utils, which is Pillow's arithmetic and does not
 * turn a picture as its EXIF orientation says. Nothing in the folder says so, and transformers 5
 * would resize by torchvision. Such a folder is recognised by what only it has: a value head on a
 * decoder of that size, and the budget of qwen_vl_utils, with which the second resize changes
 * nothing.
 */
import type { ImageConfig } from "../image/config.ts";
import type { ModelConfig } from "../model/config.ts";
import type { RewardRecord } from "../model/heads/head.ts";
import type { PictureRules } from "../text/template/prompt-record.ts";
import type { LoadOptions } from "./options.ts";

const VALUE_HEAD = "v_head.summary.weight";
/** The decoder's width and layers. */
const HIDDEN = 3584;
const LAYERS = 28;
/** qwen_vl_utils: 4 and 16,384 tokens of 28 x 28 pixels. */
const MIN_PIXELS = 4 * 28 * 28;
const MAX_PIXELS = 16_384 * 28 * 28;

/** Returns the image processor with the card's rules, if there are any, and the caller's. */
export function withPictureRules(
  image: ImageConfig,
  { decoder, vision }: Pick<ModelConfig, "decoder" | "vision">,
  tensors: { has: (name: string) => boolean },
  { passes }: Pick<RewardRecord, "passes">,
  {
    resize,
    orientation,
    alpha,
    decodeImage,
  }: PictureChoice & Pick<LoadOptions, "resize" | "decodeImage">,
): ImageConfig {
  // A record that resizes does so by Pillow, in place of the processor: by the Pillow of today.
  const isOwn = passes.some(({ prompt }) => hasArea(prompt.pictures));
  const isCard =
    vision !== undefined &&
    tensors.has(VALUE_HEAD) &&
    decoder.hiddenSize === HIDDEN &&
    decoder.numHiddenLayers === LAYERS &&
    image.minPixels === MIN_PIXELS &&
    image.maxPixels === MAX_PIXELS;
  const own = isCard ? ({ resize: "pillow", orientation: "stored" } as const) : image;
  return {
    ...image,
    resize: resize ?? (isOwn ? "pillow13" : own.resize),
    orientation: orientation ?? own.orientation,
    alpha: alpha ?? image.alpha,
    ...(decodeImage && { decoder: decodeImage }),
  };
}

/** What a caller may choose in place of the rules of a record. */
export type PictureChoice = Pick<LoadOptions, "orientation" | "alpha">;

function hasArea({ minPixels, maxPixels }: PictureRules): boolean {
  return minPixels !== undefined || maxPixels !== undefined;
}

/** Returns the image processor with the rules of a pass, except where the caller chose. */
export function imageOf(
  image: ImageConfig,
  { firstResize, minPixels, maxPixels, alpha, orientation }: PictureRules,
  choice: PictureChoice,
): ImageConfig {
  const most = maxPixels ?? Math.max(image.maxPixels, minPixels ?? 0);
  return {
    ...image,
    ...(firstResize && { isResizedFirst: true }),
    minPixels: minPixels ?? Math.min(image.minPixels, most),
    maxPixels: most,
    alpha: choice.alpha ?? alpha ?? image.alpha,
    orientation: choice.orientation ?? orientation ?? image.orientation,
  };
}
