/**
 * What a family of models is: one record that says all of it. `families.ts` lists the records.
 *
 * A family has a decoder, which `decoder.ts` records for all, and perhaps a tower that turns
 * pictures into tokens. The head is not its business: see `heads/head.ts`.
 */
import type { Fields } from "../../base/fields.ts";
import type { Declare } from "../../checkpoint/weight-table.ts";
import type { Recorder, Tensor, Weight } from "../../kernels/kernel.ts";
import type { Patches } from "../../kernels/patchify.ts";
import type { SourcePicture } from "../../kernels/resize.ts";
import type { ImageProcessor } from "../../image/config.ts";
import type { ResizeArithmetic } from "../../image/resize/taps.ts";
import type { DecoderConfig } from "../decoder-config.ts";
import type { PositionScheme } from "../positions.ts";
import type { Tap } from "../tap.ts";

/** What every tower's configuration has; a family's own has more. */
export interface VisionConfig {
  /** Blocks of the tower. */
  readonly depth: number;
  readonly hiddenSize: number;
  readonly patchSize: number;
  readonly temporalPatchSize: number;
  readonly spatialMergeSize: number;
  /** The width of an image token: the decoder's. */
  readonly outHiddenSize: number;
  /** The first layers of the decoder, after which the tower adds to image tokens; mostly none. */
  readonly addsAfter: number;
}

/** What a family reads from config.json. */
export interface FamilyConfig {
  readonly decoder: DecoderConfig;
  /** Undefined for text models. */
  readonly vision: VisionConfig | undefined;
  readonly imageTokenId: number | undefined;
}

/** How pictures become patches: whose arithmetic resizes them, how they are cut and normalised. */
export interface PictureSteps extends Patches {
  readonly resize: ResizeArithmetic;
}

/** What a tower makes of the pictures of one pass. */
export interface ImageTokens {
  /** [image tokens, hidden of the decoder], picture after picture. */
  readonly embeddings: Tensor;
  /**
   * Records what follows one of the layers that `addsAfter` counts. `imageRows` has the row of each
   * token in `embeddings`, or -1 for text.
   */
  readonly afterLayer?: (layer: number, x: Tensor, imageRows: Int32Array) => Tensor;
  /** What `afterLayer` reads beside them, each with as many rows as the embeddings. */
  readonly added?: readonly Tensor[];
}

/** The vision transformer of a family. */
export interface Tower<Config extends VisionConfig = VisionConfig, Weights = unknown> {
  /** Declares the weights under their names in the checkpoint, which begin with `prefix`. */
  weights(declare: Declare, config: Config, prefix: string): Weights;
  /** Records the pictures of one pass; there is one at least. */
  record(
    plan: Recorder,
    weights: Weights,
    config: Config,
    steps: PictureSteps,
    pictures: readonly SourcePicture[],
    tap: Tap,
  ): ImageTokens;
  /**
   * Returns the same as `record` for tensors that an earlier pass computed: the embeddings, then
   * what was added. A tower without `afterLayer` needs none.
   */
  restore?(plan: Recorder, config: Config, rows: readonly Tensor[]): ImageTokens;
  /** Returns the matrix by which kernels are chosen: the one that takes most of the time. */
  largest(weights: Weights): Weight | undefined;
}

/** How the names of a checkpoint's tensors begin. */
export interface Layout {
  readonly decoder: string;
  /** Empty for text models. */
  readonly vision: string;
}

/** What a prompt is made by, besides the checkpoint's own chat template. */
export interface PromptRules {
  /** How the positions of tokens are computed, unless a checkpoint was trained with others. */
  readonly positions: PositionScheme;
  /** Control tokens that follow what the template made, such as one that the head reads. */
  readonly appended: readonly string[];
}

/** A family of models. */
export interface Family {
  /** `model_type` in config.json. */
  readonly modelTypes: readonly string[];
  /** `architectures` in config.json: classes whose checkpoints have this family's tensors. */
  readonly architectures: readonly string[];
  /** The first is used whose embedding table the checkpoint has. */
  readonly layouts: readonly Layout[];
  readonly prompt: PromptRules;
  /** Undefined for text models. */
  readonly tower?: Tower;
  /** How pictures come to the tower. */
  readonly imageProcessor?: ImageProcessor;
  /** Reads config.json. @throws WeightsError, UnsupportedError */
  readonly parse: (root: Fields) => FamilyConfig;
}
