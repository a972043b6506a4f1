// Tested by: test/model/families.test.ts
/** Text models: Qwen2 and Qwen2.5, Qwen3, Llama 3. Python: Qwen2Model, Qwen3Model, LlamaModel. */
import { parseDecoder } from "../decoder-config.ts";
import type { DecoderTraits } from "../decoder-config.ts";
import { linearPositions } from "../positions.ts";
import { plainRope, slowedRope } from "../rope.ts";
import type { Family } from "./family.ts";

const ropes = { default: plainRope, llama3: slowedRope };

/** What Qwen2Config and Qwen3Config have in common. */
const qwenDefaults = {
  vocab_size: 151_936,
  intermediate_size: 22_016,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  max_position_embeddings: 32_768,
  rope_theta: 10_000,
};

const llamaDefaults = {
  vocab_size: 32_000,
  intermediate_size: 11_008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
  rope_theta: 10_000,
};

/** Returns a family by the name of its classes in transformers, such as `Qwen2`. */
function textFamily(
  name: string,
  traits: DecoderTraits,
  architectures: readonly string[] = [],
): Family {
  return {
    modelTypes: [name.toLowerCase()],
    architectures: [
      `${name}ForSequenceClassification`,
      `${name}ForCausalLM`,
      `${name}Model`,
      ...architectures,
    ],
    layouts: [
      { decoder: "model.", vision: "" },
      // Saved from the model without its output layer.
      { decoder: "", vision: "" },
    ],
    prompt: { positions: linearPositions, appended: [] },
    parse: (root) => ({
      decoder: parseDecoder(root, traits),
      vision: undefined,
      imageTokenId: undefined,
    }),
  };
}

export const qwen2: Family = textFamily(
  "Qwen2",
  { biases: "qkv", qkNorm: false, ropes, defaults: qwenDefaults },
  // The classes of Qwen's reward models for mathematics.
  ["Qwen2ForRewardModel", "Qwen2ForProcessRewardModel"],
);

export const qwen3: Family = textFamily("Qwen3", {
  biases: ["attention_bias"],
  qkNorm: true,
  ropes,
  defaults: { ...qwenDefaults, head_dim: 128 },
});

export const llama: Family = textFamily("Llama", {
  biases: ["attention_bias", "mlp_bias"],
  qkNorm: false,
  ropes,
  defaults: llamaDefaults,
});
