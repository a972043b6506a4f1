// Tested by: test/store/read/stored-source.test.ts
/**
 * Copies a model from its source into the store. It downloads what is missing, and writes the
 * manifest when all files are complete. Runs under the writer's lock.
 */
import { WeightsError } from "../../errors.ts";
import type { Source, SourceFile } from "../../files/source.ts";
import { closeAfter } from "../layout/directory.ts";
import type { StoreDirectory, StoreFile } from "../layout/directory.ts";
import { downloadFile, PIECES } from "./download.ts";
import type { Download, FileHashes, RemoteFile } from "./download.ts";
import { openJournal } from "../layout/journal.ts";
import type { Journal } from "../layout/journal.ts";
import { allManifests, blobName, commitManifest, dataName, journalName } from "../library.ts";
import { removeBlob, sweep } from "../library.ts";
import type { Manifest, ManifestFile } from "../layout/manifest.ts";
import { findModelFiles } from "../layout/model-files.ts";
import { isSame, sha256 } from "../../base/sha256.ts";

export interface KeepOptions {
  readonly chunkBytes: number;
  /** The sha256 of files, by path, if they are known beforehand. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly signal: AbortSignal | undefined;
  /** Called with the model's total bytes before the first is fetched. */
  onTotal(bytes: number): void;
  /** Called as bytes arrive, with their origin. */
  onBytes(bytes: number, from: "net" | "store", file: string): void;
}

/**
 * Downloads a model, or resumes its download.
 * @throws StoreFault if the store refuses, WeightsError if the source fails; bytes that have landed
 *   stay for the next time
 */
export async function keepModel(
  source: Source,
  directory: StoreDirectory,
  options: KeepOptions,
): Promise<Manifest> {
  const { chunkBytes, signal } = options;
  await sweep(directory);
  const found = await findModelFiles(source, signal);
  options.onTotal(found.files.reduce((sum, { byteLength }) => sum + byteLength, 0));
  const stored = (await allManifests(directory))
    .filter((manifest) => manifest.chunkBytes === chunkBytes)
    .flatMap((manifest) => manifest.files);
  const files: ManifestFile[] = [];
  for (const file of found.files) {
    files.push(await keepFile(source, directory, file, stored, options));
  }
  signal?.throwIfAborted();
  const revision = /^[^/@:]+\/[^/@:]+@(.+)$/.exec(source.name)?.[1];
  const storedAt = new Date().toISOString();
  const { absent } = found;
  const manifest = { source: source.name, revision, storedAt, chunkBytes, files, absent };
  await commitManifest(directory, manifest);
  return manifest;
}

async function keepFile(
  source: Source,
  directory: StoreDirectory,
  file: RemoteFile,
  stored: readonly ManifestFile[],
  options: KeepOptions,
): Promise<ManifestFile> {
  const { path, byteLength, version: etag } = file;
  const expected = options.hashes.get(path) ?? file.sha256;
  const blob = blobName(source.name, path, expected);
  const isKnown = expected !== undefined || etag !== undefined;
  const same = stored.find((one) => one.blob === blob && one.byteLength === byteLength);
  const isSameVersion = same && (expected ?? same.etag) === (expected ? same.sha256 : etag);
  if (same && isKnown && isSameVersion && (await isThere(directory, same))) {
    options.onBytes(byteLength, "store", path);
    return { ...same, path };
  }
  const hashes = await fill(source, directory, file, blob, expected ?? etag ?? "", options);
  if (expected !== undefined && hashes.sha256 !== expected) {
    // Nothing says which chunk is wrong.
    await removeBlob(directory, blob);
    throw new WeightsError({
      where: `${source.name}, ${path}`,
      what: "the download is not the file that the server describes",
      got: `sha256 ${hashes.sha256}`,
      expected: expected,
      todo: "Load the model again; if this repeats, the server or a proxy changes files",
    });
  }
  return { path, byteLength, etag, blob, ...hashes };
}

/** Opens bytes and journal of a file, and downloads what is missing. */
async function fill(
  source: Source,
  directory: StoreDirectory,
  file: RemoteFile,
  name: string,
  identity: string,
  options: KeepOptions,
): Promise<FileHashes> {
  const { chunkBytes, signal } = options;
  const { path, byteLength } = file;
  const blob = await directory.create(dataName(name));
  return await closeAfter(blob, async () => {
    const log = await directory.create(journalName(name));
    return await closeAfter(log, async () => {
      const pieceBytes = chunkBytes / PIECES;
      const header = { source: source.name, path, byteLength, pieceBytes, identity };
      let journal = await openJournal(log, header);
      const isSuspect = !journal.isNew && identity === "";
      if (isSuspect && !(await isStillTheSame(file, journal, signal))) {
        await log.truncate(0);
        journal = await openJournal(log, header);
      }
      await cut(blob, journal, byteLength);
      const onBytes: Download["onBytes"] = (bytes, from) => options.onBytes(bytes, from, path);
      const hashes = await downloadFile({ file, blob, journal, chunkBytes, signal, onBytes });
      await blob.flush();
      await log.flush();
      return hashes;
    });
  });
}

/** Cuts the bytes of another file off, so that they do not stay under the new ones. */
async function cut(blob: StoreFile, journal: Journal, byteLength: number): Promise<void> {
  const limit = journal.isNew ? 0 : byteLength;
  if ((await blob.byteLength()) > limit) await blob.truncate(limit);
}

/** Fetches one stored piece again and compares it, if the server names no version. */
async function isStillTheSame(
  file: SourceFile,
  { hashes, pieceBytes }: Journal,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const piece = hashes.findLastIndex((hash) => hash !== undefined);
  const hash = hashes[piece];
  if (hash === undefined) return true;
  const begin = piece * pieceBytes;
  const bytes = new Uint8Array(Math.min(pieceBytes, file.byteLength - begin));
  await file.read(begin, bytes, signal);
  return isSame(await sha256(bytes), hash);
}

/** Returns whether a stored file has its bytes; browsers evict without asking. */
export async function isThere(directory: StoreDirectory, stored: ManifestFile): Promise<boolean> {
  return (await storedBytes(directory, stored)) === stored.byteLength;
}

/** Returns how many bytes there are of a stored file; undefined if it is gone. */
export async function storedBytes(
  directory: StoreDirectory,
  { blob }: ManifestFile,
): Promise<number | undefined> {
  const file = await directory.open(dataName(blob));
  return file && (await closeAfter(file, () => file.byteLength()));
}
