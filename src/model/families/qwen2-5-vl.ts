/**
 * Qwen2.5-VL: the decoder of Qwen2 with M-RoPE, and the tower of `qwen2-5-vision.ts`.
 * Python: Qwen2_5_VLForConditionalGeneration.
 */
import type { Fields } from "../../base/fields.ts";
import { parseDecoder } from "../decoder-config.ts";
import type { DecoderConfig } from "../decoder-config.ts";
import { mropePositions } from "../positions.ts";
import { chunkedRope } from "../rope.ts";
import type { Family } from "./family.ts";
import { tower } from "./qwen2-5-vision.ts";
import type { WindowedVisionConfig } from "./qwen2-5-vision.ts";

const traits = {
  qkvBias: true,
  qkNorm: false,
  ropes: { default: chunkedRope, mrope: chunkedRope },
};

export const qwen25Vl: Family = {
  modelTypes: ["qwen2_5_vl"],
  architectures: ["Qwen2_5_VLForConditionalGeneration", "Qwen2_5_VLForSequenceClassification"],
  layouts: [
    // As transformers 5 writes it.
    { decoder: "model.language_model.", vision: "model.visual." },
    // As published in 2025.
    { decoder: "model.", vision: "visual." },
  ],
  prompt: { positions: mropePositions },
  tower,
  parse(root) {
    const decoder = parseDecoder(root.optionalObject("text_config") ?? root, traits);
    return {
      decoder,
      vision: parseVision(root.object("vision_config"), decoder),
      imageTokenId: root.integer("image_token_id"),
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
