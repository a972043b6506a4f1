/**
 * What kind of folder this is, before its numbers count: adapters and quantised checkpoints are
 * refused by name, and files that would change the numbers are listed.
 */
import { isObject } from "../base/json.ts";
import { list, openCheckpoint } from "../checkpoint/checkpoint.ts";
import { UnsupportedError } from "../errors.ts";
import type { Source } from "../files/source.ts";
import { parseJson, readText } from "../files/text-file.ts";

const ADAPTER_FILE = "adapter_config.json";
/** sentence-transformers' list of steps after the model: pooling, dense layers. */
export const MODULES_FILE = "modules.json";

/**
 * Refuses a folder that holds an adapter, alone or beside a base model: transformers would put the
 * adapter onto the base that adapter_config.json names.
 * @throws UnsupportedError that names the adapter and says how to merge it
 */
export async function refuseAdapter(source: Source, signal?: AbortSignal): Promise<void> {
  const text = await readText(source, ADAPTER_FILE, { signal });
  if (text === undefined) return;
  const where = `${source.name}, ${ADAPTER_FILE}`;
  const json = parseJson(text, where);
  const { base_model_name_or_path: base, peft_type: type } = isObject(json) ? json : {};
  const kind = typeof type === "string" ? type.slice(0, 40) : "PEFT";
  const of = typeof base === "string" ? ` on ${JSON.stringify(base.slice(0, 200))}` : "";
  throw new UnsupportedError({
    where,
    what: `the folder holds an adapter (${kind}${of}) that is not merged into its base`,
    todo:
      "Merge it (PEFT's merge_and_unload(), or llamafactory-cli export), keep " +
      "value_head.safetensors, and give the merged folder; if the weights here are merged " +
      `already, remove ${ADAPTER_FILE}`,
  });
}

/**
 * Returns the error of a model whose family or class is not known, with names and shapes of its
 * first tensors; any other error as it is.
 */
export async function withTensors(
  error: unknown,
  source: Source,
  signal?: AbortSignal,
): Promise<unknown> {
  const isUnknown =
    error instanceof UnsupportedError &&
    error.where === "config.json" &&
    /^(model_type|architectures) is not supported$/.test(error.what ?? "");
  if (!isUnknown) return error;
  const checkpoint = await openCheckpoint(source, { signal }).catch(() => {});
  if (checkpoint === undefined) return error;
  const tensors = [...checkpoint.tensors.values()];
  const shown = tensors.map(({ name, shape }) => `${name} [${shape.join(", ")}]`);
  const { where, got, expected, todo } = error;
  const what = `${error.what} (its tensors are ${list(shown)})`;
  return new UnsupportedError({ where, what, got, expected, todo, cause: error });
}

/** Fields of config.json by which a checkpoint says that its weights are quantised. */
const QUANTISED = ["quantization_config", "compression_config", "quantization"];
/** `quant_method` of an export for the web: other engines refuse it by that. */
export const EXPORT_METHOD = "vl-reward";

/**
 * Refuses a checkpoint that was saved quantised: bitsandbytes, AWQ, GPTQ, FP8 and others.
 * @param config the content of config.json
 * @throws UnsupportedError that names the method
 */
export function refuseQuantised(config: unknown, where: string): void {
  const places = isObject(config) ? [config, config["text_config"], config["vision_config"]] : [];
  for (const place of places) {
    for (const field of isObject(place) ? QUANTISED : []) {
      const said = isObject(place) ? place[field] : undefined;
      if (said === undefined || said === null) continue;
      const method = isObject(said) ? said["quant_method"] : said;
      if (method === EXPORT_METHOD) continue;
      throw new UnsupportedError({
        where: `${where}, ${field}`,
        what: "quantised checkpoints are not supported",
        got: `quant_method ${typeof method === "string" ? method.slice(0, 40) : "unnamed"}`,
        expected: "weights in BF16, F16 or F32",
        todo: "Use the checkpoint that is not quantised, with weights q8 or q4 (--weights q4)",
      });
    }
  }
}

/**
 * Returns one sentence on what the folder holds that would change the numbers and is not used;
 * undefined if there is nothing.
 * @param config the content of config.json
 * @param hasModules whether there is a modules.json
 */
export function unusedParts(config: unknown, hasModules: boolean): string | undefined {
  const found: string[] = [];
  const map = isObject(config) ? config["auto_map"] : undefined;
  if (isObject(map)) {
    const classes = Object.values(map).filter((name) => typeof name === "string");
    found.push(`code of its own (auto_map: ${classes.join(", ").slice(0, 200)})`);
  }
  if (hasModules) found.push(`${MODULES_FILE} (steps of sentence-transformers)`);
  return found.length === 0
    ? undefined
    : `the folder holds what is not used and may change scores: ${found.join("; ")}`;
}
