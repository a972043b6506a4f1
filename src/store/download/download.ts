// Tested by: test/store/download/observed-source.test.ts
/**
 * Downloads one file from a source into the store. Several requests fetch pieces in parallel; each
 * is hashed, written and journaled when it has arrived. Eight pieces make a chunk.
 *
 *   source ── ranges of 8 chunks, 4 parallel ──> piece: sha256, write, journal; chunk: flush
 *                                                  │ in order, read back from the store
 *                                                  └──> checked against the journal; sha256 of
 *                                                       chunk and file
 *
 * Reading back finds a write that the disk tore or lost, and what a power cut did to pieces of an
 * earlier download. A kill of the process costs each range less than a piece, and the part of the
 * body that came with the piece's end (`observed-source.ts`): an eighth and a sixteenth of a chunk,
 * three quarters of one for all four.
 */
import { anySignal } from "../../abort.ts";
import type { SourceFile } from "../../files/source.ts";
import { StoreFault } from "../layout/directory.ts";
import type { StoreFile } from "../layout/directory.ts";
import { unitCount } from "../layout/journal.ts";
import type { Journal } from "../layout/journal.ts";
import { isSame, sha256, streamingSha256 } from "../../base/sha256.ts";

/** The unit in which a stored file is hashed, checked and repaired. */
export const CHUNK_BYTES: number = 2 ** 20;
/** Pieces of a chunk, the unit of resuming: with fewer, a kill can cost more than one chunk. */
export const PIECES = 8;
/** Chunks that one request asks for, 8 MiB: the hub counts requests and limits them. */
const REQUEST_CHUNKS = 8;
/** Parallel requests. */
const RANGES = 4;

/** A file of a source that may report more than its bytes. */
export interface RemoteFile extends SourceFile {
  /** Changes when the file does: an ETag. */
  readonly version?: string | undefined;
  /** The hash that the server gives for the whole file, hexadecimal. */
  readonly sha256?: string | undefined;
  /**
   * Reads bytes, and reports them as they arrive.
   * @param onBytes called with the number of the first bytes of `into` that have arrived; its
   *   result is awaited before more are read from the network
   */
  read(
    begin: number,
    into: Uint8Array,
    signal?: AbortSignal,
    onBytes?: (bytes: number) => Promise<void>,
  ): Promise<void>;
}

/** A download of one file. */
export interface Download {
  readonly file: RemoteFile;
  readonly blob: StoreFile;
  readonly journal: Journal;
  readonly chunkBytes: number;
  readonly signal: AbortSignal | undefined;
  /** Called as bytes arrive, with their origin. */
  onBytes(bytes: number, from: "net" | "store"): void;
}

/** The hashes of a complete file. */
export interface FileHashes {
  /** Of the whole, hexadecimal. */
  readonly sha256: string;
  /** Of each chunk, 32 bytes each. */
  readonly chunkHashes: Uint8Array;
}

/**
 * Fills a file of the store.
 * @throws StoreFault if the store refuses, WeightsError if the source fails; bytes that have landed
 *   stay
 */
export async function downloadFile(download: Download): Promise<FileHashes> {
  const landing = await startLanding(download);
  const check = checkInOrder(download, landing);
  const workers: Promise<unknown>[] = [check];
  for (let i = 0; i < RANGES; i++) workers.push(fetchRuns(download, landing));
  // The first failure stops the other workers, and is the one that is thrown.
  for (const worker of workers) worker.catch((error: unknown) => landing.stop(error));
  await Promise.allSettled(workers);
  landing.signal.throwIfAborted();
  return await check;
}

/** Shared by the workers of a download: which pieces must be fetched, and which have landed. */
interface Landing {
  /** Aborted by the caller, or by the first worker that fails. */
  readonly signal: AbortSignal;
  /** Which pieces were there before. */
  readonly early: readonly boolean[];
  stop(error: unknown): void;
  /** Returns the next run of missing adjacent pieces, and assigns it to the caller. */
  take(): { begin: number; count: number } | undefined;
  land(piece: number): void;
  /** Resolves when a piece has landed. Only one caller waits at a time. */
  wait(piece: number): Promise<void>;
}

async function startLanding({ file, blob, journal, signal: caller }: Download): Promise<Landing> {
  // A power cut can keep the record and lose the end of the file.
  const there = await blob.byteLength();
  const landed = journal.hashes.map((hash, piece) => {
    const end = Math.min((piece + 1) * journal.pieceBytes, file.byteLength);
    return hash !== undefined && end <= there;
  });
  const missing = [...landed.keys()].filter((piece) => landed[piece] !== true);
  const stop = new AbortController();
  const signal = caller ? anySignal([caller, stop.signal]) : stop.signal;
  let wake = (): void => {};
  signal.addEventListener("abort", () => wake(), { once: true });
  return {
    signal,
    early: [...landed],
    stop: (error) => stop.abort(error),
    take() {
      const [begin] = missing;
      if (begin === undefined) return undefined;
      let count = 1;
      while (count < REQUEST_CHUNKS * PIECES && missing[count] === begin + count) count++;
      missing.splice(0, count);
      return { begin, count };
    },
    land(piece) {
      landed[piece] = true;
      wake();
    },
    async wait(piece) {
      while (landed[piece] !== true && !signal.aborted) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      signal.throwIfAborted();
    },
  };
}

async function fetchRuns(download: Download, landing: Landing): Promise<void> {
  const buffer = new Uint8Array(
    Math.min(download.file.byteLength, download.chunkBytes * REQUEST_CHUNKS),
  );
  for (let run = landing.take(); run !== undefined; run = landing.take()) {
    await fetchRun(download, landing, run.begin, run.count, buffer);
  }
}

/** Fetches adjacent pieces; each is stored as soon as it has arrived. */
async function fetchRun(
  download: Download,
  landing: Landing,
  first: number,
  count: number,
  buffer: Uint8Array,
): Promise<void> {
  const { file, journal } = download;
  const { pieceBytes } = journal;
  const begin = first * pieceBytes;
  const end = Math.min(begin + count * pieceBytes, file.byteLength);
  const into = buffer.subarray(0, end - begin);
  let told = 0;
  let next = first;
  let kept = Promise.resolve();
  const onBytes = async (bytes: number): Promise<void> => {
    download.onBytes(bytes - told, "net");
    told = bytes;
    while (next < first + count) {
      const piece = next;
      const from = (piece - first) * pieceBytes;
      const to = Math.min(from + pieceBytes, into.byteLength);
      if (to > bytes) break;
      next += 1;
      kept = kept.then(() => keepPiece(download, landing, piece, into.subarray(from, to)));
      kept.catch((error: unknown) => landing.stop(error));
    }
    await kept;
  };
  await file.read(begin, into, landing.signal, onBytes);
  await onBytes(into.byteLength);
}

async function keepPiece(
  { blob, journal, chunkBytes }: Download,
  landing: Landing,
  piece: number,
  bytes: Uint8Array,
): Promise<void> {
  landing.signal.throwIfAborted();
  const hash = await sha256(bytes);
  const begin = piece * journal.pieceBytes;
  await blob.write(begin, bytes);
  // Written bytes survive a crash of the process. To survive one of the machine, chunks are
  // flushed.
  if ((begin + bytes.byteLength) % chunkBytes === 0) await blob.flush();
  await journal.put(piece, hash);
  landing.land(piece);
}

/** Reads each piece back when it has landed, in the file's order, and hashes chunks and file. */
async function checkInOrder(download: Download, landing: Landing): Promise<FileHashes> {
  const { file, journal, chunkBytes } = download;
  const whole = streamingSha256();
  const buffer = new Uint8Array(Math.min(chunkBytes, file.byteLength));
  const chunkHashes = new Uint8Array(unitCount(file.byteLength, chunkBytes) * 32);
  for (const piece of landing.early.keys()) {
    await landing.wait(piece);
    const begin = piece * journal.pieceBytes;
    const end = Math.min(begin + journal.pieceBytes, file.byteLength);
    const chunk = Math.floor(begin / chunkBytes);
    const inChunk = buffer.subarray(0, end - chunk * chunkBytes);
    const bytes = inChunk.subarray(begin - end);
    const isKept = await isAsJournaled(download, piece, bytes);
    if (isKept && landing.early[piece]) download.onBytes(bytes.byteLength, "store");
    if (!isKept) {
      await journal.drop(piece);
      await fetchRun(download, landing, piece, 1, new Uint8Array(bytes.byteLength));
      if (!(await isAsJournaled(download, piece, bytes))) {
        throw new StoreFault("the store returned other bytes than were written");
      }
    }
    whole.update(bytes);
    const isEnd = end % chunkBytes === 0 || end === file.byteLength;
    if (isEnd) chunkHashes.set(await sha256(inChunk), chunk * 32);
  }
  return { sha256: whole.hex(), chunkHashes };
}

async function isAsJournaled(
  { blob, journal }: Download,
  piece: number,
  into: Uint8Array,
): Promise<boolean> {
  await blob.read(piece * journal.pieceBytes, into);
  const hash = journal.hashes[piece];
  return hash !== undefined && isSame(await sha256(into), hash);
}
