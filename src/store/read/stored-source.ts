/**
 * A source that is stored: missing files are downloaded once, and then read from the store.
 *
 *   source (HTTP) ──> storedSource ──> the engine
 *                       │    ▲
 *                       ▼    │ checked chunks
 *                     ModelStore (origin private file system)
 *
 * A stored model opens without the network. If the store fails, usually for lack of space, the
 * source is read directly, and a warning says so.
 */
import { RewardError } from "../../errors.ts";
import { orAborted } from "../../abort.ts";
import type { StageProgress } from "../../types.ts";
import type { Source, SourceFile } from "../../files/source.ts";
import { StoreFault } from "../layout/directory.ts";
import type { StoreFile } from "../layout/directory.ts";
import { CHUNK_BYTES } from "../download/download.ts";
import { announce, follow } from "../tabs/follow.ts";
import type { Standing } from "../tabs/follow.ts";
import { keepModel } from "../download/keep-model.ts";
import { dataName, removeParts } from "../library.ts";
import { manifestBytes } from "../layout/manifest.ts";
import type { Manifest } from "../layout/manifest.ts";
import type { ModelStore } from "../model-store.ts";
import { verifiedFile } from "./verified-file.ts";
import type { VerifyMode } from "./verified-file.ts";

/** Progress of a download; `loadedBytes` counts bytes that were there before as well. */
export interface StoreProgress extends StageProgress {
  /** Bytes that came from the network this time. */
  readonly netBytes: number;
  /** True if another tab downloads, and this one waits for it. */
  readonly isFollowing: boolean;
}

export interface StoredSourceOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: StoreProgress) => void) | undefined;
  /** Called if the model is read without the store, or if stored bytes are damaged. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Which stored chunks are checked when they are read; `first` by default. */
  readonly verify?: VerifyMode | undefined;
  /** Finds the sha256 of files beforehand, by path: `hubHashes`. Called only before a download. */
  readonly hashes?:
    | ((signal: AbortSignal | undefined) => Promise<ReadonlyMap<string, string>>)
    | undefined;
  /** Bytes of a chunk, a multiple of 8; for tests. */
  readonly chunkBytes?: number | undefined;
}

/** A source whose files are in the store. */
export interface StoredSource extends Source {
  /** False if the store failed and the source itself is read. */
  readonly isStored: boolean;
  /** Closes the store's files; nothing can be read afterwards. */
  close(): Promise<void>;
}

/**
 * Stores a source's model, if it is not stored yet, and returns the stored model as a source.
 * Aborting keeps landed bytes: the next call resumes.
 * @throws WeightsError if the source fails, the signal's reason if it is aborted
 */
export async function storedSource(
  source: Source,
  store: ModelStore,
  options: StoredSourceOptions = {},
): Promise<StoredSource> {
  const { signal, onWarning } = options;
  signal?.throwIfAborted();
  try {
    const manifest = await orAborted(signal, findOrKeep(source, store, options));
    return openStored(source, store, manifest, options);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof StoreFault)) throw error;
    const why = error.isQuota ? "the browser gives no more space" : error.message;
    onWarning?.(`${source.name}: read without being kept for the next time: ${why}`);
    return {
      name: source.name,
      isStored: false,
      open: (path, one) => source.open(path, one),
      close: () => Promise.resolve(),
    };
  }
}

async function findOrKeep(
  source: Source,
  store: ModelStore,
  options: StoredSourceOptions,
): Promise<Manifest> {
  const { signal } = options;
  const report = reporter(options.onProgress);
  const found = await store.find(source.name);
  if (found !== undefined) {
    report.stored(manifestBytes(found));
    return found;
  }
  let stopFollowing = (): void => {};
  const onWait = (): void => {
    stopFollowing = follow(source.name, report.following);
  };
  try {
    return await store.locks.exclusive(store.lockName, signal, onWait, async () => {
      stopFollowing();
      // The former owner of the lock may have downloaded the same model.
      const kept = await store.find(source.name);
      if (kept === undefined) return await keep(source, store, options, report);
      report.stored(manifestBytes(kept));
      return kept;
    });
  } finally {
    stopFollowing();
  }
}

async function keep(
  source: Source,
  store: ModelStore,
  options: StoredSourceOptions,
  report: Reporter,
): Promise<Manifest> {
  const { signal } = options;
  const others = announce(source.name);
  let standing: Standing = { loadedBytes: 0, totalBytes: 0, netBytes: 0, file: "" };
  try {
    return await keepModel(source, store.directory, {
      chunkBytes: options.chunkBytes ?? CHUNK_BYTES,
      hashes: (await options.hashes?.(signal)) ?? new Map(),
      signal,
      onTotal: (totalBytes) => (standing = { ...standing, totalBytes }),
      onBytes(bytes, from, file) {
        const netBytes = standing.netBytes + (from === "net" ? bytes : 0);
        const loadedBytes = Math.min(standing.loadedBytes + bytes, standing.totalBytes);
        standing = { ...standing, loadedBytes, netBytes, file };
        report.downloading(standing);
        others.tell(standing);
      },
    });
  } catch (error) {
    // Half a model that can never be complete only takes the space of others.
    if (error instanceof StoreFault && error.isQuota) await discard(source, store);
    throw error;
  } finally {
    others.end();
  }
}

async function discard(source: Source, store: ModelStore): Promise<void> {
  try {
    await removeParts(store.directory, source.name);
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
  }
}

/** Returns a stored model as a source; damaged chunks are read from `source`. */
export function openStored(
  source: Source,
  store: ModelStore,
  manifest: Manifest,
  { verify = "first", onWarning }: StoredSourceOptions,
): StoredSource {
  const files = new Map<string, SourceFile>();
  const blobs = new Map<string, Promise<StoreFile | undefined>>();
  let isWarned = false;
  const onDamage = (): void => {
    if (!isWarned) onWarning?.(`${source.name}: the stored copy is damaged: repair or delete it`);
    isWarned = true;
  };
  for (const stored of manifest.files) {
    const openBlob = async (): Promise<StoreFile | undefined> => {
      const opening = blobs.get(stored.blob) ?? store.directory.open(dataName(stored.blob));
      blobs.set(stored.blob, opening);
      return await opening;
    };
    const openRemote = (signal: AbortSignal | undefined): Promise<SourceFile | undefined> =>
      source.open(stored.path, signal);
    const file = verifiedFile({ manifest, stored, verify, openBlob, openRemote, onDamage });
    files.set(stored.path, file);
  }
  const absent = new Set(manifest.absent);
  return {
    name: source.name,
    isStored: true,
    async open(path, signal) {
      signal?.throwIfAborted();
      if (absent.has(path)) return undefined;
      return files.get(path) ?? (await openUnlisted(source, path, signal));
    },
    async close() {
      const opened = await Promise.allSettled(blobs.values());
      blobs.clear();
      const closings = opened.map(async (one) => {
        if (one.status === "fulfilled") await one.value?.close();
      });
      // Nothing was written: a file that fails to close loses nothing.
      await Promise.allSettled(closings);
    },
  };
}

/**
 * Opens a file that an older version did not look for when it stored the model. Offline it counts
 * as absent: the stored files are a whole model.
 */
async function openUnlisted(
  source: Source,
  path: string,
  signal: AbortSignal | undefined,
): Promise<SourceFile | undefined> {
  try {
    return await source.open(path, signal);
  } catch (error) {
    if (error instanceof RewardError) return undefined;
    throw error;
  }
}

interface Reporter {
  readonly downloading: (standing: Standing) => void;
  readonly following: (standing: Standing) => void;
  readonly stored: (byteLength: number) => void;
}

/** Turns standings into progress with a rate, that of the network alone. */
function reporter(tell: ((progress: StoreProgress) => void) | undefined): Reporter {
  let begin: number | undefined;
  const report = (standing: Standing, isFollowing: boolean, cached: boolean): void => {
    const { loadedBytes, totalBytes, netBytes, file } = standing;
    const now = performance.now();
    if (netBytes > 0) begin ??= now;
    const seconds = begin === undefined ? 0 : (now - begin) / 1000;
    const bytesPerSecond = seconds > 0 ? netBytes / seconds : 0;
    tell?.({
      stage: "download",
      loadedBytes,
      totalBytes,
      bytesPerSecond,
      secondsLeft: bytesPerSecond > 0 ? (totalBytes - loadedBytes) / bytesPerSecond : undefined,
      file,
      cached,
      netBytes,
      isFollowing,
    });
  };
  return {
    downloading: (standing) => report(standing, false, false),
    following: (standing) => report(standing, true, false),
    stored(byteLength) {
      const all = { loadedBytes: byteLength, totalBytes: byteLength, netBytes: 0, file: "" };
      report(all, false, true);
    },
  };
}
