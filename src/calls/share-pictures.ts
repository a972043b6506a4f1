// Tested by: test/load/picture-memory.gpu.test.ts
/** A scorer for many calls about the same pictures, each computed once. */
import { at } from "../base/at.ts";
import { checkOptions, show } from "../base/options.ts";
import { InputError } from "../errors.ts";
import type { PictureMemory, PictureWork } from "../load/picture-memory.ts";
import { caseOf, SCORE_RULES } from "../text/template/requests.ts";
import type {
  ConversationInput,
  ImageInput,
  RawPixels,
  Score,
  ScoreInput,
  ScoreOptions,
} from "../types.ts";
import { PICTURE_BYTES } from "./compute.ts";
import type { HeldModel } from "./held-model.ts";
import { scoreCases } from "./score-cases.ts";

/** Scores of one model that share its pictures: what `sharePictures` returns. */
export interface PictureSharing {
  /** As `RewardModel.score` of a list. */
  score(inputs: readonly ScoreInput[], options?: ScoreOptions): Promise<Score[]>;
  /** Decodes a picture as this model sees it. */
  decode(image: ImageInput, signal?: AbortSignal): Promise<RawPixels>;
  /**
   * Returns the margin of two conversations under heads that have the model's weights in random
   * order; undefined for a head that is not one linear layer.
   */
  randomHeads(
    pair: readonly [ConversationInput, ConversationInput],
    count: number,
    options?: { readonly seed?: number; readonly signal?: AbortSignal | undefined },
  ): Promise<number[] | undefined>;
  /**
   * What was computed so far: pictures and their tokens by the tower, all tokens by the decoder.
   */
  readonly work: PictureWork;
}

const NO_WORK: PictureWork = { pictures: 0, pictureTokens: 0, tokens: 0 };

/** @throws InputError if `maxBytes` is not a whole number above 0 */
export function sharePictures(held: HeldModel, maxBytes: number = PICTURE_BYTES): PictureSharing {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    const expected = "a whole number of bytes above 0";
    throw new InputError({ where: "sharePictures, maxBytes", expected, got: show(maxBytes) });
  }
  let memory: PictureMemory | undefined;
  let { model } = held;
  const memoryNow = async (): Promise<PictureMemory> => {
    const { PictureMemory: Memory } = await import("../load/picture-memory.ts");
    // Weights that were loaded again may be in another form.
    if (model !== held.model) memory = undefined;
    model = held.model;
    memory ??= new Memory(maxBytes);
    return memory;
  };
  return {
    score: async (inputs, options = {}) => {
      checkOptions("score", options, SCORE_RULES);
      return await held.enqueue(options, async () =>
        scoreCases(held, inputs.map(caseOf), options, await memoryNow()),
      );
    },
    decode: async (image, signal) => {
      const { decodeImage } = await import("../image/decode/decode.ts");
      const { orientation, decoder } = held.model.image;
      return await decodeImage(image, signal, orientation, "white", decoder);
    },
    randomHeads: async (pair, count, { seed = 1, signal } = {}) =>
      await held.enqueue({ signal }, async () => {
        const options = { features: true, signal };
        const scores = await scoreCases(held, pair.map(caseOf), options, await memoryNow());
        const features = scores.map((one) => one.features);
        const states = [at(features, 0), at(features, 1)] as const;
        const { randomHeadMargins } = await import("../load/random-heads.ts");
        return await randomHeadMargins(held.model, states, count, seed);
      }),
    get work() {
      return memory?.work ?? NO_WORK;
    },
  };
}
