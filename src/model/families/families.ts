// Tested by: test/model/families.test.ts
/** The families that can be scored. To add one, write its record and list it here. */
import type { Family } from "./family.ts";
import { qwen25Vl } from "./qwen2-5-vl.ts";
import { llama, qwen2, qwen3 } from "./text.ts";

export const families: readonly Family[] = [qwen25Vl, qwen2, qwen3, llama];

/** Returns the family of a `model_type`; undefined for an unknown one. */
export function findFamily(modelType: string): Family | undefined {
  return families.find(({ modelTypes }) => modelTypes.includes(modelType));
}
