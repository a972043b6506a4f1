/**
 * The reference set beside a model: files of the page's own origin, or files that a person chose.
 * No
 * other server is asked for it.
 */
import { REFERENCE_FILE, readReference } from "../../src/reference/reference-file.ts";
import { percentileOf, strangenessOf } from "../../src/reference/reference-set.ts";
import type { ReferenceSet } from "../../src/reference/reference-set.ts";
import type { InputFeatures } from "../../src/types.ts";
import type { Calibration, ModelPlace, ScoreReading } from "./protocol.ts";

/**
 * Returns a model's set; undefined if it has none. @throws WeightsError for a file that is wrong
 */
export async function findReference(
  from: ModelPlace,
  origin: string | undefined,
): Promise<ReferenceSet | undefined> {
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
