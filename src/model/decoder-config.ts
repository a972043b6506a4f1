// Tested by: test/model/decoder.test.ts
/**
 * The language decoder's part of config.json: one form for all families. What it leaves unsaid,
 * each family says by its traits.
 */
import { UnsupportedError } from "../errors.ts";
import type { Fields } from "../base/fields.ts";
import type { JsonObject } from "../base/json.ts";
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

/** What a family's decoder has that config.json need not say. */
export interface DecoderTraits {
  /**
   * Biases: of q, k and v always, or those that config.json asks for, by the fields its class
   * reads.
   */
  readonly biases: "qkv" | readonly ("attention_bias" | "mlp_bias")[];
  readonly qkNorm: boolean;
  /**
   * Whether heads are always hidden_size / num_attention_heads wide, even if `head_dim` differs.
   */
  readonly splitsHidden?: boolean;
  /** By `rope_type`. */
  readonly ropes: Readonly<Record<string, RopeType>>;
  /**
   * The class's own values of fields, which transformers takes if they are absent, and which some
   * of its versions leave out for that. Widths and counts are confirmed by the shapes of the
   * tensors.
   */
  readonly defaults: JsonObject;
}

/** No model has wider heads. Tables of this width are made before any tensor is read. */
const MAX_HEAD_DIM = 4096;

/**
 * Reads the decoder.
 * @throws WeightsError for missing or senseless fields, UnsupportedError for other kinds
 */
export function parseDecoder(own: Fields, traits: DecoderTraits): DecoderConfig {
  const text = own.withDefaults(traits.defaults);
  const hiddenSize = text.integer("hidden_size");
  const numAttentionHeads = text.integer("num_attention_heads");
  const numKeyValueHeads = text.optionalInteger("num_key_value_heads") ?? numAttentionHeads;
  const headDim = text.optionalInteger("head_dim") ?? hiddenSize / numAttentionHeads;
  text.require("num_attention_heads", Number.isInteger(headDim), "a divisor of hidden_size");
  const isSplit = headDim === hiddenSize / numAttentionHeads;
  text.require("head_dim", traits.splitsHidden !== true || isSplit, "hidden_size / heads");
  const [wide, most] =
    text.get("head_dim") === undefined
      ? (["hidden_size", `${MAX_HEAD_DIM} at most for each of num_attention_heads`] as const)
      : (["head_dim", `${MAX_HEAD_DIM} at most`] as const);
  text.require(wide, headDim <= MAX_HEAD_DIM, most);
  text.require(
    "num_key_value_heads",
    numAttentionHeads % numKeyValueHeads === 0,
    "a divisor of num_attention_heads",
  );
  text.requireText("hidden_act", "silu");
  const rmsNormEps = text.number("rms_norm_eps");
  text.require("rms_norm_eps", rmsNormEps >= 0 && rmsNormEps <= 1, "0 to 1");
  refuseSlidingWindows(text);
  const isBiased = (field: "attention_bias" | "mlp_bias"): boolean =>
    traits.biases.includes(field) && text.optionalBoolean(field) === true;
  const attentionBias = isBiased("attention_bias");
  return {
    vocabSize: text.integer("vocab_size"),
    hiddenSize,
    intermediateSize: text.integer("intermediate_size"),
    numHiddenLayers: text.integer("num_hidden_layers"),
    numAttentionHeads,
    numKeyValueHeads,
    headDim,
    rmsNormEps,
    maxPositionEmbeddings: text.integer("max_position_embeddings"),
    rope: readRope(text, headDim, traits.ropes),
    qkvBias: traits.biases === "qkv" || attentionBias,
    outputBias: attentionBias,
    mlpBias: isBiased("mlp_bias"),
    qkNorm: traits.qkNorm,
  };
}

/** Refuses layers that attend to the last few tokens only. */
function refuseSlidingWindows(text: Fields): void {
  const kinds = text.get("layer_types");
  const other: unknown = Array.isArray(kinds) && kinds.find((kind) => kind !== "full_attention");
  if (typeof other === "string") {
    throw unsupported(text, "layer_types", `"${other}"`, "full_attention");
  }
  if (text.optionalBoolean("use_sliding_window") === true) {
    throw unsupported(text, "use_sliding_window", "true", "false");
  }
}

function unsupported(text: Fields, field: string, got: string, expected: string): UnsupportedError {
  const what = `${field} is not supported`;
  return new UnsupportedError({ where: text.where, what, got, expected });
}
