/**
 * Reads small files whole, at the first read. A checkpoint of a few megabytes has hundreds of
 * tensors, and one HTTP request for each would take longer than all of its bytes. Large files are
 * read as before, and so are the first bytes, which come with opening.
 */
import { FIRST_BYTES } from "./http/http-open.ts";
import { checkRange, listOf } from "./source.ts";
import type { Source, SourceFile } from "./source.ts";

/** Files up to this size are small: as much of a file as may be in JavaScript's memory. */
export const SMALL_BYTES: number = 8 * 2 ** 20;

/** Returns the same folder, but small files are read in one piece. */
export function smallFilesWhole(source: Source): Source {
  return {
    name: source.name,
    ...listOf(source),
    async open(path, signal) {
      const file = await source.open(path, signal);
      const isWhole = file && file.byteLength > FIRST_BYTES && file.byteLength <= SMALL_BYTES;
      return isWhole ? wholeFile(file) : file;
    },
  };
}

function wholeFile(file: SourceFile): SourceFile {
  let bytes: Promise<Uint8Array> | undefined;
  const readWhole = async (signal?: AbortSignal): Promise<Uint8Array> => {
    const whole = new Uint8Array(file.byteLength);
    await file.read(0, whole, signal);
    return whole;
  };
  const wholeBytes = (signal?: AbortSignal): Promise<Uint8Array> => {
    if (bytes) return bytes;
    const reading = readWhole(signal);
    bytes = reading;
    // The next read tries again: a signal or a broken connection ended this one.
    reading.catch(() => (bytes = undefined));
    return reading;
  };
  return {
    path: file.path,
    byteLength: file.byteLength,
    async read(begin, into, signal) {
      checkRange(file, begin, into.byteLength);
      const whole = wholeBytes(signal);
      // The bytes that came with opening, above all a checkpoint's header, do not wait for the
      // rest.
      if (begin + into.byteLength <= FIRST_BYTES) return await file.read(begin, into, signal);
      into.set((await whole).subarray(begin, begin + into.byteLength));
    },
  };
}
