// Tested by: test/cli/commands/eval.test.ts
/** Opens the files that a command names: by ranges, or whole as text; `-` is stdin. */

import { open, readFile, stat } from "node:fs/promises";
import { InputError } from "../../src/errors.ts";
import type { NamedFile } from "../../src/rows/table-file.ts";
import { readParquet } from "../tables/parquet.ts";

/** Opens a file for reading by ranges; `-` is stdin. @throws InputError if there is none */
export async function namedFile(file: string): Promise<NamedFile> {
  if (file === "-") {
    const all = new Uint8Array(await readStdin());
    return { name: "stdin", bytes: all.buffer, readParquet };
  }
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isFile() !== true) {
    const what = stats === undefined ? "there is no such file" : "is not a file";
    throw new InputError({ where: file, what, todo: "Check the path" });
  }
  const slice = async (start: number, end = stats.size): Promise<ArrayBuffer> => {
    const handle = await open(file);
    try {
      const buffer = Buffer.alloc(end - start);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
      return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead);
    } finally {
      await handle.close();
    }
  };
  return { name: file, bytes: { byteLength: stats.size, slice }, readParquet };
}

async function readStdin(): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Reads a text file; `-` is stdin. @throws InputError if it cannot be read */
export async function readText(file: string): Promise<string> {
  if (file === "-") return (await readStdin()).toString("utf8");
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new InputError({ where: file, what: "cannot be read", todo: "Check the path", cause });
  });
}
