// Tested by: test/model/families.test.ts
/**
 * Qwen2-VL: the decoder of Qwen2.5-VL, and a tower of layer norms, QuickGELU and full attention.
 * Python: Qwen2VLForConditionalGeneration.
 */
import type { Fields } from "../../base/fields.ts";
import { parseDecoder } from "../decoder-config.ts";
import type { DecoderConfig } from "../decoder-config.ts";
import type { Family } from "./family.ts";
import { layerNormTower } from "./layer-norm-vision.ts";
import type { LayerNormVisionConfig } from "./layer-norm-vision.ts";
import { IMAGE_TOKEN_ID, layouts, imageProcessor, mropePrompt, traits } from "./qwen2-5-vl.ts";
import { readActivation, readHeads, readSizes } from "./vision-config.ts";

/** Qwen2VLVisionConfig's own values. */
const visionDefaults = {
  depth: 32,
  embed_dim: 1280,
  hidden_size: 3584,
  hidden_act: "quick_gelu",
  mlp_ratio: 4,
  num_heads: 16,
  in_channels: 3,
  patch_size: 14,
  spatial_merge_size: 2,
  temporal_patch_size: 2,
};

export const qwen2Vl: Family = {
  modelTypes: ["qwen2_vl"],
  architectures: [
    "Qwen2VLForConditionalGeneration",
    "Qwen2VLForSequenceClassification",
    "Qwen2VLModel",
    // The class of HPSv3's own code.
    "Qwen2VLRewardModelBT",
  ],
  layouts,
  prompt: mropePrompt,
  tower: layerNormTower({
    hasPatchBias: false,
    up: "mlp.fc1",
    down: "mlp.fc2",
    mergerNorm: "ln_q",
    mergerUp: "mlp.0",
    mergerDown: "mlp.2",
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
  const hiddenSize = vision.integer("embed_dim");
  const ratio = vision.number("mlp_ratio");
  vision.require("mlp_ratio", ratio > 0 && ratio <= 64, "a number above 0, up to 64");
  return {
    // `hidden_size` is the width of the merger's output, not of the tower.
    ...readSizes(vision, decoder, { hidden: "embed_dim", out: "hidden_size" }),
    intermediateSize: Math.floor(hiddenSize * ratio),
    numHeads: readHeads(vision, hiddenSize),
    activation: readActivation(vision),
    positionRows: undefined,
    addsAfter: 0,
    deepstackBlocks: [],
  };
}
