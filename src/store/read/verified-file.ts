/**
 * Reads a stored file for the engine: chunks are checked against the manifest before any of their
 * bytes are returned.
 *
 * A chunk that is damaged, or that the browser has evicted, is read from the source again and
 * checked in the same way. If that is not possible, the read fails. No flipped bit gets into a
 * score.
 */
import { WeightsError } from "../../errors.ts";
import { checkRange } from "../../files/source.ts";
import type { SourceFile } from "../../files/source.ts";
import { StoreFault } from "../layout/directory.ts";
import type { StoreFile } from "../layout/directory.ts";
import { chunkHash } from "../layout/manifest.ts";
import type { Manifest, ManifestFile } from "../layout/manifest.ts";
import { isSame, sha256 } from "../../base/sha256.ts";

/**
 * Which chunks are checked: each at its `first` read since the model was opened (the default), one
 * in 16 of them (`sampled`), or `all` at every read.
 */
export type VerifyMode = "first" | "sampled" | "all";

/** With `sampled`, one chunk in this many is checked. */
const SAMPLED = 16;

export interface VerifiedFileOptions {
  readonly manifest: Manifest;
  readonly stored: ManifestFile;
  readonly verify: VerifyMode;
  /** Opens the stored bytes; undefined if they are gone. */
  readonly openBlob: () => Promise<StoreFile | undefined>;
  /** Opens the same file of the source. */
  readonly openRemote: (signal: AbortSignal | undefined) => Promise<SourceFile | undefined>;
  /** Called once if the stored bytes are damaged. */
  readonly onDamage: () => void;
}

/**
 * A whole chunk from which reads need parts. The next read usually begins where this one ends, or
 * has started already.
 */
interface Shared {
  readonly bytes: Promise<Uint8Array>;
  unread: number;
}

/**
 * Chunks that wait until the rest of them is read: gate's and up's, between each of a few parallel
 * reads.
 */
const MOST_SHARED = 8;

interface Part {
  readonly chunk: number;
  /** Offset in the file. */
  readonly begin: number;
  readonly into: Uint8Array;
}

export function verifiedFile(options: VerifiedFileOptions): SourceFile {
  const { manifest, stored, verify } = options;
  const { chunkBytes } = manifest;
  const checked = new Set<number>();
  const sample = Math.floor(Math.random() * SAMPLED);
  const shared = new Map<number, Shared>();

  const mustCheck = (chunk: number): boolean =>
    verify === "all" || (!checked.has(chunk) && (verify === "first" || chunk % SAMPLED === sample));

  const readWhole = async (
    chunk: number,
    into: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> => {
    // Damaged chunks are read from the source each time.
    if (await readChecked(options, chunk, into, signal)) checked.add(chunk);
    return into;
  };

  const share = (chunk: number, bytes: Promise<Uint8Array>, byteLength: number): Shared => {
    const own = { bytes, unread: byteLength };
    shared.set(chunk, own);
    bytes.catch(() => shared.delete(chunk));
    const [oldest] = shared.keys();
    if (shared.size > MOST_SHARED && oldest !== undefined) shared.delete(oldest);
    return own;
  };

  const readPart = async ({ chunk, begin, into }: Part, signal?: AbortSignal): Promise<void> => {
    let found = shared.get(chunk);
    // Another read's failure or abort must not fail this one.
    if (found && !(await found.bytes.catch(() => undefined))) found = undefined;
    if (!found && !mustCheck(chunk) && (await readBlob(options, begin, into))) return;
    const chunkBegin = chunk * chunkBytes;
    const length = Math.min(chunkBytes, stored.byteLength - chunkBegin);
    if (!found && into.byteLength === length) {
      await readWhole(chunk, into, signal);
      return;
    }
    found ??= share(chunk, readWhole(chunk, new Uint8Array(length), signal), length);
    const bytes = await found.bytes;
    into.set(bytes.subarray(begin - chunkBegin, begin - chunkBegin + into.byteLength));
    found.unread -= into.byteLength;
    if (found.unread <= 0 || verify === "all") shared.delete(chunk);
  };

  const file: SourceFile = {
    path: stored.path,
    byteLength: stored.byteLength,
    async read(begin, into, signal) {
      signal?.throwIfAborted();
      checkRange(file, begin, into.byteLength);
      const parts = partsOf(chunkBytes, begin, into);
      if (!parts.some(({ chunk }) => mustCheck(chunk) || shared.has(chunk))) {
        if (await readBlob(options, begin, into)) return;
      }
      for (const part of parts) {
        signal?.throwIfAborted();
        await readPart(part, signal);
      }
    },
  };
  return file;
}

/** Cuts a read at the borders of chunks. */
function partsOf(chunkBytes: number, begin: number, into: Uint8Array): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < into.byteLength;) {
    const chunk = Math.floor((begin + at) / chunkBytes);
    const end = Math.min(into.byteLength, (chunk + 1) * chunkBytes - begin);
    parts.push({ chunk, begin: begin + at, into: into.subarray(at, end) });
    at = end;
  }
  return parts;
}

/**
 * Reads a whole chunk that matches the manifest, from the store or else from the source.
 * @returns whether the store's chunk matches
 */
async function readChecked(
  options: VerifiedFileOptions,
  chunk: number,
  into: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { manifest, stored } = options;
  const wanted = chunkHash(stored, chunk);
  const begin = chunk * manifest.chunkBytes;
  if ((await readBlob(options, begin, into)) && isSame(await sha256(into), wanted)) return true;
  options.onDamage();
  const remote = await openAgain(options, signal);
  if (remote?.byteLength === stored.byteLength) {
    await remote.read(begin, into, signal);
    if (isSame(await sha256(into), wanted)) return false;
  }
  throw new WeightsError({
    where: `${manifest.source}, ${stored.path}`,
    what: `the stored copy is damaged in bytes ${begin.toLocaleString("en-US")} to ${(begin + into.byteLength).toLocaleString("en-US")}`,
    todo: "Repair the stored model while its source can be reached, or delete it and load it again",
  });
}

async function openAgain(
  { openRemote }: VerifiedFileOptions,
  signal: AbortSignal | undefined,
): Promise<SourceFile | undefined> {
  try {
    return await openRemote(signal);
  } catch (error) {
    signal?.throwIfAborted();
    // The source is not reachable: report the damage.
    if (error instanceof WeightsError) return undefined;
    throw error;
  }
}

/** Reads the bytes from the store; returns whether it has them. */
async function readBlob(
  { openBlob }: VerifiedFileOptions,
  begin: number,
  into: Uint8Array,
): Promise<boolean> {
  try {
    const blob = await openBlob();
    await blob?.read(begin, into);
    return blob !== undefined;
  } catch (error) {
    if (error instanceof StoreFault) return false;
    throw error;
  }
}
