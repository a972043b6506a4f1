// Tested by: test/checkpoint/checkpoint.test.ts
/**
 * Strips the prefixes of the tools that wrapped the model when it was saved from tensor names.
 *
 *     pretrained_model.   TRL's AutoModelForCausalLMWithValueHead (LLaMA-Factory strips it)
 *     module.             DistributedDataParallel, DeepSpeed
 *     _orig_mod.          torch.compile
 *     _fsdp_wrapped_module., _checkpoint_wrapped_module., _forward_module.   FSDP, Lightning
 *     base_model.model.   PEFT, after a merge that kept the wrapper
 *
 * A wrapper's prefix may be inside a name too (`model._orig_mod.layers.0…`).
 */
import { UnsupportedError, WeightsError } from "../errors.ts";
import type { TensorEntry } from "./safetensors.ts";

const LEADING = /^(?:pretrained_model\.|module\.|base_model\.model\.|_forward_module\.)+/;
const INNER = /(^|\.)(?:(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.)+/g;

/** Parts of names that only an unmerged adapter has. */
const UNMERGED =
  /\.(?:lora_[ABE]|lora_embedding_[AB]|base_layer|lora_magnitude_vector|modules_to_save|original_module)\b/;

/** Returns the name without the prefixes of wrappers. */
export function plainName(name: string): string {
  let plain = name;
  for (;;) {
    const next = plain.replace(INNER, "$1").replace(LEADING, "");
    if (next === plain) return plain;
    plain = next;
  }
}

/**
 * Returns the tensors by their plain names.
 * @throws UnsupportedError for the tensors of an adapter that was not merged
 * @throws WeightsError if two names differ only by a prefix
 */
export function withPlainNames(
  where: string,
  tensors: ReadonlyMap<string, TensorEntry>,
): ReadonlyMap<string, TensorEntry> {
  const named = new Map<string, TensorEntry>();
  for (const [original, entry] of tensors) {
    if (UNMERGED.test(original)) {
      throw new UnsupportedError({
        where,
        what: `holds the tensors of an adapter that was not merged ("${original}")`,
        todo: "Merge it with PEFT's merge_and_unload(), save the result, and give that folder",
      });
    }
    const name = plainName(original);
    if (named.has(name)) {
      throw new WeightsError({
        where,
        what: `holds "${name}" twice, with and without the prefix of a wrapper ("${original}")`,
        todo: "Save the model again, without the wrapper",
      });
    }
    named.set(name, name === original ? entry : { ...entry, name });
  }
  return named;
}
