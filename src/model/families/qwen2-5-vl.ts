// Tested by: test/model/families.test.ts
/**
 * Qwen2.5-VL: the decoder of Qwen2 with M-RoPE, and the tower of `qwen2-5-vision.ts`.
 * Python: Qwen2_5_VLForConditionalGeneration.
 */
import { DEFAULT_IMAGE_CONFIG } from "../../image/config.ts";
import type { ImageProcessor } from "../../image/config.ts";
import type { Fields } from "../../base/fields.ts";
import { parseDecoder } from "../decoder-config.ts";
import type { DecoderConfig, DecoderTraits } from "../decoder-config.ts";
import { mropePositions } from "../positions.ts";
import { chunkedRope } from "../rope.ts";
import type { Family, Layout, PromptRules } from "./family.ts";
import { tower } from "./qwen2-5-vision.ts";
import type { WindowedVisionConfig } from "./qwen2-5-vision.ts";

/** Qwen2_5_VLTextConfig's own values, and Qwen2VLTextConfig's. */
export const traits: DecoderTraits = {
  biases: "qkv",
  qkNorm: false,
  splitsHidden: true,
  ropes: { default: chunkedRope, mrope: chunkedRope },
  defaults: {
    vocab_size: 152_064,
    intermediate_size: 29_568,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    num_key_value_heads: 8,
    max_position_embeddings: 32_768,
    rope_theta: 1_000_000,
  },
};

/**
 * Qwen2_5_VLVisionConfig's own values, which transformers 4.49 leaves out when it saves.
 * `hidden_size` is not among them: no published tower has its 3584.
 */
const visionDefaults = {
  depth: 32,
  intermediate_size: 3420,
  num_heads: 16,
  in_channels: 3,
  patch_size: 14,
  spatial_merge_size: 2,
  temporal_patch_size: 2,
  window_size: 112,
  out_hidden_size: 3584,
  fullatt_block_indexes: [7, 15, 23, 31],
};

/** Of `<|image_pad|>` in the published tokenizers, and the classes' own value. */
export const IMAGE_TOKEN_ID = 151_655;

/** How the names of tensors begin, in each family with a tower. */
export const layouts: readonly Layout[] = [
  // The form of transformers 5.
  { decoder: "model.language_model.", vision: "model.visual." },
  // The form published in 2024 and 2025.
  { decoder: "model.", vision: "visual." },
  // Saved from the model without its output layer.
  { decoder: "language_model.", vision: "visual." },
];

/** One class of image processors serves all of them. */
export const imageProcessor: ImageProcessor = {
  types: [
    "Qwen2VLImageProcessor",
    "Qwen2VLImageProcessorFast",
    "Qwen2VLImageProcessorPil",
    "Qwen2_5_VLImageProcessor",
  ],
  defaults: DEFAULT_IMAGE_CONFIG,
};

export const mropePrompt: PromptRules = { positions: mropePositions, appended: [] };

/** The tower's frequencies are made with it; no configuration has another. */
const VISION_THETA = 10_000;

export const qwen25Vl: Family = {
  modelTypes: ["qwen2_5_vl"],
  architectures: [
    "Qwen2_5_VLForConditionalGeneration",
    "Qwen2_5_VLForSequenceClassification",
    "Qwen2_5_VLModel",
    // The class of EditReward's own code.
    "Qwen2_5_VLRewardModelBT",
  ],
  layouts,
  prompt: mropePrompt,
  tower,
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

function parseVision(vision: Fields, decoder: DecoderConfig): WindowedVisionConfig {
  const config: WindowedVisionConfig = {
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
    addsAfter: 0,
  };
  vision.requireText("hidden_act", "silu");
  vision.require("in_channels", vision.integer("in_channels") === 3, "3");
  vision.require(
    "num_heads",
    config.hiddenSize % (4 * config.numHeads) === 0,
    "a divisor of hidden_size / 4: heads turn by rows and columns in pairs",
  );
  vision.require(
    "fullatt_block_indexes",
    config.fullattBlockIndexes.every((block) => block >= 0),
    "indexes of blocks, from 0",
  );
  const theta = vision.optionalObject("rope_parameters")?.optionalNumber("rope_theta");
  vision.require("rope_parameters", theta === undefined || theta === VISION_THETA, "theta 10000");
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
