/** The language decoder's part of config.json: one form for all families, who say what it leaves unsaid. */
import { UnsupportedError } from "../errors.ts";
import type { Fields } from "../base/fields.ts";
import { readRope } from "./rope.ts";
import type { RopeConfig, RopeType } from "./rope.ts";

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
  /** Biases of q, k and v, and of o. */
  readonly qkvBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** Queries and keys are normalised head by head. */
  readonly qkNorm: boolean;
}

/** What a family's decoder has that config.json does not say. */
export interface DecoderTraits {
  readonly qkvBias: boolean;
  readonly qkNorm: boolean;
  /** By `rope_type`. */
  readonly ropes: Readonly<Record<string, RopeType>>;
}

/** Reads the decoder. @throws WeightsError for missing or senseless fields, UnsupportedError for other kinds */
export function parseDecoder(text: Fields, traits: DecoderTraits): DecoderConfig {
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
    throw new UnsupportedError({
      where: text.where,
      what: "use_sliding_window is not supported",
      got: "true",
      expected: "false",
    });
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
    rope: readRope(text, headDim, traits.ropes),
    qkvBias: traits.qkvBias || attentionBias,
    outputBias: attentionBias,
    mlpBias: text.optionalBoolean("mlp_bias") ?? false,
    qkNorm: traits.qkNorm,
  };
}
