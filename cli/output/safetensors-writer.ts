// Tested by: test/cli/output/output-file.test.ts
/**
 * Writes safetensors of F32 tensors whose number and shapes are known only at the end.
 *
 * The header comes first in the file, so bodies go to a temporary file, beside the output or, if
 * that is a device or a pipe, among the system's temporary files. `writeWhole` puts all in place.
 */

import { createReadStream } from "node:fs";
import { open, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { outputPlace, unwritable, writeWhole } from "./output-file.ts";

export interface SafetensorsWriter {
  /** Appends bytes of the tensors that `add` will name, in the same order. */
  append(body: AsyncIterable<Buffer>): Promise<void>;
  add(name: string, shape: readonly number[]): void;
  /** Writes the file. */
  finish(metadata?: Readonly<Record<string, string>>): Promise<void>;
  /** Removes what is temporary; after `finish` there is nothing. */
  discard(): Promise<void>;
}

/** Begins a file. @throws InputError if it cannot be written */
export async function writeSafetensors(file: string): Promise<SafetensorsWriter> {
  const { kind, path: target } = await outputPlace(file);
  const near = kind === "file" ? target : path.join(tmpdir(), "vl-reward-trace");
  const bodyFile = `${near}.${process.pid}.body`;
  const body = await open(bodyFile, "wx").catch((cause: unknown) => unwritable(file, cause));
  const header = new Map<string, { dtype: "F32"; shape: number[]; data_offsets: number[] }>();
  let namedBytes = 0;
  let appendedBytes = 0;

  return {
    async append(pieces) {
      for await (const piece of pieces) appendedBytes += await appendAll(body, piece);
    },
    add(name, shape) {
      if (header.has(name)) throw new Error(`${file}: two tensors are named ${name}`);
      const end = namedBytes + 4 * shape.reduce((product, length) => product * length, 1);
      header.set(name, { dtype: "F32", shape: [...shape], data_offsets: [namedBytes, end] });
      namedBytes = end;
    },
    async finish(metadata) {
      await body.close();
      if (namedBytes !== appendedBytes) {
        throw new Error(`${file}: shapes take ${namedBytes} bytes, bodies have ${appendedBytes}`);
      }
      const own = metadata === undefined ? {} : { __metadata__: metadata };
      const json = JSON.stringify({ ...own, ...Object.fromEntries(header) });
      const jsonBytes = Buffer.from(json);
      // Writers pad the header with spaces, so that the tensors are aligned to 8 bytes.
      const padded = Buffer.alloc(Math.ceil(jsonBytes.length / 8) * 8, " ");
      jsonBytes.copy(padded);
      const begin = Buffer.alloc(8);
      begin.writeBigUInt64LE(BigInt(padded.length));
      await writeWhole(file, concatenate([begin, padded], bodyFile));
      await rm(bodyFile);
    },
    async discard() {
      await body.close().catch(() => {});
      await rm(bodyFile, { force: true });
    },
  };
}

async function appendAll(handle: FileHandle, piece: Buffer): Promise<number> {
  let written = 0;
  while (written < piece.length) {
    written += (await handle.write(piece, written)).bytesWritten;
  }
  return written;
}

async function* concatenate(first: readonly Buffer[], file: string): AsyncGenerator<Buffer> {
  yield* first;
  yield* createReadStream(file) as AsyncIterable<Buffer>;
}
