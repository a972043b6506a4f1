/**
 * A small model as a source, its bytes made from a seed, that counts what is read from it.
 */
import { createHash } from "node:crypto";
import { checkRange } from "../../src/files/source.ts";
import type { Source } from "../../src/files/source.ts";
import type { RemoteFile } from "../../src/store/download/download.ts";

/** Chunks of the tests: small, so that small files have many. */
export const CHUNK = 4096;
/** The most bytes in a piece of a body: the same share of a chunk as 64 KiB of 1 MiB. */
export const BODY: number = CHUNK / 16;

/** Numbers from 0 to 1 that depend on the seed alone. */
export function random(seed: number): () => number {
  let state = seed + 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function bytesOf(seed: number, byteLength: number): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length: byteLength }, () => Math.floor(next() * 256));
}

/** Two shards, an index and small files; 55 chunks, the last of each shard not whole. */
export function modelFiles(
  seed = 1,
  shards: readonly [number, number] = [30, 20],
): Map<string, Uint8Array> {
  const index = { weight_map: { a: "model-1.safetensors", b: "model-2.safetensors" } };
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  return new Map([
    ["config.json", json({ seed })],
    ["tokenizer.json", bytesOf(seed + 1, CHUNK)],
    ["chat_template.jinja", new Uint8Array()],
    ["value_head.safetensors", bytesOf(seed + 2, 100)],
    ["model.safetensors.index.json", json(index)],
    ["model-1.safetensors", bytesOf(seed + 3, shards[0] * CHUNK + 17)],
    ["model-2.safetensors", bytesOf(seed + 4, shards[1] * CHUNK - 1)],
    ["picture.png", bytesOf(seed + 5, 9000)],
  ]);
}

export interface FakeSource extends Source {
  /** Bytes that were given. */
  readonly given: () => number;
  /** Paths that were opened. */
  readonly opened: readonly string[];
}

export interface FakeOptions {
  readonly name?: string;
  /** The version that files report; undefined if they report none. */
  readonly version?: string | undefined;
  readonly sha256?: ReadonlyMap<string, string>;
  /** The most bytes in a piece of a body, `BODY` by default. */
  readonly bodyBytes?: number;
  /** Called before bytes are given, with their path and place; throws, or never resolves. */
  before?(path: string, at: number): Promise<void> | void;
}

export function fakeSource(
  files: ReadonlyMap<string, Uint8Array>,
  options: FakeOptions = {},
): FakeSource {
  const { name = "org/tiny@main", version, bodyBytes = BODY } = options;
  const opened: string[] = [];
  let given = 0;
  return {
    name,
    given: () => given,
    opened,
    async open(path, signal) {
      signal?.throwIfAborted();
      opened.push(path);
      const bytes = files.get(path);
      if (bytes === undefined) return undefined;
      const file: RemoteFile = {
        path,
        byteLength: bytes.byteLength,
        version,
        sha256: options.sha256?.get(path),
        async read(begin, into, signal_, onBytes) {
          checkRange(file, begin, into.byteLength);
          for (let at = 0; at < into.byteLength; at += bodyBytes) {
            await options.before?.(path, begin + at);
            signal_?.throwIfAborted();
            const end = Math.min(at + bodyBytes, into.byteLength);
            into.set(bytes.subarray(begin + at, begin + end), at);
            given += end - at;
            await onBytes?.(end);
          }
        },
      };
      return file;
    },
  };
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** All bytes of a source's files, read in pieces of odd lengths, as sha256 by path. */
export async function readAll(
  source: Source,
  paths: Iterable<string>,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const path of paths) {
    const file = await source.open(path);
    if (file === undefined) continue;
    const bytes = new Uint8Array(file.byteLength);
    for (let at = 0; at < bytes.byteLength;) {
      const end = Math.min(bytes.byteLength, at + 7001);
      await file.read(at, bytes.subarray(at, end));
      at = end;
    }
    hashes.set(path, sha256Hex(bytes));
  }
  return hashes;
}

/** The result of `readAll` if every byte is right. */
export function hashesOf(files: ReadonlyMap<string, Uint8Array>): Map<string, string> {
  return new Map(
    [...files]
      .filter(([path]) => path !== "picture.png")
      .map(([path, bytes]) => [path, sha256Hex(bytes)]),
  );
}

export const modelPaths: readonly string[] = [...modelFiles().keys()].filter(
  (path) => path !== "picture.png",
);
