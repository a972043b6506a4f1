// Tested by: test/cli/batch/batch.test.ts
/**
 * A file of results, or stdout: whole lines are appended, and a file can be cut.
 */

import { open, type FileHandle } from "node:fs/promises";
import { outputPlace, unwritable, writeStdout } from "../output/output-file.ts";

const NEWLINE = 10;
/** Bytes that are searched together for the end of the last whole line. */
const pieceBytes = 65_536;

export interface ResultFile {
  append(text: string): Promise<void>;
  /** Cuts the file after this many bytes. */
  cut(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens it at its last whole line, or empty if nothing is continued. @throws InputError */
export async function openResults(
  file: string | undefined,
  isContinued: boolean,
): Promise<ResultFile> {
  const place = await outputPlace(file ?? "-");
  if (place.kind === "stdout") {
    return {
      append: (text) => writeStdout(text).catch((cause: unknown) => unwritable("stdout", cause)),
      cut: async () => {},
      close: async () => {},
    };
  }
  let handle: FileHandle;
  let end = 0;
  const isFile = place.kind === "file";
  const name = file ?? "";
  try {
    handle = await open(place.path, isFile && isContinued && place.exists ? "r+" : "w");
    if (isFile) {
      end = await wholeLines(handle);
      await handle.truncate(end);
    }
  } catch (cause) {
    return unwritable(name, cause);
  }
  return {
    async append(text) {
      const bytes = Buffer.from(text);
      try {
        // A device or a pipe has no position to write at.
        if (!isFile) return await handle.appendFile(bytes);
        for (let done = 0; done < bytes.length;) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, end + done);
          done += bytesWritten;
        }
      } catch (cause) {
        unwritable(name, cause);
      }
      end += bytes.length;
    },
    async cut(bytes) {
      if (!isFile || bytes >= end) return;
      end = bytes;
      await handle.truncate(end).catch((cause: unknown) => unwritable(name, cause));
    },
    close: () => handle.close(),
  };
}

/** Returns the bytes up to the end of the last whole line. */
async function wholeLines(handle: FileHandle): Promise<number> {
  const piece = Buffer.alloc(pieceBytes);
  let { size: end } = await handle.stat();
  while (end > 0) {
    const begin = Math.max(0, end - pieceBytes);
    const { bytesRead } = await handle.read(piece, 0, end - begin, begin);
    const last = piece.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (last >= 0) return begin + last + 1;
    end = begin;
  }
  return 0;
}
