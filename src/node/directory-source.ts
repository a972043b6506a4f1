// Tested by: test/node/directory-source.test.ts
/** A folder of this machine as a source. */
import { open, readdir, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { WeightsError } from "../errors.ts";
import { checkRange, isInside } from "../files/source.ts";
import type { Source, SourceFile } from "../files/source.ts";

/**
 * Returns a folder of this machine, for `RewardModel.fromPretrained`. A file is opened at its first
 * read and closed with the model.
 * @throws WeightsError when a file is read, if it cannot be
 */
export function directorySource(folder: string): Source {
  return {
    name: folder,
    async list() {
      const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
        throw unreadable(folder, cause);
      });
      return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    },
    async open(name, signal) {
      signal?.throwIfAborted();
      if (!isInside(name)) return undefined;
      const full = path.join(folder, name);
      const stats = await stat(full).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
        throw unreadable(full, cause);
      });
      return stats?.isFile() === true ? diskFile(full, name, stats.size) : undefined;
    },
  };
}

function diskFile(full: string, name: string, byteLength: number): SourceFile {
  let opening: Promise<FileHandle> | undefined;
  const file: SourceFile = {
    path: name,
    byteLength,
    async read(begin, into, signal) {
      checkRange(file, begin, into.byteLength);
      try {
        opening ??= open(full);
        const handle = await opening;
        for (let done = 0; done < into.byteLength;) {
          signal?.throwIfAborted();
          const left = into.byteLength - done;
          const { bytesRead } = await handle.read(into, done, left, begin + done);
          if (bytesRead === 0) throw new Error("it became shorter while it was read");
          done += bytesRead;
        }
      } catch (cause) {
        signal?.throwIfAborted();
        throw unreadable(full, cause);
      }
    },
    async close() {
      const handle = await opening?.catch(() => undefined);
      opening = undefined;
      await handle?.close();
    },
  };
  return file;
}

function unreadable(where: string, cause: unknown): WeightsError {
  const got = cause instanceof Error ? cause.message : String(cause);
  const todo = "Check that it is there, whole, and that this user may read it";
  return new WeightsError({ where, what: "cannot be read", got, todo, cause });
}
