/**
 * A published folder, opened: kept in the store where that is wanted, its files read and checked before any weight moves.
 */
import { WeightsError } from "../errors.ts";
import { parsePreprocessorConfig } from "../image/config.ts";
import type { ImageConfig } from "../image/config.ts";
import { createTextProcessor, readTextFiles } from "../text/text-processor.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import type { LoadOptions } from "../types.ts";
import { openCheckpoint, readJson } from "../weights/checkpoint.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { resolveSource } from "../weights/resolve-source.ts";
import type { ModelFolder } from "../weights/resolve-source.ts";
import { smallFilesWhole } from "../weights/small-files.ts";
import type { Source } from "../weights/source.ts";
import { parseJson, readText } from "../weights/text-file.ts";
import { hubHashes } from "../weights/store/hub-hashes.ts";
import { observedSource } from "../weights/store/observed-source.ts";
import { storedSource } from "../weights/store/stored-source.ts";
import { parseConfig } from "./config.ts";
import type { ModelConfig } from "./config.ts";

const PREPROCESSOR = "preprocessor_config.json";

export interface OpenFolder {
  readonly source: Source;
  readonly config: ModelConfig;
  readonly checkpoint: Checkpoint;
  readonly text: TextProcessor;
  readonly image: ImageConfig;
  /** Closes the store's files, where the folder is read from the store. */
  readonly close: () => Promise<void>;
}

/** Opens a folder; with `options.store` it is downloaded whole first, where it is not there yet. */
export async function openFolder(from: ModelFolder, options: LoadOptions): Promise<OpenFolder> {
  const { source, close } = await openSource(from, options);
  try {
    return { source, close, ...(await readFiles(source, options)) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openSource(
  from: ModelFolder,
  options: LoadOptions,
): Promise<Pick<OpenFolder, "source" | "close">> {
  const { store, token, endpoint, signal, onProgress, onWarning } = options;
  const isRemote = typeof from === "string" || from instanceof URL;
  if (!store || !isRemote) {
    const direct = resolveSource(from, { token, endpoint });
    return { source: isRemote ? smallFilesWhole(direct) : direct, close: async () => {} };
  }
  const remote = observedSource((fetch) => resolveSource(from, { token, endpoint, fetch }));
  if (!(await store.has(remote.name))) {
    // What this engine cannot run is refused before it is downloaded: configuration and headers are small.
    await readFiles(remote, options);
  }
  const kept = await storedSource(remote, store, {
    signal,
    onProgress,
    onWarning,
    hashes: async (abort) => await hubHashes(remote.name, { token, endpoint, signal: abort }),
  });
  return { source: kept, close: async () => await kept.close() };
}

async function readFiles(
  source: Source,
  options: LoadOptions,
): Promise<Omit<OpenFolder, "source" | "close">> {
  const { signal } = options;
  // All at once: over HTTP it is answers that take the time.
  const reading = {
    checkpoint: openCheckpoint(source, { signal }),
    text: readTextFiles(source, signal),
    preprocessor: readText(source, PREPROCESSOR, { signal }),
  };
  // What is wrong with config.json is told first: until then no failure of the others may count as unhandled.
  Object.values(reading).forEach((each) => each.catch(() => {}));
  const config = parseConfig(await readJson(source, "config.json", { signal }));
  const checkpoint = await reading.checkpoint;
  checkHead(checkpoint, config);
  const { tokenizer, template, specialTokens } = await reading.text;
  const imageTokenId = config.imageTokenId ?? null;
  const text = createTextProcessor(tokenizer, template, specialTokens, imageTokenId);
  const preprocessor = config.vision && (await reading.preprocessor);
  const json =
    preprocessor === undefined
      ? undefined
      : parseJson(preprocessor, `${source.name}, ${PREPROCESSOR}`);
  return { config, checkpoint, text, image: imageConfig(json, config, options) };
}

/** @param json the contents of the file, where there is one */
function imageConfig(json: unknown, { vision }: ModelConfig, { resize }: LoadOptions): ImageConfig {
  const image = parsePreprocessorConfig(json);
  const isFitting =
    !vision ||
    (image.patchSize === vision.patchSize &&
      image.mergeSize === vision.spatialMergeSize &&
      image.temporalPatchSize === vision.temporalPatchSize);
  if (!isFitting) {
    throw new WeightsError({
      where: PREPROCESSOR,
      what: "patches are not those of config.json (patch_size, merge_size, temporal_patch_size)",
      got: `${image.patchSize}, ${image.mergeSize}, ${image.temporalPatchSize}`,
      wanted: `${vision.patchSize}, ${vision.spatialMergeSize}, ${vision.temporalPatchSize}`,
    });
  }
  return { ...image, resize: resize ?? image.resize };
}

/** A missing head gets words of its own: it is the file that people forget to copy. */
function checkHead({ tensors, source }: Checkpoint, { head }: ModelConfig): void {
  if (tensors.has(`${head}.weight`)) {
    return;
  }
  const isValueHead = head === "v_head.summary";
  throw new WeightsError({
    where: source.name,
    what: isValueHead ? "the value head is missing" : "the score head is missing",
    wanted: isValueHead
      ? "v_head.summary.weight in value_head.safetensors or in a shard"
      : "score.weight in a shard",
    todo: "A generative model has no head: use a checkpoint trained as a reward model",
  });
}
