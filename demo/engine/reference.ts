/**
 * The reference set of a model: the one that is kept with it, or that is beside it among files of
 * the page's own origin, or among files that a person chose. No other server is asked for it.
 */
import { REFERENCE_FILE, readReference } from "../../src/reference/reference-file.ts";
import { percentileOf, strangenessOf } from "../../src/reference/reference-set.ts";
import type { ReferenceSet } from "../../src/reference/reference-set.ts";
import { resolveSource } from "../../src/files/resolve-source.ts";
import { copyName } from "../../src/store/copies/copy-name.ts";
import type { ModelStore } from "../../src/store/model-store.ts";
import { openStored } from "../../src/store/read/stored-source.ts";
import type { InputFeatures, WeightForm } from "../../src/types.ts";
import type { Calibration, LibraryAnswers, ModelPlace, ScoreReading } from "./protocol.ts";
import { storeIfAny } from "./store.ts";

export const referenceAnswers: LibraryAnswers<"reference"> = {
  async reference({ from, weights, keep }) {
    const store = keep ? await storeIfAny() : undefined;
    return await findReference({ from, weights, store, origin: location.origin });
  },
};

/** Where a model was loaded from. */
export interface LoadedFrom {
  readonly from: ModelPlace;
  readonly weights: WeightForm;
  /** Undefined if the model is not kept. */
  readonly store: ModelStore | undefined;
  readonly origin: string | undefined;
}

/**
 * Returns a model's set; undefined if it has none. @throws WeightsError for a file that is wrong
 */
export async function findReference({
  from,
  weights,
  store,
  origin,
}: LoadedFrom): Promise<ReferenceSet | undefined> {
  if (store !== undefined && typeof from === "string") {
    const kept = await keptReference(from, weights, store);
    if (kept !== "unknown") return kept;
  }
  const file = await openReference(from, origin);
  if (file === undefined) return undefined;
  return await readReference({
    path: REFERENCE_FILE,
    byteLength: file.size,
    async read(begin, into) {
      into.set(new Uint8Array(await file.slice(begin, begin + into.byteLength).arrayBuffer()));
    },
  });
}

/**
 * Returns the set that is kept with a model or with its quantised copy, without the network;
 * "unknown" if the model is not kept, or was kept by an older page, which kept no sets.
 */
async function keptReference(
  from: string,
  weights: WeightForm,
  store: ModelStore,
): Promise<ReferenceSet | undefined | "unknown"> {
  const { name } = resolveSource(from);
  // A copy may be all that is left.
  const names = weights === "stored" ? [name] : [name, copyName(name, weights)];
  for (const one of names) {
    const manifest = await store.find(one);
    if (manifest?.absent.includes(REFERENCE_FILE) === true) return undefined;
    if (manifest?.files.some(({ path }) => path === REFERENCE_FILE) !== true) continue;
    const nobody = { name: one, open: () => Promise.resolve(undefined) };
    const kept = openStored(nobody, store, manifest, {});
    try {
      const file = await kept.open(REFERENCE_FILE);
      return file && (await readReference(file));
    } finally {
      await kept.close();
    }
  }
  return "unknown";
}

async function openReference(
  from: ModelPlace,
  origin: string | undefined,
): Promise<Blob | undefined> {
  if (typeof from !== "string") {
    return "getFileHandle" in from
      ? await from.getFileHandle(REFERENCE_FILE).then(
          (handle) => handle.getFile(),
          () => undefined,
        )
      : from.find(({ name }) => name === REFERENCE_FILE);
  }
  const url = URL.parse(REFERENCE_FILE, from.endsWith("/") ? from : `${from}/`);
  if (url === null || url.origin !== origin) return undefined;
  const response = await fetch(url).catch(() => undefined);
  // A host that answers every address has a page there, not the set.
  const isFile = response?.ok === true && response.headers.get("content-type") !== "text/html";
  return isFile ? await response.blob() : undefined;
}

export function calibrationOf({ temperature, pairs }: ReferenceSet): Calibration {
  return { temperature, pairs };
}

/** Returns what the set says of a score and of its input. */
export function readingOf(
  set: ReferenceSet | undefined,
  value: number,
  input: InputFeatures | undefined,
): ScoreReading | undefined {
  if (set === undefined || input === undefined) return undefined;
  return { percentile: percentileOf(set, value), ...strangenessOf(set, input) };
}
