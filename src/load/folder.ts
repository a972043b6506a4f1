/**
 * Opens a published folder: keeps it in the store if the caller wants that, and reads and checks
 * its files before any weight is uploaded.
 */
import { WeightsError } from "../errors.ts";
import {
  DEFAULT_IMAGE_CONFIG,
  PREPROCESSOR_FILE,
  PROCESSOR_FILE,
  readImageConfig,
} from "../image/config.ts";
import type { ImageConfig } from "../image/config.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import type { LoadRun } from "./options.ts";
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { openSnapshot } from "../files/hub-cache.ts";
import { closingSource } from "../files/closing-source.ts";
import { resolveSource } from "../files/resolve-source.ts";
import type { ModelFolder } from "../files/resolve-source.ts";
import { smallFilesWhole } from "../files/small-files.ts";
import type { Source } from "../files/source.ts";
import { missingFile, parseJson, readText } from "../files/text-file.ts";
import { parseConfig } from "../model/config.ts";
import type { ModelConfig } from "../model/config.ts";
import type { RewardRecord } from "../model/heads/head.ts";
import { findRecord, readRewardFile } from "./reward.ts";
import { withPictureRules } from "./picture-rules.ts";
import type { OwnHead } from "./own-head.ts";
import type { WeightForm } from "../types.ts";
import { weightForm } from "../checkpoint/weight-form.ts";
import {
  MODULES_FILE,
  refuseAdapter,
  refuseQuantised,
  unusedParts,
  withTensors,
} from "./folder-kind.ts";

const CONFIG = "config.json";

export interface OpenFolder {
  readonly source: Source;
  /**
   * What became of the quantised copy in the store: it was read, or it could not be used. Undefined
   * if there was none.
   */
  readonly copy: "read" | "refused" | undefined;
  readonly config: ModelConfig;
  /** What its head is, where it is read and how its prompt is made. */
  readonly reward: RewardRecord;
  readonly checkpoint: Checkpoint;
  /** The form of the decoder's matrices. */
  readonly form: WeightForm;
  /** Told apart from the rest: kernels need not wait for the tokenizer. */
  readonly text: Promise<TextProcessor>;
  readonly image: ImageConfig;
  /** The head of the user's that judges; undefined for the published one. */
  readonly head: OwnHead | undefined;
  /** Closes the store's files, if the folder is read from the store. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a folder. With `options.store` it is first downloaded whole, unless it is there already.
 * If the store has a quantised copy, that is opened instead. A damaged copy gives a warning.
 * @param damage what is wrong with the copy; the copy is then not read
 * @throws WeightsError also if the copy is damaged and the store has nothing else: many gigabytes
 *   are not downloaded unless the caller asks
 */
export async function openFolder(
  from: ModelFolder,
  options: LoadRun,
  damage?: WeightsError,
): Promise<OpenFolder> {
  let refused = damage;
  try {
    const copy = refused ? undefined : await openCopyFolder(from, options);
    if (copy) return copy;
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error;
    refused = error;
  }
  if (refused) await fallBack(from, options, refused);
  const { source, close } = await openSource(from, options);
  return await openFiles(source, refused && "refused", close, options);
}

/**
 * Warns why the copy is not read.
 * @throws WeightsError if the files that it was made of are not kept any more
 */
async function fallBack(
  from: ModelFolder,
  { store, token, endpoint, onWarning }: LoadRun,
  refused: WeightsError,
): Promise<void> {
  const why = `its quantised copy cannot be used: ${refused.message}`;
  const { name } = resolveSource(from, { token, endpoint });
  if (await store?.has(name)) {
    onWarning?.(`${why} The files that it was made of are read instead.`);
    return;
  }
  onWarning?.(why);
  throw new WeightsError({
    where: name,
    what: "its quantised copy cannot be used, and the files that it was made of are not kept",
    todo: "Delete the copy, and load the model again: it is downloaded again",
    cause: refused,
  });
}

/**
 * Opens the quantised copy, if there is one.
 * @throws WeightsError if the copy is damaged, or made of another folder
 */
async function openCopyFolder(
  from: ModelFolder,
  options: LoadRun,
): Promise<OpenFolder | undefined> {
  const { store, weights, token, endpoint, signal } = options;
  if (!store || !weights || weights === "stored" || !isRemote(from)) return undefined;
  const { name } = resolveSource(from, { token, endpoint });
  const { openCopy } = await import("./kept-folder.ts");
  // Damage found later is an error; the caller warns of it.
  const copy = await openCopy(store, name, weights, { signal });
  const close = async (): Promise<void> => await copy?.close();
  return copy && (await openFiles({ ...copy, name }, "read", close, options));
}

async function openFiles(
  source: Source,
  copy: OpenFolder["copy"],
  close: () => Promise<void>,
  options: LoadRun,
): Promise<OpenFolder> {
  try {
    return { copy, close, ...(await readFiles(source, options)) };
  } catch (error) {
    const named = await withTensors(error, source, options.signal);
    await close();
    throw named;
  }
}

async function openSource(
  from: ModelFolder,
  options: LoadRun,
): Promise<Pick<OpenFolder, "source" | "close">> {
  const { store, token, endpoint, signal, onProgress, onWarning } = options;
  if (!store || !isRemote(from)) {
    const direct = closingSource(resolveSource(from, { token, endpoint }));
    const source = isRemote(from) ? smallFilesWhole(direct) : direct;
    return { source, close: async () => await direct.close() };
  }
  const { hubHashes, observedSource, storedSource } = await import("./kept-folder.ts");
  const remote = observedSource((fetch) => resolveSource(from, { token, endpoint, fetch }));
  if (!(await store.has(remote.name))) {
    // What this engine cannot run is refused before it is downloaded: configuration and headers are
    // small.
    const { onWarning: _, ...quiet } = options;
    const { text } = await readFiles(remote, quiet);
    await text;
  }
  const kept = await storedSource(remote, store, {
    signal,
    onProgress,
    onWarning,
    hashes: async (abort) => await hubHashes(remote.name, { token, endpoint, signal: abort }),
  });
  return { source: kept, close: async () => await kept.close() };
}

/** Returns whether the folder is on another machine: only such folders are worth keeping. */
export function isRemote(from: ModelFolder): from is string | URL {
  return typeof from === "string" || from instanceof URL;
}

/**
 * Reads config.json. In the root of a hub cache, that of its snapshot is read.
 * @returns also the folder that it was read from
 * @throws WeightsError, UnsupportedError for folders that are not a whole model
 */
export async function readConfig(
  source: Source,
  signal?: AbortSignal,
): Promise<{ source: Source; json: unknown; config: ModelConfig }> {
  const [content] = await Promise.all([
    readText(source, CONFIG, { signal }),
    refuseAdapter(source, signal),
  ]);
  const where = `${source.name}, ${CONFIG}`;
  if (content === undefined) {
    const snapshot = await openSnapshot(source, signal);
    if (snapshot) return await readConfig(snapshot, signal);
    throw missingFile(where);
  }
  const json = parseJson(content, where);
  refuseQuantised(json, where);
  return { source, json, config: await parseConfig(json) };
}

async function readFiles(
  source: Source,
  options: LoadRun,
): Promise<Omit<OpenFolder, "copy" | "close">> {
  const { signal, chatTemplate, onWarning } = options;
  // Request all files together: over HTTP, latency dominates.
  // The code of template engine and tokenizer is loaded at the same time.
  const textSide = import("../text/text-processor.ts");
  const processorConfig = readText(source, PROCESSOR_FILE, { signal });
  const given = readRewardFile(source, options.reward, signal);
  const weights = given.then((record) => record?.weights);
  weights.catch(() => {});
  const reading = {
    opened: readConfig(source, signal),
    given,
    checkpoint: openCheckpoint(source, { signal, weights }),
    text: textSide.then(({ readTextFiles }) =>
      readTextFiles(source, { signal, chatTemplate, processorConfig }),
    ),
    preprocessor: readText(source, PREPROCESSOR_FILE, { signal }),
    processor: processorConfig,
    modules: source.open(MODULES_FILE, signal),
  };
  // Faults of config.json are reported first: until then no failure of the others may count as
  // unhandled.
  Object.values(reading).forEach((each: Promise<unknown>) => each.catch(() => {}));
  const { config, json, ...opened } = await reading.opened;
  if (opened.source !== source) return await readFiles(opened.source, options);
  const record = await reading.given;
  const main = await reading.checkpoint;
  const form = weightForm(options.weights, main);
  const published = record ? await withHeadOf(main, record, signal) : main;
  const own = options.head === undefined ? undefined : await import("./own-head.ts");
  const judged =
    options.head === undefined
      ? undefined
      : await own?.withOwnHead(published, options.head, signal);
  const { checkpoint, head } = judged ?? { checkpoint: published, head: undefined };
  const known = await findRecord(checkpoint, config, json, record, signal);
  const reward =
    judged?.isOnFeatures === true && own !== undefined
      ? own.linearRecord(known, judged.head.name)
      : known;
  const { read } = reward;
  const text = reading.text.then(async (files) => {
    const { openTextProcessor } = await textSide;
    return openTextProcessor(files, {
      hasPictures: config.vision !== undefined,
      imageTokenId: config.imageTokenId ?? null,
      chatTemplate,
      appended: config.family.prompt.appended,
      marker: "token" in read ? read.token : undefined,
      onWarning,
    });
  });
  // The caller awaits it later; until then its failure must not count as unhandled.
  text.catch(() => {});
  const parse = (found: string | undefined, file: string): unknown =>
    found === undefined ? undefined : parseJson(found, `${source.name}, ${file}`);
  const image = config.vision
    ? readImageConfig(
        parse(await reading.processor, PROCESSOR_FILE),
        parse(await reading.preprocessor, PREPROCESSOR_FILE),
        source.name,
        config.family.imageProcessor,
      )
    : DEFAULT_IMAGE_CONFIG;
  const unused = unusedParts(json, (await reading.modules) !== undefined);
  if (unused !== undefined) onWarning?.(`${source.name}: ${unused}`);
  checkPatches(image, config);
  const rules = withPictureRules(image, config, checkpoint.tensors, reward, options);
  return { source, config, reward, checkpoint, form, text, image: rules, head };
}

/** Returns the checkpoint with the layers of a record's head, from whatever file has them. */
async function withHeadOf(
  checkpoint: Checkpoint,
  { passes }: RewardRecord,
  signal: AbortSignal | undefined,
): Promise<Checkpoint> {
  const layers = passes.flatMap(({ head }) =>
    head.kind === "mlp" ? head.layers.map(({ name }) => name) : [],
  );
  if (layers.every((name) => checkpoint.tensors.has(`${name}.weight`))) return checkpoint;
  const { withOtherFiles } = await import("../checkpoint/other-files.ts");
  return await withOtherFiles(checkpoint, layers, signal);
}

/**
 * Checks the patch sizes.
 * @throws WeightsError if the processor cuts other patches than the model takes
 */
function checkPatches(image: ImageConfig, { vision }: ModelConfig): void {
  const isFitting =
    !vision ||
    (image.patchSize === vision.patchSize &&
      image.mergeSize === vision.spatialMergeSize &&
      image.temporalPatchSize === vision.temporalPatchSize);
  if (!isFitting) {
    throw new WeightsError({
      where: PREPROCESSOR_FILE,
      what: "patches are not those of config.json (patch_size, merge_size, temporal_patch_size)",
      got: `${image.patchSize}, ${image.mergeSize}, ${image.temporalPatchSize}`,
      expected: `${vision.patchSize}, ${vision.spatialMergeSize}, ${vision.temporalPatchSize}`,
    });
  }
}
