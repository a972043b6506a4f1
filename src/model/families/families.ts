// Tested by: test/model/families.test.ts
/**
 * The families that can be scored. To add one, write its record and list it here.
 *
 * A page that scores loads this list immediately. Families with a tower are loaded when a
 * checkpoint is
 * of them, beside the headers of its weights.
 */
import type { Family } from "./family.ts";
import { llama, qwen2, qwen3 } from "./text.ts";

/** `model_type` in config.json, and how the family of that type is loaded. */
const families: ReadonlyMap<string, () => Family | Promise<Family>> = new Map<
  string,
  () => Family | Promise<Family>
>([
  ...[qwen2, qwen3, llama].flatMap((family) =>
    family.modelTypes.map((type) => [type, () => family] as const),
  ),
  ["qwen2_5_vl", async () => (await import("./qwen2-5-vl.ts")).qwen25Vl],
  ["qwen2_vl", async () => (await import("./qwen2-vl.ts")).qwen2Vl],
  ["qwen3_vl", async () => (await import("./qwen3-vl.ts")).qwen3Vl],
]);

/** Every `model_type` that has a family. */
export const modelTypes: readonly string[] = [...families.keys()];

/** Returns the family of a `model_type`; undefined for an unknown one. */
export async function findFamily(modelType: string): Promise<Family | undefined> {
  return await families.get(modelType)?.();
}
