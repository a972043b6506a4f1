// Tested by: test/model/families.test.ts
/**
 * Qwen3-VL: the decoder of Qwen3 with interleaved M-RoPE, and a tower of layer norms with a table
 * of
 * positions, whose deepstack mergers add to image tokens after the decoder's first layers.
 * Python: Qwen3VLForConditionalGeneration.
 */
import type { Fields } from "../../base/fields.ts";
import { parseDecoder } from "../decoder-config.ts";
import type { DecoderConfig, DecoderTraits } from "../decoder-config.ts";
import type { RopeType } from "../rope.ts";
import type { Family } from "./family.ts";
import { layerNormTower } from "./layer-norm-vision.ts";
import type { LayerNormVisionConfig } from "./layer-norm-vision.ts";
import { IMAGE_TOKEN_ID, layouts, imageProcessor, mropePrompt } from "./qwen2-5-vl.ts";
import { readActivation, readHeads, readSizes } from "./vision-config.ts";

/** Pairs of each axis if the configuration does not say. */
const SECTION = [24, 20, 20];

/**
 * Three positions a token. Pairs turn by time, row, column, time, … in turns, until the section of
 * an axis is used up; the others turn by the time. Python: recomposition_frequencies.
 */
const interleavedRope: RopeType = (parameters, pairs) => {
  const section = parameters.optionalIntegers("mrope_section") ?? SECTION;
  parameters.require(
    "mrope_section",
    section.length === 3 && section.every((count) => count > 0),
    "three numbers above 0",
  );
  parameters.require(
    "mrope_interleaved",
    parameters.optionalBoolean("mrope_interleaved") !== false,
    "true: the model's class always interleaves",
  );
  const pairAxes = Array.from({ length: pairs }, (_, j) => {
    const axis = j % 3;
    const end = 3 * (section[axis] ?? Number.NaN);
    return j < end ? axis : 0;
  });
  return { axes: 3, pairAxes, scaling: undefined };
};

/** Qwen3VLTextConfig's own values. */
const traits: DecoderTraits = {
  biases: ["attention_bias"],
  qkNorm: true,
  ropes: { default: interleavedRope, mrope: interleavedRope },
  defaults: {
    vocab_size: 151_936,
    intermediate_size: 22_016,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 32,
    head_dim: 128,
    max_position_embeddings: 128_000,
    rope_theta: 500_000,
  },
};

/** Qwen3VLVisionConfig's own values. */
const visionDefaults = {
  depth: 27,
  hidden_size: 1152,
  hidden_act: "gelu_pytorch_tanh",
  intermediate_size: 4304,
  num_heads: 16,
  in_channels: 3,
  patch_size: 16,
  spatial_merge_size: 2,
  temporal_patch_size: 2,
  out_hidden_size: 3584,
  num_position_embeddings: 2304,
  deepstack_visual_indexes: [8, 16, 24],
};

export const qwen3Vl: Family = {
  modelTypes: ["qwen3_vl"],
  architectures: [
    "Qwen3VLForConditionalGeneration",
    "Qwen3VLForSequenceClassification",
    "Qwen3VLModel",
    // The class of EditReward's own code.
    "Qwen3VLRewardModelBT",
  ],
  layouts,
  prompt: mropePrompt,
  tower: layerNormTower({
    hasPatchBias: true,
    up: "mlp.linear_fc1",
    down: "mlp.linear_fc2",
    mergerNorm: "norm",
    mergerUp: "linear_fc1",
    mergerDown: "linear_fc2",
  }),
  imageProcessor,
  parse(root) {
    const decoder = parseDecoder(root.optionalObject("text_config") ?? root, traits);
    return {
      decoder,
      vision: parseVision(root.object("vision_config").withDefaults(visionDefaults), decoder),
      imageTokenId: root.optionalInteger("image_token_id") ?? IMAGE_TOKEN_ID,
    };
  },
};

function parseVision(vision: Fields, decoder: DecoderConfig): LayerNormVisionConfig {
  const sizes = readSizes(vision, decoder, { hidden: "hidden_size", out: "out_hidden_size" });
  const deepstackBlocks = vision.integers("deepstack_visual_indexes");
  vision.require(
    "deepstack_visual_indexes",
    new Set(deepstackBlocks).size === deepstackBlocks.length &&
      deepstackBlocks.every((block) => block >= 0 && block < sizes.depth),
    `different indexes of the ${sizes.depth} blocks, from 0`,
  );
  return {
    ...sizes,
    intermediateSize: vision.integer("intermediate_size"),
    numHeads: readHeads(vision, sizes.hiddenSize),
    activation: readActivation(vision),
    positionRows: vision.integer("num_position_embeddings"),
    addsAfter: deepstackBlocks.length,
    deepstackBlocks,
  };
}
