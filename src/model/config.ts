/**
 * config.json, read strictly: the fields the engine needs, under Hugging Face's names in camelCase.
 *
 * Two layouts: flat, as published in 2025, and nested in text_config, as transformers 5 writes it. A field that changes the
 * numbers is never guessed: class defaults of transformers are wrong for these checkpoints.
 */
import { UnsupportedError, WeightsError } from "../errors.ts";
import { Fields } from "../base/fields.ts";
import { isObject } from "../base/json.ts";
import { readRope } from "./rope-config.ts";
import type { RopeConfig } from "./rope-config.ts";

export interface DecoderConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly rmsNormEps: number;
  readonly maxPositionEmbeddings: number;
  readonly rope: RopeConfig;
  /** Biases of q, k and v (Qwen2 and 2.5), and of o. */
  readonly qkvBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** Queries and keys are normalised head by head (Qwen3). */
  readonly qkNorm: boolean;
}

export interface VisionConfig {
  readonly depth: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHeads: number;
  readonly patchSize: number;
  readonly temporalPatchSize: number;
  readonly spatialMergeSize: number;
  /** Pixels along a side of an attention window. */
  readonly windowSize: number;
  readonly fullattBlockIndexes: readonly number[];
  readonly outHiddenSize: number;
}

export interface ModelConfig {
  readonly modelType: string;
  readonly architecture: string;
  readonly decoder: DecoderConfig;
  /** Undefined for text models. */
  readonly vision: VisionConfig | undefined;
  readonly imageTokenId: number | undefined;
  /** Text models: the score is that of the last token that is not this one. */
  readonly padTokenId: number | undefined;
  /** `v_head.summary` (TRL's value head) or `score` (transformers' sequence classification). */
  readonly head: "v_head.summary" | "score";
}

/** What can be scored, as errors name it. */
const SUPPORTED =
  "qwen2_5_vl with a value head; Qwen2, Qwen3 and Llama as *ForSequenceClassification with one label";

/** The knobs of each family: what its config.json does not say. */
const FAMILIES: Readonly<Record<string, { qkvBias: boolean; qkNorm: boolean; vision: boolean }>> = {
  qwen2_5_vl: { qkvBias: true, qkNorm: false, vision: true },
  qwen2: { qkvBias: true, qkNorm: false, vision: false },
  qwen3: { qkvBias: false, qkNorm: true, vision: false },
  llama: { qkvBias: false, qkNorm: false, vision: false },
};

/**
 * Checks a parsed config.json.
 * @throws WeightsError for missing or senseless fields, UnsupportedError for models of another kind.
 */
export function parseConfig(json: unknown): ModelConfig {
  if (!isObject(json)) {
    throw new WeightsError({ where: "config.json", what: "is no JSON object" });
  }
  const root = new Fields(json, "config.json");
  const modelType = root.text("model_type");
  const family = Object.hasOwn(FAMILIES, modelType) ? FAMILIES[modelType] : undefined;
  const architecture = root.firstText("architectures");
  if (!family) {
    throw unsupported("model_type", modelType);
  }
  const wanted = family.vision ? "Qwen2_5_VLForConditionalGeneration" : "ForSequenceClassification";
  if (!architecture.endsWith(wanted)) {
    throw unsupported("architectures", architecture);
  }
  if (!family.vision) {
    checkOneLabel(root);
  }
  const text = root.optionalObject("text_config") ?? root;
  const decoder = parseDecoder(text, family, modelType);
  return {
    modelType,
    architecture,
    decoder,
    vision: family.vision ? parseVision(root.object("vision_config"), decoder) : undefined,
    imageTokenId: family.vision ? root.integer("image_token_id") : undefined,
    padTokenId: family.vision ? undefined : root.optionalTokenId("pad_token_id"),
    head: family.vision ? "v_head.summary" : "score",
  };
}

function parseDecoder(
  text: Fields,
  family: { qkvBias: boolean; qkNorm: boolean },
  modelType: string,
): DecoderConfig {
  const hiddenSize = text.integer("hidden_size");
  const numAttentionHeads = text.integer("num_attention_heads");
  const numKeyValueHeads = text.optionalInteger("num_key_value_heads") ?? numAttentionHeads;
  const headDim = text.optionalInteger("head_dim") ?? hiddenSize / numAttentionHeads;
  text.require("num_attention_heads", Number.isInteger(headDim), "a divisor of hidden_size");
  text.require(
    "num_key_value_heads",
    numAttentionHeads % numKeyValueHeads === 0,
    "a divisor of num_attention_heads",
  );
  text.requireText("hidden_act", "silu");
  if (text.optionalBoolean("use_sliding_window") === true) {
    throw unsupported("use_sliding_window", "true");
  }
  const attentionBias = text.optionalBoolean("attention_bias") ?? false;
  return {
    vocabSize: text.integer("vocab_size"),
    hiddenSize,
    intermediateSize: text.integer("intermediate_size"),
    numHiddenLayers: text.integer("num_hidden_layers"),
    numAttentionHeads,
    numKeyValueHeads,
    headDim,
    rmsNormEps: text.number("rms_norm_eps"),
    maxPositionEmbeddings: text.integer("max_position_embeddings"),
    rope: readRope(text, headDim, modelType === "qwen2_5_vl"),
    qkvBias: family.qkvBias || attentionBias,
    outputBias: attentionBias,
    mlpBias: text.optionalBoolean("mlp_bias") ?? false,
    qkNorm: family.qkNorm,
  };
}

function parseVision(vision: Fields, decoder: DecoderConfig): VisionConfig {
  const config: VisionConfig = {
    depth: vision.integer("depth"),
    hiddenSize: vision.integer("hidden_size"),
    intermediateSize: vision.integer("intermediate_size"),
    numHeads: vision.integer("num_heads"),
    patchSize: vision.integer("patch_size"),
    temporalPatchSize: vision.integer("temporal_patch_size"),
    spatialMergeSize: vision.integer("spatial_merge_size"),
    windowSize: vision.integer("window_size"),
    fullattBlockIndexes: vision.integers("fullatt_block_indexes"),
    outHiddenSize: vision.integer("out_hidden_size"),
  };
  vision.requireText("hidden_act", "silu");
  const channels = vision.optionalInteger("in_channels") ?? vision.optionalInteger("in_chans") ?? 3;
  vision.require("in_channels", channels === 3, "3");
  vision.require(
    "num_heads",
    config.hiddenSize % config.numHeads === 0,
    "a divisor of hidden_size",
  );
  vision.require(
    "out_hidden_size",
    config.outHiddenSize === decoder.hiddenSize,
    "hidden_size of the decoder",
  );
  const cell = config.patchSize * config.spatialMergeSize;
  vision.require(
    "window_size",
    config.windowSize >= cell,
    `${cell} (patch_size * spatial_merge_size) or more`,
  );
  return config;
}

/** `num_labels` is not written to config.json; the labels' names are. */
function checkOneLabel(root: Fields): void {
  const labels = root.optionalObject("id2label");
  const count = root.optionalInteger("num_labels") ?? (labels ? labels.keys().length : 2);
  if (count !== 1) {
    throw new UnsupportedError({
      where: "config.json",
      what: "number of labels (id2label)",
      got: count,
      expected: "1: a reward is one number",
    });
  }
}

function unsupported(field: string, got: string): UnsupportedError {
  return new UnsupportedError({
    where: "config.json",
    what: `${field} is not supported`,
    got: `"${got}"`,
    expected: SUPPORTED,
  });
}
