/**
 * A look at a model before it is loaded: which files, how many bytes, what its weights would take on this GPU.
 *
 * Sizes, config.json and the headers of the weights are read, and no weight. The bytes on the GPU are counted by the
 * same tables that the engine loads by, so the page promises what will happen.
 */
import { UnsupportedError } from "../src/errors.ts";
import { parseConfig } from "../src/model/config.ts";
import type { ModelConfig } from "../src/model/config.ts";
import { modelWeights } from "../src/model/weights.ts";
import type { WeightForm } from "../src/types.ts";
import { openCheckpoint, readJson } from "../src/checkpoint/checkpoint.ts";
import type { Checkpoint } from "../src/checkpoint/checkpoint.ts";
import { resolveSource } from "../src/files/resolve-source.ts";
import type { Source } from "../src/files/source.ts";
import { findModelFiles } from "../src/store/layout/model-files.ts";
import type { ModelStore } from "../src/store/model-store.ts";
import { openCopy } from "../src/store/copies/quantised-copy.ts";
import { storedSource } from "../src/store/read/stored-source.ts";
import type { StoredSource } from "../src/store/read/stored-source.ts";
import { WeightTable } from "../src/checkpoint/weight-table.ts";
import type { FormNeed, Inspection, Requests } from "./protocol.ts";

const QUANTISED_FORMS = ["q8", "q4"] as const;
const ALL_FORMS = { kept: undefined, forms: ["stored", ...QUANTISED_FORMS] as const };
/** Groups that a streamed model holds at least, as `StreamedWeights` does. */
const RING = 2;

/**
 * @param store undefined where the browser keeps no files for this page
 * @throws InputError, WeightsError, UnsupportedError as loading would
 */
export async function inspectModel(
  { from, token }: Requests["inspect"],
  store: ModelStore | undefined,
  signal: AbortSignal,
): Promise<Inspection> {
  const remote = resolveSource(from, { token });
  const isLocal = typeof from !== "string";
  // What is whole in the store needs no network, not even to be looked at.
  const { kept, forms } = isLocal ? ALL_FORMS : await openKept(store, remote, signal);
  const source = kept ?? remote;
  try {
    const config = parseConfig(await readJson(source, "config.json", { signal }));
    const [{ files }, checkpoint, maxBindingBytes] = await Promise.all([
      findModelFiles(source, signal),
      openCheckpoint(source, { signal }),
      bindingLimit(),
    ]);
    const space = await store?.estimate();
    return {
      name: remote.name,
      architecture: config.architecture,
      hasVision: config.vision !== undefined,
      files: files.map(({ path, byteLength }) => ({ path, byteLength })),
      isLocal,
      keptBytes: isLocal ? undefined : await keptBytesOf(store, source.name),
      freeBytes: space && space.quotaBytes - space.usedBytes,
      needs: forms.map((form) => formNeed(form, checkpoint, config, maxBindingBytes)),
      maxBindingBytes,
    };
  } finally {
    await kept?.close();
  }
}

/** The model as it is kept: its files or, where they were deleted, a quantised copy of them, which has one form only. */
async function openKept(
  store: ModelStore | undefined,
  remote: Source,
  signal: AbortSignal,
): Promise<{ kept: StoredSource | undefined; forms: readonly WeightForm[] }> {
  if (store === undefined) return ALL_FORMS;
  if (await store.has(remote.name)) {
    return { ...ALL_FORMS, kept: await storedSource(remote, store, { signal }) };
  }
  for (const form of QUANTISED_FORMS) {
    const kept = await openCopy(store, remote.name, form, { signal });
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

/** @throws WeightsError that lists all tensors which the model needs and the checkpoint has not */
function formNeed(
  form: WeightForm,
  checkpoint: Checkpoint,
  config: ModelConfig,
  maxBindingBytes: number,
): FormNeed {
  const table = new WeightTable(checkpoint, maxBindingBytes, form);
  modelWeights(table, config);
  table.check();
  const groups = [...table.groups.values()].map((parts) =>
    parts.reduce((sum, { byteLength }) => sum + byteLength, 0),
  );
  const totalBytes = groups.reduce((sum, bytes) => sum + bytes, 0);
  return { form, totalBytes, leastBytes: Math.min(totalBytes, RING * Math.max(0, ...groups)) };
}

async function bindingLimit(): Promise<number> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new UnsupportedError({
      where: "browser",
      what: "WebGPU has no adapter",
      todo: "Update the graphics driver, or restart the browser",
    });
  }
  return adapter.limits.maxStorageBufferBindingSize;
}
