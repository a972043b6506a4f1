// Tested by: test/files/small-files.test.ts
/**
 * A source is a folder of files that can be read in pieces: a URL, the hub, files of the user, or a
 * store.
 *
 * Nothing else in the engine knows where bytes come from. A source never holds a whole shard in
 * memory.
 */
import { WeightsError } from "../errors.ts";

/** One file of a source. */
export interface SourceFile {
  /** Path inside the folder, as errors show it. */
  readonly path: string;
  readonly byteLength: number;
  /**
   * Reads the bytes [begin, begin + into.byteLength) into `into`, whole or not at all.
   * @throws WeightsError if the file ends early, or the transport fails after its retries.
   */
  read(begin: number, into: Uint8Array, signal?: AbortSignal): Promise<void>;
  /**
   * Optional. Returns the bytes [begin, end) from front to back. Sources implement it if one long
   * request is cheaper than many small ones.
   */
  sequence?(begin: number, end: number, signal?: AbortSignal): ByteSequence;
  /** Optional. Called when the engine reads no more of the file, e.g. to close a handle. */
  close?(): void | Promise<void>;
}

/** Bytes that are read in order. */
export interface ByteSequence {
  /**
   * Fills `into` with the bytes that follow; one call at a time.
   * @throws as `SourceFile.read`
   */
  read(into: Uint8Array): Promise<void>;
  /** Cancels the rest. */
  close(): void;
}

/** A folder of files. */
export interface Source {
  /** How errors and progress name the folder: a URL, `org/name@revision`, a directory's name. */
  readonly name: string;
  /** Returns the file, or undefined if the folder has none of that path. */
  open(path: string, signal?: AbortSignal): Promise<SourceFile | undefined>;
  /** Optional. Returns the names of the files in the folder itself, not below it. */
  list?(): Promise<readonly string[]>;
  /**
   * Optional. Called when a model is disposed of, after the files' own. Files may be opened again:
   * a model is loaded again if its device is lost.
   */
  close?(): void | Promise<void>;
}

/** Returns the listing of a folder, for a source that is made of it. */
export function listOf(source: Source): Pick<Source, "list"> {
  return source.list ? { list: async () => (await source.list?.()) ?? [] } : {};
}

/** Tells whether a path stays inside the folder: relative, with slashes, no `.`, `..` or scheme. */
export function isInside(path: string): boolean {
  const isOdd = path.includes("://") || path.includes("\\") || path.includes("\0");
  return !isOdd && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** @throws WeightsError if the file ends before the wanted bytes do */
export function checkRange(file: SourceFile, begin: number, byteLength: number): void {
  if (begin >= 0 && begin + byteLength <= file.byteLength) return;
  throw new WeightsError({
    where: file.path,
    what: `ends before byte ${(begin + byteLength).toLocaleString("en-US")}`,
    got: `a file of ${file.byteLength.toLocaleString("en-US")} bytes`,
    todo: "Download the file again",
  });
}
