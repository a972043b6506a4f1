/** Text models: Qwen2 and Qwen2.5, Qwen3, Llama 3. Python: Qwen2Model, Qwen3Model, LlamaModel. */
import { parseDecoder } from "../decoder-config.ts";
import type { DecoderTraits } from "../decoder-config.ts";
import { linearPositions } from "../positions.ts";
import { plainRope, slowedRope } from "../rope.ts";
import type { Family } from "./family.ts";

const ropes = { default: plainRope, llama3: slowedRope };

/** A family by the name of its classes in transformers, such as `Qwen2`. */
function textFamily(modelType: string, name: string, traits: DecoderTraits): Family {
  return {
    modelTypes: [modelType],
    architectures: [`${name}ForSequenceClassification`, `${name}ForCausalLM`],
    layouts: [{ decoder: "model.", vision: "" }],
    prompt: { positions: linearPositions },
    parse: (root) => ({
      decoder: parseDecoder(root, traits),
      vision: undefined,
      imageTokenId: undefined,
    }),
  };
}

export const qwen2: Family = textFamily("qwen2", "Qwen2", { qkvBias: true, qkNorm: false, ropes });
export const qwen3: Family = textFamily("qwen3", "Qwen3", { qkvBias: false, qkNorm: true, ropes });
export const llama: Family = textFamily("llama", "Llama", { qkvBias: false, qkNorm: false, ropes });
