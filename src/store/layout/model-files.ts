// Tested by: test/store/read/stored-source.test.ts
/**
 * Finds the files that a model needs: those that the engine opens. A repository can also have the
 * same weights in other formats, pictures and logs; these are not stored.
 */
import { WeightsError } from "../../errors.ts";
import {
  HEAD_FILES,
  INDEX_FILE,
  list,
  LONE_FILE,
  PICKLED_HEAD,
  readIndex,
  RECORD_FILE,
  REFERENCE_FILE,
  SINGLE_FILE,
} from "../../checkpoint/checkpoint.ts";
import { noWeights } from "../../checkpoint/missing-files.ts";
import { isObject } from "../../base/json.ts";
import { isInside } from "../../files/source.ts";
import type { Source, SourceFile } from "../../files/source.ts";
import { readJson } from "../../files/text-file.ts";

/** Files beside the weights. Not all models have all. */
const SMALL_FILES = [
  "config.json",
  "preprocessor_config.json",
  "processor_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "chat_template.jinja",
  "chat_template.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "adapter_config.json",
  "modules.json",
  RECORD_FILE,
  "tinyjev.json",
  ...HEAD_FILES,
  PICKLED_HEAD,
  // Without it a kept model would forget on the next visit by what its scores are read.
  REFERENCE_FILE,
];

export interface ModelFiles {
  readonly files: readonly SourceFile[];
  /** Paths that a model may have, and that this one does not have. */
  readonly absent: readonly string[];
}

/**
 * Opens the files of a model, small ones first.
 * @throws WeightsError if there are no weights, or a shard of the index is missing
 */
export async function findModelFiles(source: Source, signal?: AbortSignal): Promise<ModelFiles> {
  const small = await openAll(source, SMALL_FILES, signal);
  const named = await namedWeights(source, small, signal);
  if (named !== undefined) {
    const weights = await openAll(source, [named], signal);
    // The engine reads no other weights then, and must not ask the server for them again.
    const unread = { files: [], absent: [SINGLE_FILE] };
    if (weights.files.length > 0) return join([small, weights, unread]);
  }
  const single = await openAll(source, [SINGLE_FILE], signal);
  if (single.files.length > 0) return join([small, single]);
  const weightMap = await readIndex(source, signal);
  if (weightMap === undefined) {
    const lone = await openAll(source, [LONE_FILE], signal);
    const unread = { files: [], absent: [INDEX_FILE] };
    if (lone.files.length > 0) return join([small, single, lone, unread]);
    throw await noWeights(source, signal);
  }
  const index = await openAll(source, [INDEX_FILE], signal);
  const paths = new Set(weightMap.values());
  for (const head of HEAD_FILES) paths.delete(head);
  const shards = await openAll(source, [...paths], signal);
  if (shards.absent.length > 0) {
    const what = `shards of the index are missing: ${list(shards.absent)}`;
    throw new WeightsError({ where: source.name, what, todo: "Download them into the folder" });
  }
  return join([small, single, index, shards]);
}

/** Returns the file of weights that reward.json names, if it does. */
async function namedWeights(
  source: Source,
  { files }: ModelFiles,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!files.some(({ path }) => path === RECORD_FILE)) return undefined;
  const json = await readJson(source, RECORD_FILE, { signal });
  const weights = isObject(json) ? json["weights"] : undefined;
  return typeof weights === "string" && isInside(weights) ? weights : undefined;
}

async function openAll(
  source: Source,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ModelFiles> {
  const opened = await Promise.all(paths.map((path) => source.open(path, signal)));
  const files = opened.filter((file) => file !== undefined);
  return { files, absent: paths.filter((_, i) => opened[i] === undefined) };
}

function join(parts: readonly ModelFiles[]): ModelFiles {
  return {
    files: parts.flatMap(({ files }) => files),
    absent: parts.flatMap(({ absent }) => absent),
  };
}
