/**
 * Conversations to what a pass takes: pictures decoded and, where the GPU does not do it, resized, text templated and
 * tokenised, positions counted.
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";
import { decodeImage } from "../image/decode/decode.ts";
import { patchGrid } from "../image/config.ts";
import type { ImageConfig, PatchGrid } from "../image/config.ts";
import type { Pixels } from "../image/decode/pixels.ts";
import { resizeBicubicYielding } from "../image/resize/resize.ts";
import type { Prompt } from "../text/prompt.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import { checkConversations, imagesOf } from "../text/template/conversation.ts";
import type { Conversation, ImageInput, ScoredImage } from "../types.ts";
import type { ModelConfig } from "../model/config.ts";
import { familyOf } from "../model/weights.ts";

/** A picture, decoded once however many conversations show it. */
export interface Picture {
  /** Its number among the pictures of the call. */
  readonly index: number;
  /** As decoded where the GPU resizes it, else as the model sees it. */
  readonly pixels: Pixels;
  readonly grid: PatchGrid;
  readonly scored: ScoredImage;
}

export interface Prepared {
  readonly prompt: Prompt;
  /** [tokens, axes] */
  readonly positions: Uint32Array;
  readonly pictures: readonly Picture[];
  /** The tokens, a picture's marked by which picture they are: equal keys mean equal computations. */
  readonly key: Uint32Array;
}

export interface Preparation {
  readonly config: ModelConfig;
  readonly image: ImageConfig;
  readonly text: TextProcessor;
  /** What pictures may take as decoded, to be resized by the GPU. */
  readonly decodedBytes: number;
}

/** Decoded bytes that there is still room for. */
interface Room {
  bytes: number;
}

/** Prepares the conversations of one call; times are of all of them together. */
export async function prepare(
  { config, image, text, decodedBytes }: Preparation,
  conversations: readonly Conversation[],
  signal?: AbortSignal,
): Promise<{ prepared: Prepared[]; imagesMs: number; textMs: number }> {
  const begin = performance.now();
  checkConversations(conversations);
  const known = new Map<ImageInput, Picture>();
  const room = { bytes: decodedBytes };
  const pictures: Picture[][] = [];
  for (const conversation of conversations) {
    const own: Picture[] = [];
    for (const input of imagesOf(conversation)) {
      signal?.throwIfAborted();
      const picture =
        known.get(input) ?? (await loadPicture(input, known.size, image, room, signal));
      known.set(input, picture);
      own.push(picture);
    }
    pictures.push(own);
  }
  const decoded = performance.now();
  const prepared = conversations.map((conversation, i) => {
    const own = at(pictures, i);
    const prompt = text.encode(
      conversation,
      own.map(({ grid }) => grid.tokens),
    );
    return prepareOne(config, image, prompt, own);
  });
  return { prepared, imagesMs: decoded - begin, textMs: performance.now() - decoded };
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
  const { positions: positionsOf } = familyOf(config).prompt;
  const positions = positionsOf(ids.length, placed, image.mergeSize, axes);
  return { prompt, positions, pictures, key };
}

async function loadPicture(
  input: ImageInput,
  index: number,
  image: ImageConfig,
  room: Room,
  signal?: AbortSignal,
): Promise<Picture> {
  const decoded = await decodeImage(input, signal);
  const { width, height } = decoded;
  const grid = patchGrid(width, height, image);
  const { resizedWidth, resizedHeight, tokens } = grid;
  const scored = { width, height, resizedWidth, resizedHeight, tokens };
  // The larger of what is uploaded and what the resize leaves between its two passes.
  const bytes = 4 * height * Math.max(width, resizedWidth);
  if (bytes <= room.bytes) {
    room.bytes -= bytes;
    return { index, pixels: decoded, grid, scored };
  }
  const { resize } = image;
  const pixels = await resizeBicubicYielding(decoded, resizedWidth, resizedHeight, resize, signal);
  return { index, pixels, grid, scored };
}
