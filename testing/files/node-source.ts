/**
 * Sources for tests in Node: a folder of this machine, and files made in memory.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { checkRange } from "../../src/files/source.ts";
import type { Source, SourceFile } from "../../src/files/source.ts";

/** A folder of this machine. */
export function fileSystemSource(dir: string): Source {
  return {
    name: dir,
    list: async () => readdirSync(dir),
    async open(path) {
      const full = join(dir, path);
      if (!existsSync(full) || !statSync(full).isFile()) return undefined;
      const file: SourceFile = {
        path,
        byteLength: statSync(full).size,
        async read(begin, into) {
          checkRange(file, begin, into.byteLength);
          const handle = await open(full);
          try {
            let done = 0;
            while (done < into.byteLength) {
              const left = into.byteLength - done;
              const { bytesRead } = await handle.read(into, done, left, begin + done);
              if (bytesRead === 0) throw new Error(`${full} shrank while it was read`);
              done += bytesRead;
            }
          } finally {
            await handle.close();
          }
        },
      };
      return file;
    },
  };
}

/** A file in memory. */
export function memoryFile(path: string, bytes: Uint8Array): SourceFile {
  const file: SourceFile = {
    path,
    byteLength: bytes.byteLength,
    async read(begin, into) {
      checkRange(file, begin, into.byteLength);
      into.set(bytes.subarray(begin, begin + into.byteLength));
    },
  };
  return file;
}

/** Returns a folder in memory; texts are stored as UTF-8. */
export function memorySource(files: Readonly<Record<string, Uint8Array | string>>): Source {
  const byPath = new Map(Object.entries(files));
  return {
    name: "folder",
    list: async () => [...byPath.keys()].filter((path) => !path.includes("/")),
    async open(path) {
      const content = byPath.get(path);
      if (content === undefined) return undefined;
      return memoryFile(path, typeof content === "string" ? Buffer.from(content) : content);
    },
  };
}
