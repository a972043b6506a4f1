// Tested by: test/cli/commands/export.test.ts
/**
 * A folder of this machine as a source, for commands that read files in Node.
 */

import { open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { WeightsError } from "../../src/errors.ts";
import type { Source, SourceFile } from "../../src/files/source.ts";

/** Returns a folder as a source; messages call it `name`. */
export function localSource(folder: string): Source {
  return {
    name: folder,
    open: (file) => openLocal(path.join(folder, file), file),
  };
}

/** Opens a file; returns undefined if it does not exist. Messages call it `shownAs`. */
export async function openLocal(
  file: string,
  shownAs: string = file,
): Promise<SourceFile | undefined> {
  const stats = await stat(file).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  return {
    path: shownAs,
    byteLength: stats.size,
    async read(begin, into, signal) {
      signal?.throwIfAborted();
      const handle = await open(file);
      try {
        let done = 0;
        while (done < into.byteLength) {
          const left = into.byteLength - done;
          const { bytesRead } = await handle.read(into, done, left, begin + done);
          if (bytesRead === 0) throw endsEarly(shownAs, begin + done, begin + into.byteLength);
          done += bytesRead;
        }
      } finally {
        await handle.close();
      }
    },
  };
}

/** Paths of all files of a folder and those below, with slashes, sorted. */
export async function listFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.map((entry) => entry.split(path.sep).join("/")).toSorted();
}

function endsEarly(where: string, got: number, wanted: number): WeightsError {
  return new WeightsError({
    where,
    what: "ends early",
    got: `${got.toLocaleString("en-US")} bytes`,
    expected: `${wanted.toLocaleString("en-US")} bytes or more`,
    todo: "Get the file again",
  });
}
