/**
 * Quantised copies: what the GPU made from a model's files, stored beside them as a model of its
 * own.
 *
 *   name     `q4 of org/name@main`
 *   header   of its model.safetensors names the layout of its blocks, and the hash of the original
 *            model
 *
 * A copy has all that a visit needs: the original files may be deleted.
 */
import { WeightsError } from "../../errors.ts";
import { BLOCK_LAYOUT } from "../../kernels/weight-forms.ts";
import type { QuantisedForm } from "../../kernels/weight-forms.ts";
import { SINGLE_FILE } from "../../checkpoint/checkpoint.ts";
import { readSafetensors } from "../../checkpoint/safetensors.ts";
import { copyName } from "./copy-name.ts";
import { StoreFault } from "../layout/directory.ts";
import type { StoreDirectory } from "../layout/directory.ts";
import { storedBytes } from "../download/keep-model.ts";
import { findManifest } from "../library.ts";
import { modelHash } from "../layout/manifest.ts";
import type { Manifest } from "../layout/manifest.ts";
import type { ModelStore } from "../model-store.ts";
import { quantisedSource } from "./quantised-source.ts";
import type { QuantisedModel } from "./quantised-source.ts";
import { openStored, storedSource } from "../read/stored-source.ts";
import type { StoredSource, StoredSourceOptions } from "../read/stored-source.ts";

/**
 * Opens the copy of a model; undefined if there is none.
 * @throws WeightsError if it is damaged, or not of this model and this engine
 */
export async function openCopy(
  store: ModelStore,
  model: string,
  form: QuantisedForm,
  options: StoredSourceOptions,
): Promise<StoredSource | undefined> {
  const name = copyName(model, form);
  try {
    const manifest = await findManifest(store.directory, name);
    if (manifest === undefined) return undefined;
    await checkLengths(store.directory, manifest);
    const original = await store.find(model);
    // No source has these bytes: damaged ones cannot be fetched.
    const nobody = { name, open: () => Promise.resolve(undefined) };
    const copy = openStored(nobody, store, manifest, options);
    try {
      await checkHeader(copy, makeHeader(form, original), options.signal);
    } catch (error) {
      await copy.close();
      throw error;
    }
    return copy;
  } catch (error) {
    if (error instanceof StoreFault) return undefined;
    throw error;
  }
}

/**
 * Stores the copy of a model whose files are in the store. Later visits open the copy instead.
 * @param isReplacing whether the store has one that could not be used
 * @returns false if the files are not in the store, or it has no space: a warning says so
 * @throws the signal's reason, if it is aborted: the next call resumes
 */
export async function keepCopy(
  store: ModelStore,
  model: string,
  form: QuantisedForm,
  made: QuantisedModel,
  options: StoredSourceOptions & { readonly isReplacing: boolean },
): Promise<boolean> {
  const name = copyName(model, form);
  const original = await store.find(model);
  if (original === undefined) return false;
  if (options.isReplacing) await store.delete(name, { signal: options.signal });
  const source = quantisedSource(name, makeHeader(form, original), made);
  const hashes = new Map(original.files.map(({ path, sha256 }) => [path, sha256]));
  // Its content differs from the original's.
  hashes.delete(SINGLE_FILE);
  try {
    const kept = await storedSource(source, store, {
      ...options,
      hashes: () => Promise.resolve(hashes),
    });
    await kept.close();
    return kept.isStored;
  } finally {
    await source.close();
  }
}

/** Returns the fields of a copy's header; without the original files their hash is unknown. */
function makeHeader(form: QuantisedForm, original: Manifest | undefined): Record<string, string> {
  return {
    form,
    layout: String(BLOCK_LAYOUT),
    ...(original && { made_of: modelHash(original.files) }),
  };
}

/** Reports a truncated file like other damage: it must not pass for a copy that was never made. */
async function checkLengths(directory: StoreDirectory, { source, files }: Manifest): Promise<void> {
  for (const file of files) {
    const bytes = (await storedBytes(directory, file)) ?? 0;
    if (bytes === file.byteLength) continue;
    throw new WeightsError({
      where: `${source}, ${file.path}`,
      what: "the stored file has the wrong length",
      got: `${bytes.toLocaleString("en-US")} bytes`,
      expected: `${file.byteLength.toLocaleString("en-US")} bytes`,
      todo: "Delete the copy, and load the model again",
    });
  }
}

async function checkHeader(
  copy: StoredSource,
  wanted: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = await copy.open(SINGLE_FILE, signal);
  const metadata = file && (await readSafetensors(file, signal)).metadata;
  for (const [field, value] of Object.entries(wanted)) {
    const got = metadata?.get(field);
    if (got === value) continue;
    const what = `was made from other files, or by another version of the engine (${field})`;
    throw new WeightsError({ where: copy.name, what, got, expected: value });
  }
}
