// Tested by: test/load/inspect.test.ts
/**
 * A look at a model before it is loaded: its files, its bytes, what it would take on the GPU.
 *
 * Sizes, config.json and the headers of the weights are read, and no weight. The bytes on the GPU
 * are counted by the tables that the engine loads by, so the answer is what loading would do.
 */
import { openCheckpoint } from "../../checkpoint/checkpoint.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { WeightTable } from "../../checkpoint/weight-table.ts";
import { checkOptions } from "../../base/options.ts";
import type { Rules } from "../../base/options.ts";
import { UnsupportedError } from "../../errors.ts";
import { closingSource } from "../../files/closing-source.ts";
import { resolveSource } from "../../files/resolve-source.ts";
import type { ModelFolder } from "../../files/resolve-source.ts";
import type { Source } from "../../files/source.ts";
import type { ModelConfig } from "../../model/config.ts";
import { modelWeights } from "../../model/weights.ts";
import type { RewardRecord } from "../../model/heads/head.ts";
import { RING } from "../../residency/streamed-weights.ts";
import { openCopy } from "../../store/copies/quantised-copy.ts";
import { findModelFiles } from "../../store/layout/model-files.ts";
import type { ModelStore } from "../../store/model-store.ts";
import { storedSource } from "../../store/read/stored-source.ts";
import type { StoredSource } from "../../store/read/stored-source.ts";
import type { WeightForm } from "../../types.ts";
import type { FormNeed, Inspection, InspectOptions } from "./types.ts";
import { isRemote, readConfig } from "../folder.ts";
import { findRecord, readRewardFile } from "../reward.ts";
import { inOwnWords } from "../aliases.ts";
import { LOAD_RULES } from "../options.ts";

const RULES: Rules<InspectOptions> = {
  token: LOAD_RULES.token,
  endpoint: LOAD_RULES.endpoint,
  store: LOAD_RULES.store,
  signal: LOAD_RULES.signal,
  gpu: LOAD_RULES.gpu,
  revision: LOAD_RULES.revision,
};

const QUANTISED_FORMS = ["q8", "q4"] as const;
const ALL_FORMS = { kept: undefined, forms: ["stored", ...QUANTISED_FORMS] as const };

/**
 * Returns what loading a model would read, and what it would take on the GPU.
 * @throws InputError, WeightsError, UnsupportedError as loading would
 */
export async function inspectFolder(
  from: ModelFolder,
  options: InspectOptions = {},
): Promise<Inspection> {
  checkOptions("inspectModel", options, RULES);
  const { store, signal } = options;
  return await lookInto(from, options, async (look) => {
    const { given, folder, source, isLocal, config, reward, checkpoint } = look;
    const [{ files }, maxBindingBytes] = await Promise.all([
      findModelFiles(folder, signal),
      bindingLimit(options.gpu),
    ]);
    const space = await store?.estimate();
    return {
      name: given.name,
      architecture: config.architecture,
      hasVision: config.vision !== undefined,
      files: files.map(({ path, byteLength }) => ({ path, byteLength })),
      isLocal,
      keptBytes: isLocal ? undefined : await keptBytesOf(store, source.name),
      freeBytes: space && space.quotaBytes - space.usedBytes,
      needs: look.forms.map((form) => formNeed(form, checkpoint, config, reward, maxBindingBytes)),
      maxBindingBytes,
    };
  });
}

/** What a look into a folder has read: its headers, and no weight. */
export interface Look {
  /** The folder as it was named, and as it is read: from the store, if it is there. */
  readonly given: Source;
  readonly source: Source;
  /** Where its config.json is: a hub cache has it below. */
  readonly folder: Source;
  readonly isLocal: boolean;
  readonly config: ModelConfig;
  readonly reward: RewardRecord;
  readonly checkpoint: Checkpoint;
  readonly forms: readonly WeightForm[];
}

/** Opens a folder, reads its headers, and closes it when `work` is done. */
export async function lookInto<T>(
  named: ModelFolder,
  { token, endpoint, store, signal, revision }: InspectOptions,
  work: (look: Look) => Promise<T>,
): Promise<T> {
  const { from } = inOwnWords(named, { revision });
  const given = closingSource(resolveSource(from, { token, endpoint }));
  const isLocal = !isRemote(from);
  // What is whole in the store needs no network, not even to be looked at.
  const { kept, forms } = isLocal ? ALL_FORMS : await openKept(store, given, signal);
  const source = kept ?? given;
  try {
    const { config, json, source: folder } = await readConfig(source, signal);
    const record = readRewardFile(folder, undefined, signal);
    const weights = record.then((own) => own?.weights);
    weights.catch(() => {});
    const checkpoint = await openCheckpoint(folder, { signal, weights });
    const own = checkpoint.exported ? [checkpoint.exported.form] : forms;
    const reward = await findRecord(checkpoint, config, json, await record, signal);
    return await work({ given, source, folder, isLocal, config, reward, checkpoint, forms: own });
  } finally {
    await kept?.close();
    await given.close();
  }
}

/**
 * Returns the model as it is kept: its files or, if they were deleted, a quantised copy of them,
 * which has only one form.
 */
async function openKept(
  store: ModelStore | undefined,
  given: Source,
  signal: AbortSignal | undefined,
): Promise<{ kept: StoredSource | undefined; forms: readonly WeightForm[] }> {
  if (store === undefined) return ALL_FORMS;
  if (await store.has(given.name)) {
    return { ...ALL_FORMS, kept: await storedSource(given, store, { signal }) };
  }
  for (const form of QUANTISED_FORMS) {
    const kept = await openCopy(store, given.name, form, { signal });
    if (kept !== undefined) return { kept, forms: [form] };
  }
  return ALL_FORMS;
}

async function keptBytesOf(
  store: ModelStore | undefined,
  name: string,
): Promise<number | undefined> {
  const models = await store?.list();
  return models
    ?.filter((model) => model.name === name)
    .reduce((most, { byteLength }) => Math.max(most, byteLength), 0);
}

/**
 * Returns what a form needs on the GPU.
 * @throws WeightsError that lists all tensors which the model needs and the checkpoint lacks
 */
function formNeed(
  form: WeightForm,
  checkpoint: Checkpoint,
  config: ModelConfig,
  reward: RewardRecord,
  maxBindingBytes: number,
): FormNeed {
  const table = new WeightTable(checkpoint, maxBindingBytes, form);
  modelWeights(table, config, reward);
  table.check();
  const groups = [...table.groups.values()].map((parts) =>
    parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
  );
  const totalBytes = groups.reduce((sum, bytes) => sum + bytes, 0);
  return { form, totalBytes, leastBytes: Math.min(totalBytes, RING * Math.max(0, ...groups)) };
}

async function bindingLimit(gpu: GPU | undefined = globalThis.navigator?.gpu): Promise<number> {
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new UnsupportedError({
      where: "browser",
      what: gpu ? "WebGPU has no adapter" : "WebGPU is missing",
      todo: "Update the graphics driver, or restart the browser",
    });
  }
  return adapter.limits.maxStorageBufferBindingSize;
}
