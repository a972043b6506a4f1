/**
 * Runs in the page, for far-bytes.browser.test.ts: reads at offsets past 4 GiB by every way that
 * there is.
 */
import { filesSource } from "../../src/files/files-source.ts";
import { httpSource } from "../../src/files/http/http-source.ts";
import type { SourceFile } from "../../src/files/source.ts";
import { opfsDirectory } from "../../src/store/layout/opfs-directory.ts";
import { sha256 } from "../../src/base/sha256.ts";
import { verifiedFile } from "../../src/store/read/verified-file.ts";
import { FAR_BYTES, FAR_LENGTH, FAR_PLACES, fillFar } from "./far-bytes.ts";

const NAME = "far.bin";
const FOLDER = "far-bytes-test";
const CHUNK_BYTES = 65_536;

async function readFar(file: Pick<SourceFile, "read"> | undefined): Promise<number[][]> {
  const found: number[][] = [];
  for (const begin of FAR_PLACES) {
    const bytes = new Uint8Array(FAR_LENGTH);
    await file?.read(begin, bytes);
    found.push([...bytes]);
  }
  return found;
}

export async function fromServer(url: string): Promise<number[][]> {
  return await readFar(await httpSource(url).open(NAME));
}

/** Reads the file that an `<input>` was given. */
export async function fromDisk(): Promise<number[][]> {
  const files = document.querySelector("input")?.files ?? [];
  return await readFar(await filesSource([...files]).open(NAME));
}

/**
 * Writes the chunks that are read into the store's directory, and reads them as a stored model's.
 */
export async function fromStore(): Promise<number[][]> {
  const directory = await opfsDirectory(FOLDER);
  const chunks = new Set(
    FAR_PLACES.flatMap((begin) =>
      [begin, begin + FAR_LENGTH - 1].map((at) => Math.floor(at / CHUNK_BYTES)),
    ),
  );
  const chunkHashes = new Uint8Array((FAR_BYTES / CHUNK_BYTES) * 32);
  const written = await directory.create(NAME);
  for (const chunk of chunks) {
    const bytes = new Uint8Array(CHUNK_BYTES);
    fillFar(chunk * CHUNK_BYTES, bytes);
    await written.write(chunk * CHUNK_BYTES, bytes);
    chunkHashes.set(await sha256(bytes), chunk * 32);
  }
  await written.close();
  const blob = await directory.open(NAME);
  const file = verifiedFile({
    manifest: {
      source: "far",
      revision: undefined,
      storedAt: "",
      chunkBytes: CHUNK_BYTES,
      files: [],
      absent: [],
    },
    stored: {
      path: NAME,
      byteLength: FAR_BYTES,
      sha256: "",
      etag: undefined,
      blob: "",
      chunkHashes,
    },
    verify: "first",
    openBlob: async () => blob,
    openRemote: async () => undefined,
    onDamage() {},
  });
  try {
    return await readFar(file);
  } finally {
    await blob?.close();
    await directory.remove(NAME);
    directory.close();
  }
}

/** The same with sync access handles. */
export async function fromStoreInWorker(): Promise<unknown> {
  const worker = new Worker(new URL("./far-bytes-worker.ts", import.meta.url), { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<unknown>) => resolve(data));
    worker.addEventListener("error", (event) => reject(new Error(event.message)));
  });
  return await answer.finally(() => worker.terminate());
}
