// Tested by: test/cli/commands/export-web.gpu.test.ts
/**
 * Writes a shard of an export: safetensors whose header has a hash of every chunk of the tensors.
 * The tensors are written first, and the header, whose length is known, when their hashes are.
 */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { HASH_BYTES } from "../../src/checkpoint/checked-file.ts";
import type { Shard } from "./shards.ts";

/**
 * Writes the file, which must not exist.
 * @param metadata what its header says besides the hashes
 * @returns its length
 */
export async function writeShard(
  path: string,
  { tensors, chunkBytes }: Shard,
  metadata: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const bodyBytes = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const hashes = Buffer.alloc(Math.ceil(bodyBytes / chunkBytes) * HASH_BYTES);
  const header = (): Buffer =>
    headerOf(tensors, { ...metadata, chunks: hashes.toString("base64") });
  const headerBytes = header().length;
  const handle = await open(path, "wx");
  try {
    const hasher = new ChunkHasher(chunkBytes, hashes);
    let at = headerBytes;
    for (const tensor of tensors) {
      const begin = at;
      for await (const piece of tensor.read(signal)) {
        signal.throwIfAborted();
        hasher.add(piece);
        await handle.write(piece, 0, piece.length, at);
        at += piece.length;
      }
      if (at - begin !== tensor.byteLength) {
        throw new Error(`${tensor.name}: ${at - begin} bytes in place of ${tensor.byteLength}`);
      }
    }
    hasher.end();
    await handle.write(header(), 0, headerBytes, 0);
    await handle.sync();
    return headerBytes + bodyBytes;
  } finally {
    await handle.close();
  }
}

/** Hashes bytes in chunks, whatever pieces they come in. */
class ChunkHasher {
  readonly #chunkBytes: number;
  readonly #hashes: Buffer;
  #chunk = 0;
  #filled = 0;
  #hash = createHash("sha256");

  constructor(chunkBytes: number, hashes: Buffer) {
    this.#chunkBytes = chunkBytes;
    this.#hashes = hashes;
  }

  add(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      const part = piece.subarray(at, at + this.#chunkBytes - this.#filled);
      this.#hash.update(part);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#chunkBytes) this.end();
    }
  }

  /** Ends a chunk, the last one of a file too. */
  end(): void {
    if (this.#filled === 0) return;
    this.#hashes.set(this.#hash.digest().subarray(0, HASH_BYTES), this.#chunk * HASH_BYTES);
    this.#hash = createHash("sha256");
    this.#filled = 0;
    this.#chunk += 1;
  }
}

/** Returns length and JSON, padded with spaces, so that tensors begin at a multiple of 8. */
function headerOf(tensors: Shard["tensors"], metadata: Readonly<Record<string, string>>): Buffer {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape, byteLength }) => {
    const begin = end;
    end += byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const text = Buffer.from(
    JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }),
  );
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, " ");
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  text.copy(bytes, 8);
  return bytes;
}
