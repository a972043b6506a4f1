/**
 * Turns conversations into what a pass takes: reads and checks them, decodes the pictures, resizes
 * those that the GPU does not, templates and tokenises the text, and counts positions.
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";
import { decodeImage } from "../image/decode/decode.ts";
import { patchGrid } from "../image/config.ts";
import type { ImageConfig } from "../image/config.ts";
import type { Pixels } from "../image/decode/pixels.ts";
import { resizeBicubicYielding } from "../image/resize/resize.ts";
import type { Prompt } from "../text/prompt.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import { imagePartsOf, readConversations } from "../text/template/conversation.ts";
import type { ConversationInput, ImageInput, ImagePart, PixelBudget } from "../types.ts";
import type { ModelConfig } from "../model/config.ts";
import type { Picture, PictureMemory } from "./picture-memory.ts";

export interface Prepared {
  readonly prompt: Prompt;
  /** [tokens, axes] */
  readonly positions: Uint32Array;
  readonly pictures: readonly Picture[];
  /**
   * The tokens, a picture's marked by which picture they are: equal keys mean equal computations.
   */
  readonly key: Uint32Array;
}

export interface Preparation {
  readonly config: ModelConfig;
  readonly image: ImageConfig;
  readonly text: TextProcessor;
  /** What pictures may take as decoded, to be resized by the GPU. */
  readonly decodedBytes: number;
}

/**
 * Prepares the conversations of one call; times are of all of them together.
 * @param memory pictures of earlier calls
 */
export async function prepare(
  { config, image, text, decodedBytes }: Preparation,
  given: readonly ConversationInput[],
  signal?: AbortSignal,
  memory?: PictureMemory,
): Promise<{ prepared: Prepared[]; imagesMs: number; textMs: number }> {
  const begin = performance.now();
  const conversations = await readConversations(given);
  const pictures = new Pictures(image, decodedBytes, signal, memory);
  const shown: Picture[][] = [];
  const name = (i: number): string => (conversations.length > 1 ? `conversations[${i}], ` : "");
  for (const [i, conversation] of conversations.entries()) {
    const own: Picture[] = [];
    for (const part of imagePartsOf(conversation)) {
      own.push(await pictures.load(part).catch((error: unknown) => rethrow(error, name(i))));
    }
    shown.push(own);
  }
  const decoded = performance.now();
  const prepared = conversations.map((conversation, i) => {
    const own = at(shown, i);
    try {
      const prompt = text.encode(
        conversation,
        own.map(({ grid }) => grid.tokens),
      );
      return prepareOne(config, image, prompt, own);
    } catch (error) {
      return rethrow(error, name(i));
    }
  });
  return { prepared, imagesMs: decoded - begin, textMs: performance.now() - decoded };
}

/** Resizes as qwen_vl_utils does: by Pillow first, and then by the model's processor. */
async function resizeAsAsked(
  pixels: Pixels,
  budget: PixelBudget,
  image: ImageConfig,
  signal: AbortSignal | undefined,
): Promise<Pixels> {
  const { sizeInBudget } = await import("../image/resize/pixel-budget.ts");
  const { width, height } = sizeInBudget(pixels, budget, image);
  return await resizeBicubicYielding(pixels, width, height, "pillow", signal);
}

/** Throws the error again, with the name of the conversation that it is about. */
function rethrow(error: unknown, name: string): never {
  if (!(error instanceof InputError) || name === "") throw error;
  const { where, what, got, expected, todo } = error;
  throw new InputError({ where: name + where, what, got, expected, todo, cause: error.cause });
}

function prepareOne(
  config: ModelConfig,
  image: ImageConfig,
  prompt: Prompt,
  pictures: readonly Picture[],
): Prepared {
  const { ids } = prompt;
  const { maxPositionEmbeddings } = config.decoder;
  if (ids.length > maxPositionEmbeddings) {
    throw new InputError({
      where: "conversation",
      what: "is longer than the model was made for",
      got: `${ids.length.toLocaleString("en-US")} tokens`,
      expected: `${maxPositionEmbeddings.toLocaleString("en-US")} at most`,
      todo: "Shorten the text, or use fewer or smaller pictures",
    });
  }
  const placed = prompt.images.map(({ begin }, i) => ({
    begin,
    grid: at(pictures, i).grid,
  }));
  const key = ids.slice();
  for (const [i, { begin, tokens }] of prompt.images.entries()) {
    key.fill(0x8000_0000 + at(pictures, i).index, begin, begin + tokens);
  }
  const { axes } = config.decoder.rope;
  const positions = config.positions(ids.length, placed, image.mergeSize, axes);
  return { prompt, positions, pictures, key };
}

/** The pictures of a call. Each is decoded once for every budget that it is shown with. */
class Pictures {
  readonly #known = new Map<ImageInput, Map<string, Picture>>();
  readonly #image: ImageConfig;
  readonly #signal: AbortSignal | undefined;
  readonly #memory: PictureMemory | undefined;
  /** Decoded bytes that there is still room for on the GPU. */
  #room: number;
  #count = 0;

  constructor(
    image: ImageConfig,
    decodedBytes: number,
    signal: AbortSignal | undefined,
    memory: PictureMemory | undefined,
  ) {
    this.#image = image;
    this.#memory = memory;
    this.#room = decodedBytes;
    this.#signal = signal;
  }

  async load(part: ImagePart): Promise<Picture> {
    this.#signal?.throwIfAborted();
    const { type: _type, image, ...budget } = part;
    const sizes = this.#known.get(image) ?? new Map<string, Picture>();
    this.#known.set(image, sizes);
    const key = JSON.stringify(budget);
    const picture =
      sizes.get(key) ?? this.#memory?.find(image, key) ?? (await this.#decode(image, budget));
    sizes.set(key, picture);
    return picture;
  }

  async #decode(input: ImageInput, budget: PixelBudget): Promise<Picture> {
    const index = this.#memory?.nextIndex() ?? this.#count++;
    const named = { index, input, budget: JSON.stringify(budget) };
    const image = this.#image;
    const signal = this.#signal;
    const seen = await decodeImage(input, signal, image.orientation);
    const hasBudget = Object.keys(budget).length > 0;
    const decoded = hasBudget ? await resizeAsAsked(seen, budget, image, signal) : seen;
    const { width, height } = decoded;
    const grid = patchGrid(width, height, image);
    const { resizedWidth, resizedHeight, tokens } = grid;
    const sides = { width: seen.width, height: seen.height };
    const scored = { ...sides, resizedWidth, resizedHeight, tokens };
    // The larger of the uploaded bytes and what the resize stores between its two passes.
    const bytes = 4 * height * Math.max(width, resizedWidth);
    if (bytes <= this.#room) {
      this.#room -= bytes;
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
