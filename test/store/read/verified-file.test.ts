/** Reads of a stored file read each chunk of the store once, even if several reads meet in it. */
import { describe, expect, test } from "vitest";
import type { StoreFile } from "../../../src/store/layout/directory.ts";
import type { Manifest } from "../../../src/store/layout/manifest.ts";
import { sha256 } from "../../../src/base/sha256.ts";
import { verifiedFile } from "../../../src/store/read/verified-file.ts";
import type { VerifyMode } from "../../../src/store/read/verified-file.ts";
import type { SourceFile } from "../../../src/files/source.ts";

const CHUNK = 64;
const BYTES = Uint8Array.from({ length: 10 * CHUNK + 7 }, (_, i) => i * 31);

/** @param isEvicted the store has lost the bytes: the source has them */
async function storedFile(verify: VerifyMode = "first", isEvicted = false) {
  const chunkHashes = new Uint8Array(11 * 32);
  for (let chunk = 0; chunk < 11; chunk++) {
    const own = BYTES.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
    chunkHashes.set(await sha256(own), chunk * 32);
  }
  const stored = {
    path: "a",
    byteLength: BYTES.byteLength,
    etag: undefined,
    blob: "a",
    sha256: "",
    chunkHashes,
  };
  const manifest: Manifest = {
    source: "test",
    revision: undefined,
    storedAt: "",
    chunkBytes: CHUNK,
    files: [stored],
    absent: [],
  };
  const disk = { read: 0 };
  const blob = {
    read: async (at: number, into: Uint8Array) => {
      await Promise.resolve();
      disk.read += into.byteLength;
      into.set(BYTES.subarray(at, at + into.byteLength));
    },
  } as unknown as StoreFile;
  const remote: SourceFile = {
    path: "a",
    byteLength: BYTES.byteLength,
    async read(begin, into, signal) {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      into.set(BYTES.subarray(begin, begin + into.byteLength));
    },
  };
  const file = verifiedFile({
    manifest,
    stored,
    verify,
    openBlob: () => Promise.resolve(isEvicted ? undefined : blob),
    openRemote: () => Promise.resolve(isEvicted ? remote : undefined),
    onDamage: () => {},
  });
  const readAll = async (cuts: readonly number[]): Promise<void> => {
    await Promise.all(
      cuts.slice(1).map(async (end, i) => {
        const begin = cuts[i] ?? 0;
        const into = new Uint8Array(end - begin);
        await file.read(begin, into);
        expect(into).toEqual(BYTES.subarray(begin, end));
      }),
    );
  };
  return { file, disk, readAll };
}

describe("a stored file", () => {
  const cuts = [0, 10, 100, 230, 250, 400, 401, 640, BYTES.byteLength];

  test("parallel reads that meet within chunks → every byte of the store read once", async () => {
    const { disk, readAll } = await storedFile();
    await readAll(cuts);
    expect(disk.read).toBe(BYTES.byteLength);
  });

  test("one after the other, and two runs by turns, as of gate and up → every byte once", async () => {
    const { disk, readAll } = await storedFile();
    for (const [begin, end] of [
      [0, 100],
      [300, 390],
      [100, 210],
      [390, 480],
      [210, 300],
      [480, BYTES.byteLength],
    ] as const) {
      await readAll([begin, end]);
    }
    expect(disk.read).toBe(BYTES.byteLength);
  });

  test("verify all → each read reads and checks again", async () => {
    const { disk, readAll } = await storedFile("all");
    await readAll([0, CHUNK / 2]);
    await readAll([CHUNK / 2, CHUNK]);
    expect(disk.read).toBe(2 * CHUNK);
  });

  test("a read that is aborted while another waits for its chunk → the other has its bytes", async () => {
    const { file } = await storedFile("first", true);
    const stop = new AbortController();
    const aborted = file.read(0, new Uint8Array(10), stop.signal);
    const into = new Uint8Array(20);
    const other = file.read(10, into);
    stop.abort();
    await expect(aborted).rejects.toThrow("aborted");
    await other;
    expect(into).toEqual(BYTES.subarray(10, 30));
  });
});
