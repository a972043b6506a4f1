// Tested by: test/model/decoder.test.ts
/**
 * How many tokens a pass may hold: what the memory budget leaves for activations, and what a
 * binding can hold.
 *
 * Nobody keeps a formula of the activations' size: a plan of a small pass is written down, and its
 * buffers are measured.
 */
import { normalisation } from "../image/config.ts";
import type { ImageConfig } from "../image/config.ts";
import type { PictureSteps } from "../model/families/family.ts";
import { assignBuffers, findLifetimes } from "../pass/lifetimes.ts";
import { createPack } from "../pass/pack.ts";
import { forward } from "../model/forward.ts";
import type { PassInput, PlanParts } from "../model/forward.ts";

export interface PassLimits {
  /** What activations may take. */
  readonly bytes: number;
  readonly bindingBytes: number;
  /** A limit even if memory allows more: progress and aborts are handled between passes. */
  readonly tokens: number;
}

/** Smaller passes are not worth running, even if the budget asks for them. */
const MIN_TOKENS = 256;
/** Cells along a side of the sample's picture. */
const SAMPLE_SIDE = 16;

/**
 * Returns how many tokens one pass may hold. A single longer conversation gets a pass of its own.
 */
export function passTokens(parts: PlanParts, limits: PassLimits): number {
  const tokens = SAMPLE_SIDE ** 2;
  const plan = forward(parts, samplePass(parts, SAMPLE_SIDE));
  const { byteLengths } = assignBuffers(findLifetimes(plan), plan.tensors.length);
  const perToken = byteLengths.reduce((sum, bytes) => sum + bytes, 0) / tokens;
  const widest = Math.max(...byteLengths) / tokens;
  const affordable = Math.max(MIN_TOKENS, Math.floor(limits.bytes / perToken));
  // What no binding can hold would fail; the budget may be passed by a pass of few tokens.
  const bindable = Math.max(1, Math.floor(limits.bindingBytes / widest));
  return Math.min(limits.tokens, affordable, bindable);
}

/** Returns how pictures become patches. */
export function patchesOf(image: ImageConfig): PictureSteps {
  const { patchSize, mergeSize, temporalPatchSize, resize } = image;
  return { patchSize, mergeSize, temporalPatchSize, resize, ...normalisation(image) };
}

/**
 * Returns a pass of side² tokens, all of one picture if the model sees pictures.
 * @param text tokens after them
 */
export function samplePass(
  { profile, config, patches, embedding, weights }: PlanParts,
  side: number,
  text: number = 0,
): PassInput {
  const tokens = side ** 2 + text;
  const { axes } = config.decoder.rope;
  const pixels = patches ? patches.patchSize * patches.mergeSize * side : 0;
  // One more pixel on each side, so that the steps include a resize if the GPU does it.
  const decoded = profile.resize === "gpu" ? pixels + 1 : pixels;
  const images = patches ? [{ begin: 0, tokens: side ** 2, row: 0 }] : [];
  const input = { ids: new Uint32Array(tokens), positions: new Uint32Array(tokens * axes), images };
  const isOfLabels = weights.heads.some(({ kind }) => kind === "labels");
  const readsStates = weights.heads.some(({ kind }) => kind !== "mlp");
  return {
    stateTokens: readsStates ? new Uint32Array(1) : undefined,
    differences: isOfLabels ? [new Float32Array(config.decoder.hiddenSize)] : [],
    pack: createPack([input], [{ prefix: 0, members: [0] }], axes),
    tokenRows: {
      form: embedding.form,
      values: new Uint32Array(config.decoder.hiddenSize),
      rows: 1,
      source: new Uint32Array(tokens),
    },
    pictures: patches
      ? [
          {
            pixels: { width: decoded, height: decoded, data: new Uint8Array(decoded ** 2 * 4) },
            width: pixels,
            height: pixels,
          },
        ]
      : [],
  };
}
