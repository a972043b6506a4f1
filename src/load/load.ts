// Tested by: test/golden/goldens.gpu.test.ts
/**
 * A published folder to a model that can run: files checked first, then pipelines compiled while
 * weights are uploaded.
 */
import { anySignal, orAborted } from "../abort.ts";
import { WeightsError } from "../errors.ts";
import { Device } from "../gpu/device.ts";
import type { ImageConfig } from "../image/config.ts";
import type { Profile } from "../kernels/profile.ts";
import { compile } from "../pass/run.ts";
import type { WeightHolder } from "../pass/weight-holder.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import type { LoadRun } from "./options.ts";
import type { Kernels } from "../types.ts";
import { unexpectedTensors } from "../checkpoint/checkpoint.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { EmbeddingTable } from "../checkpoint/embedding-table.ts";
import { ProgressMeter } from "../files/progress.ts";
import { loadResident } from "../residency/resident-weights.ts";
import type { ModelFolder } from "../files/resolve-source.ts";
import { prepareUpload } from "../residency/upload.ts";
import type { UploadOptions } from "../residency/upload.ts";
import { WeightTable } from "../checkpoint/weight-table.ts";
import { chooseKernels, findKnownProfile } from "../tuning/choose-kernels.ts";
import type { KernelChoice } from "../tuning/choose-kernels.ts";
import type { ModelConfig } from "../model/config.ts";
import type { RewardRecord } from "../model/heads/head.ts";
import type { PictureChoice } from "./picture-rules.ts";
import { checkMarker } from "./reward.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { DEFAULT_BUDGET_BYTES, WEIGHTS_SHARE } from "./budget.ts";
import { openFolder } from "./folder.ts";
import type { OpenFolder } from "./folder.ts";
import type { PictureSteps } from "../model/families/family.ts";
import { forward } from "../model/forward.ts";
import type { PlanParts } from "../model/forward.ts";
import { modelWeights } from "../model/weights.ts";
import type { ModelWeights } from "../model/weights.ts";
import type { OwnHead } from "./own-head.ts";
import { copyKeeper } from "./keep-copy.ts";
import type { CopyKeeper } from "./keep-copy.ts";
import { passTokens, patchesOf, samplePass } from "./pass-size.ts";
import type { PassLimits } from "./pass-size.ts";

export interface LoadedModel {
  readonly name: string;
  readonly config: ModelConfig;
  /** What the head is, where it is read and how the prompt is made. */
  readonly reward: RewardRecord;
  /** What the caller chose in place of the record's rules for pictures. */
  readonly pictureChoice: PictureChoice;
  /** The output embedding, for heads of labels. */
  readonly outputRows: EmbeddingTable | undefined;
  /** The output embedding as a whole, for shares of the vocabulary. */
  readonly vocabulary: Vocabulary | undefined;
  readonly image: ImageConfig;
  /** The head of the user's that judges; undefined for the published one. */
  readonly head: OwnHead | undefined;
  readonly patches: PictureSteps | undefined;
  readonly text: TextProcessor;
  readonly device: Device;
  readonly profile: Profile;
  /** How the profile was chosen. */
  readonly chosen: Kernels["chosen"];
  readonly weights: ModelWeights;
  /** What the weights are made of. */
  readonly table: WeightTable;
  readonly holder: WeightHolder;
  readonly embedding: EmbeddingTable;
  /** The tokens that one pass holds at most, unless a single conversation is longer. */
  readonly passTokens: number;
  /**
   * Bytes that decoded pictures may take in one call for the GPU to resize them; the others are
   * resized by the CPU.
   */
  readonly decodedBytes: number;
  /** Whether it was read from the quantised copy that the store keeps. */
  readonly isCopy: boolean;
  readonly keepCopy: CopyKeeper;
  /** Closes the files that the embedding and streamed weights are read from. */
  readonly close: () => Promise<void>;
}

/**
 * Loads all parts of a model. If it fails, nothing is left on the GPU. A device that is lost
 * meanwhile is replaced, once.
 * @param damage what is wrong with the quantised copy in the store; the copy is then not read
 */
export async function loadModel(
  from: ModelFolder,
  options: LoadRun,
  damage?: WeightsError,
): Promise<LoadedModel> {
  const { signal, onWarning } = options;
  const meter = new ProgressMeter(options.onProgress);
  // Each happens once at most: a copy that was refused is not read again.
  let refused = damage;
  let isReplaced = false;
  for (;;) {
    meter.stage("resolve");
    const giveUp = new AbortController();
    const either = anySignal([giveUp.signal, ...(signal ? [signal] : [])]);
    // Both mostly wait for others, so they run together. Without a GPU the folder is not needed,
    // and its reading is aborted.
    const opening = openFolder(from, { ...options, signal: either }, refused);
    opening.catch(() => {});
    let device: Device | undefined;
    try {
      device = await Device.open(options.gpu);
      return await loadOn(device, opening, options, meter);
    } catch (error) {
      giveUp.abort(error);
      const opened = await opening.catch(() => {});
      await opened?.close();
      const isLost = (await device?.explains(error)) === true;
      device?.destroy();
      signal?.throwIfAborted();
      if (opened?.copy === "read" && error instanceof WeightsError) {
        refused = error;
        continue;
      }
      if (!isLost || isReplaced) {
        throw error;
      }
      isReplaced = true;
      onWarning?.(`${String(error)} Loading goes on with a new device.`);
    }
  }
}

/** Loads the folder onto the device; both are the caller's to close. */
async function loadOn(
  device: Device,
  opening: Promise<OpenFolder>,
  options: LoadRun,
  meter: ProgressMeter,
): Promise<LoadedModel> {
  const { signal, onWarning } = options;
  let holder: WeightHolder | undefined;
  let kernels: Promise<KernelChoice> | undefined;
  try {
    if (device.adapter.software) {
      const { name } = device.adapter;
      onWarning?.(`adapter: ${name} computes in software: scores are exact, and slow`);
    }
    if (device.refused !== undefined) {
      const listed = `optional ${device.refused}`;
      onWarning?.(`${device.adapter.name}: the device refuses ${listed} that its adapter lists`);
    }
    const { source, copy, close, config, reward, checkpoint, form, image, head, ...opened } =
      await opening;
    // The first picture does not wait for its code.
    if (config.vision) import("./cases/pictures.ts").catch(() => {});
    await warnOfNoise(config, onWarning);
    const known = withResize(findKnownProfile(device, options), options);
    const table = new WeightTable(checkpoint, device.gpu.limits.maxStorageBufferBindingSize, form);
    const weights = modelWeights(table, config, reward);
    table.check();
    warnOfUnexpected(checkpoint, table, onWarning);
    const patches = config.vision && patchesOf(image);
    const embedding = new EmbeddingTable(table.entry(weights.embedding));
    const { outputEmbedding } = weights;
    const output = outputEmbedding === undefined ? undefined : table.entry(outputEmbedding);
    const outputRows =
      outputEmbedding === weights.embedding ? embedding : output && new EmbeddingTable(output);
    prepareUpload(device, table);
    kernels = chooseKernels(device, known, weights, config, options);
    const compiled = kernels.then(async (choice) => {
      const parts = { profile: choice.profile, weights, config, patches, embedding };
      await compileAhead(device, parts);
      return { ...parts, ...choice };
    });
    // Its failure is awaited below; until then it must not count as unhandled.
    compiled.catch(() => {});
    const text = await opened.text;
    const [rows] = table.shapeOf(weights.embedding) ?? [];
    checkMarker(text.appendedId, rows, reward, source.name);
    meter.stage("upload", table.byteLength());
    const onBytes = (bytes: number, file: string): void => meter.add(bytes, file);
    holder = await placeWeights(device, table, options, { signal, onBytes });
    meter.stage("compile");
    const parts = await orAborted(signal, compiled);
    meter.stage("ready");
    const { name } = source;
    const { decodedBytes, ...limits } = passLimits(device, holder, parts, options);
    const tokens = passTokens(parts, limits);
    const isCopy = copy === "read";
    const keepCopy = copyKeeper(options, { original: source, device, table, holder }, copy);
    const { orientation, alpha } = options;
    const pictureChoice = { orientation, alpha };
    const spare = spareBytes(holder, options);
    const { profile } = parts;
    const vocabulary =
      output &&
      new (await import("./vocabulary.ts")).Vocabulary({ device, profile, entry: output, spare });
    const ofHead = { reward, pictureChoice, outputRows, vocabulary };
    const loaded = { name, image, text, device, table, holder, isCopy, keepCopy, head, close };
    return { ...loaded, ...ofHead, ...parts, passTokens: tokens, decodedBytes };
  } catch (error) {
    // The timing must not go on while the next device is tried.
    await kernels?.catch(() => {});
    holder?.destroy();
    throw error;
  }
}

/**
 * The share of the activations that decoded pictures may take, if the GPU resizes them: three
 * pictures of 12 megapixels.
 */
const DECODED_SHARE = 1 / 8;

function passLimits(
  { gpu }: Device,
  holder: WeightHolder,
  { profile, patches }: PlanParts,
  { memoryBudgetBytes = DEFAULT_BUDGET_BYTES }: LoadRun,
): PassLimits & { readonly decodedBytes: number } {
  const bytes = memoryBudgetBytes * (1 - WEIGHTS_SHARE);
  const bindingBytes = gpu.limits.maxStorageBufferBindingSize;
  const isResizing = patches !== undefined && profile.resize === "gpu";
  const decodedBytes = isResizing ? Math.min(bytes * DECODED_SHARE, bindingBytes) : 0;
  return {
    decodedBytes,
    bytes: bytes - decodedBytes,
    bindingBytes,
    tokens: holder.passTokens,
  };
}

/** Returns the bytes of the budget for weights that the weights leave. */
function spareBytes(
  { byteLength }: WeightHolder,
  { memoryBudgetBytes = DEFAULT_BUDGET_BYTES }: LoadRun,
): number {
  return Math.max(0, memoryBudgetBytes * WEIGHTS_SHARE - byteLength);
}

/** Uploads all weights if they fit the budget, else streams them through it. */
async function placeWeights(
  device: Device,
  table: WeightTable,
  { residency = "auto", memoryBudgetBytes = DEFAULT_BUDGET_BYTES }: LoadRun,
  upload: UploadOptions,
): Promise<WeightHolder> {
  const budget = memoryBudgetBytes * WEIGHTS_SHARE;
  const bytes = [...table.groups.values()].flat().reduce((sum, part) => sum + part.byteLength, 0);
  const isResident = residency === "resident" || (residency === "auto" && bytes <= budget);
  if (isResident) return await loadResident(device, table, upload);
  const { StreamedWeights } = await import("../residency/streamed-weights.ts");
  return new StreamedWeights(device, table, budget);
}

/**
 * Compiles what any pass needs: that of one cell of a picture is enough, for constants depend on no
 * length.
 */
async function compileAhead(device: Device, parts: PlanParts): Promise<void> {
  await compile(device, forward(parts, samplePass(parts, 1)));
}

/** Returns the profile, with the resize that the options choose. */
function withResize(profile: Profile, { resizeOn = profile.resize }: LoadRun): Profile {
  return { ...profile, resize: resizeOn };
}

/**
 * Warns if pixels that a page reads back are changed: some browsers do so, and scores change with
 * them. Node has no canvas to ask.
 */
async function warnOfNoise(
  { vision }: ModelConfig,
  warn: ((message: string) => void) | undefined,
): Promise<void> {
  if (!vision || typeof OffscreenCanvas === "undefined") return;
  const { canvasIsExact } = await import("../image/decode/canvas.ts");
  if (!canvasIsExact()) {
    warn?.(
      "pictures: this browser adds noise to canvases: scores differ a little from visit to visit",
    );
  }
}

function warnOfUnexpected(
  checkpoint: Checkpoint,
  table: WeightTable,
  warn: ((message: string) => void) | undefined,
): void {
  const unexpected = unexpectedTensors(checkpoint, table.names(), ["lm_head.weight"]);
  if (unexpected.length > 0) {
    const shown = unexpected.slice(0, 5).join(", ");
    const more = unexpected.length > 5 ? ` and ${unexpected.length - 5} more` : "";
    warn?.(`${checkpoint.source.name}: tensors that this model does not use: ${shown}${more}`);
  }
}
