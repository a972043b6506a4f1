/**
 * Small files are read whole, from the first read on: a checkpoint of a few megabytes has hundreds of tensors, and a request
 * over HTTP for each would take longer than all of its bytes. Large files are left alone, and those that opening brings along.
 */
import { FIRST_BYTES } from "./http/http-open.ts";
import { checkRange } from "./source.ts";
import type { Source, SourceFile } from "./source.ts";

/** What counts as small: as much of a file as may lie in JavaScript's memory. */
export const SMALL_BYTES: number = 8 * 2 ** 20;

/** The same folder, its small files read in one piece. */
export function smallFilesWhole(source: Source): Source {
  return {
    name: source.name,
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
    // The next read tries again: a signal or a broken line ended this one.
    reading.catch(() => (bytes = undefined));
    return reading;
  };
  return {
    path: file.path,
    byteLength: file.byteLength,
    async read(begin, into, signal) {
      checkRange(file, begin, into.byteLength);
      const whole = wholeBytes(signal);
      // What opening has brought along, a checkpoint's header above all, does not wait for the rest, which is on its way.
      if (begin + into.byteLength <= FIRST_BYTES) return await file.read(begin, into, signal);
      into.set((await whole).subarray(begin, begin + into.byteLength));
    },
  };
}
