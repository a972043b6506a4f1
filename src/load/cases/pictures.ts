// Tested by: test/load/picture-memory.gpu.test.ts
/**
 * The pictures of a call: decoded, and resized if the GPU does not. A model loads this code if its
 * configuration has a tower.
 */
import { patchGrid } from "../../image/config.ts";
import type { ImageConfig } from "../../image/config.ts";
import { decodeImage } from "../../image/decode/decode.ts";
import type { Pixels } from "../../image/decode/pixels.ts";
import { resizeBicubicYielding } from "../../image/resize/resize.ts";
import type { ImageInput, ImagePart, PixelBudget } from "../../types.ts";
import type { Picture, PictureMemory } from "../picture-memory.ts";

/** What the pictures of a call share. */
export interface Room {
  /** Decoded bytes that there is still room for on the GPU. */
  bytes: number;
  /** Pictures so far. */
  count: number;
}

/** The pictures of a call. Each is decoded once for every budget that it is shown with. */
export class Pictures {
  readonly #known = new Map<ImageInput, Map<string, Picture>>();
  readonly #image: ImageConfig;
  /** The rules by which pictures are prepared, as JSON. */
  readonly #rules: string;
  readonly #signal: AbortSignal | undefined;
  readonly #memory: PictureMemory | undefined;

  constructor(
    image: ImageConfig,
    rules: string,
    signal: AbortSignal | undefined,
    memory: PictureMemory | undefined,
  ) {
    this.#image = image;
    this.#rules = rules;
    this.#signal = signal;
    this.#memory = memory;
  }

  async load(part: ImagePart, room: Room): Promise<Picture> {
    this.#signal?.throwIfAborted();
    const { type: _type, image, ...budget } = part;
    const sizes = this.#known.get(image) ?? new Map<string, Picture>();
    this.#known.set(image, sizes);
    const key = JSON.stringify(budget) + this.#rules;
    const picture =
      sizes.get(key) ?? this.#memory?.find(image, key) ?? (await this.#decode(part, key, room));
    sizes.set(key, picture);
    return picture;
  }

  async #decode(part: ImagePart, key: string, room: Room): Promise<Picture> {
    const { type: _type, image: input, ...budget } = part;
    const index = this.#memory?.nextIndex() ?? room.count++;
    const named = { index, input, budget: key };
    const image = this.#image;
    const signal = this.#signal;
    const seen = await decodeImage(input, signal, image.orientation, image.alpha, image.decoder);
    const isResizedFirst = image.isResizedFirst === true || Object.keys(budget).length > 0;
    const decoded = isResizedFirst ? await resizeAsAsked(seen, budget, image, signal) : seen;
    const { width, height } = decoded;
    const grid = patchGrid(width, height, image);
    const { resizedWidth, resizedHeight, tokens } = grid;
    const sides = { width: seen.width, height: seen.height };
    const scored = { ...sides, resizedWidth, resizedHeight, tokens };
    // The larger of the uploaded bytes and what the resize stores between its two passes.
    const bytes = 4 * height * Math.max(width, resizedWidth);
    if (bytes <= room.bytes) {
      room.bytes -= bytes;
      return { ...named, pixels: decoded, grid, scored };
    }
    const { resize } = image;
    const pixels = await resizeBicubicYielding(
      decoded,
      resizedWidth,
      resizedHeight,
      resize,
      signal,
    );
    return { ...named, pixels, grid, scored };
  }
}

/** Resizes as qwen_vl_utils does, by Pillow; the model's processor resizes the result. */
async function resizeAsAsked(
  pixels: Pixels,
  budget: PixelBudget,
  image: ImageConfig,
  signal: AbortSignal | undefined,
): Promise<Pixels> {
  const { sizeInBudget } = await import("../../image/resize/pixel-budget.ts");
  const { width, height } = sizeInBudget(pixels, budget, image);
  const arithmetic = image.resize === "pillow13" ? "pillow13" : "pillow";
  return await resizeBicubicYielding(pixels, width, height, arithmetic, signal);
}
