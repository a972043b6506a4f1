// Tested by: test/store/read/stored-source.test.ts
/** Hashes a stored model again, and fetches damaged chunks again. */
import { WeightsError } from "../../errors.ts";
import type { Source } from "../../files/source.ts";
import { closeAfter, StoreFault } from "../layout/directory.ts";
import type { StoreDirectory, StoreFile } from "../layout/directory.ts";
import { unitCount } from "../layout/journal.ts";
import { dataName } from "../library.ts";
import { chunkHash } from "../layout/manifest.ts";
import type { Manifest, ManifestFile } from "../layout/manifest.ts";
import { isSame, sha256 } from "../../base/sha256.ts";

/** Bytes [begin, end) of a stored file that differ from the stored ones. */
export interface DamagedRange {
  readonly path: string;
  readonly begin: number;
  readonly end: number;
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((loadedBytes: number, totalBytes: number) => void) | undefined;
}

/** Hashes every chunk of a model. */
export async function checkModel(
  directory: StoreDirectory,
  manifest: Manifest,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<DamagedRange[]> {
  const damaged: DamagedRange[] = [];
  for (const stored of manifest.files) {
    const blob = await openOrNone(directory, stored);
    if (blob === undefined) {
      damaged.push({ path: stored.path, begin: 0, end: stored.byteLength });
      onBytes(stored.byteLength);
      continue;
    }
    const ranges = await closeAfter(blob, () => checkFile(blob, manifest, stored, onBytes, signal));
    damaged.push(...ranges);
  }
  return damaged;
}

async function openOrNone(
  directory: StoreDirectory,
  { blob }: ManifestFile,
): Promise<StoreFile | undefined> {
  try {
    return await directory.open(dataName(blob));
  } catch (error) {
    if (error instanceof StoreFault) return undefined;
    throw error;
  }
}

async function checkFile(
  blob: StoreFile,
  { chunkBytes }: Manifest,
  stored: ManifestFile,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<DamagedRange[]> {
  const { path, byteLength } = stored;
  const damaged: DamagedRange[] = [];
  const buffer = new Uint8Array(Math.min(chunkBytes, byteLength));
  for (let chunk = 0; chunk < unitCount(byteLength, chunkBytes); chunk++) {
    signal?.throwIfAborted();
    const begin = chunk * chunkBytes;
    const bytes = buffer.subarray(0, Math.min(chunkBytes, byteLength - begin));
    const isRead = await readOrNot(blob, begin, bytes);
    const isGood = isRead && isSame(await sha256(bytes), chunkHash(stored, chunk));
    if (!isGood) damaged.push({ path, begin, end: begin + bytes.byteLength });
    onBytes(bytes.byteLength);
  }
  const length = await blob.byteLength();
  if (length > byteLength) damaged.push({ path, begin: byteLength, end: length });
  return damaged;
}

async function readOrNot(blob: StoreFile, begin: number, into: Uint8Array): Promise<boolean> {
  try {
    await blob.read(begin, into);
    return true;
  } catch (error) {
    if (error instanceof StoreFault) return false;
    throw error;
  }
}

/**
 * Fetches damaged chunks again. Each must match the manifest before it is written.
 * @throws WeightsError if the source has another version of the file now
 */
export async function repairModel(
  directory: StoreDirectory,
  manifest: Manifest,
  damaged: readonly DamagedRange[],
  source: Source,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const stored of manifest.files) {
    const ranges = damaged.filter(({ path }) => path === stored.path);
    if (ranges.length === 0) continue;
    const blob = await directory.create(dataName(stored.blob));
    await closeAfter(blob, async () => {
      for (const range of ranges) {
        await repairRange(blob, manifest, stored, range, source, signal);
      }
      await blob.truncate(stored.byteLength);
      await blob.flush();
    });
  }
}

async function repairRange(
  blob: StoreFile,
  { chunkBytes, source: name }: Manifest,
  stored: ManifestFile,
  { begin, end }: DamagedRange,
  source: Source,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { path, byteLength } = stored;
  // Bytes after the end are cut off, not fetched.
  if (begin >= byteLength) return;
  const file = await source.open(path, signal);
  if (file?.byteLength !== byteLength) throw changed(name, path);
  for (let at = begin; at < end; at += chunkBytes) {
    const bytes = new Uint8Array(Math.min(chunkBytes, end - at));
    await file.read(at, bytes, signal);
    const wanted = chunkHash(stored, at / chunkBytes);
    if (!isSame(await sha256(bytes), wanted)) throw changed(name, path);
    await blob.write(at, bytes);
  }
}

function changed(source: string, path: string): WeightsError {
  return new WeightsError({
    where: `${source}, ${path}`,
    what: "the source has another version of the file than the store",
    todo: "Delete the stored model and load it again",
  });
}
