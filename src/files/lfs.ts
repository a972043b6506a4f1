// Tested by: test/files/resolve-source.test.ts
/**
 * Recognises Git LFS pointers. A clone without `git lfs pull` has a text of three lines in place of
 * each large file.
 */
import { WeightsError, type Fault } from "../errors.ts";
import { listOf } from "./source.ts";
import type { Source, SourceFile } from "./source.ts";

const FIRST_LINE = "version https://git-lfs.github.com/spec/";
/** The format's own limit: a pointer is smaller than 1,024 bytes. */
const MAX_BYTES = 1024;

/** Tells whether the bytes of a file are a Git LFS pointer. */
export function isLfsPointer(bytes: Uint8Array): boolean {
  if (bytes.byteLength >= MAX_BYTES) return false;
  return new TextDecoder("latin1").decode(bytes).startsWith(FIRST_LINE);
}

/** Returns the parts of the error for a pointer; the caller chooses the class. */
export function lfsFault(where: string): Fault {
  return {
    where,
    what: "is a Git LFS pointer, not the file itself",
    todo: "Run `git lfs pull` in the folder, or download the file from the hub",
  };
}

/**
 * Returns the file.
 * @throws WeightsError if it is a pointer
 */
export async function refusePointer(
  file: SourceFile,
  where: string,
  signal?: AbortSignal,
): Promise<SourceFile> {
  if (file.byteLength >= MAX_BYTES || file.byteLength < FIRST_LINE.length) return file;
  const bytes = new Uint8Array(file.byteLength);
  await file.read(0, bytes, signal);
  if (isLfsPointer(bytes)) throw new WeightsError(lfsFault(where));
  return file;
}

/** Returns the same folder, in which a pointer is an error. */
export function withoutPointers(source: Source): Source {
  return {
    name: source.name,
    ...listOf(source),
    async open(path, signal) {
      const file = await source.open(path, signal);
      return file && (await refusePointer(file, `${source.name}, ${path}`, signal));
    },
    close: async () => await source.close?.(),
  };
}
