/** Runs in the page, for store.browser.test.ts: stores models that the test's server gives. */
import { httpSource } from "../../src/files/http/http-source.ts";
import { ModelStore } from "../../src/store/model-store.ts";
import { observedSource } from "../../src/store/download/observed-source.ts";
import { sha256, toHex } from "../../src/base/sha256.ts";
import { storedSource } from "../../src/store/read/stored-source.ts";

export interface Visit {
  readonly isStored: boolean;
  /** sha256 of each file as the engine would read it. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly netBytes: number;
  readonly followed: boolean;
  readonly warnings: readonly string[];
}

/** Small, so that small files have many chunks. Tests of the cost of a kill use real chunks. */
const CHUNK_BYTES = 65_536;

declare global {
  /** A function of the test that gets the count of received bytes: the page may be killed first. */
  var tellNetBytes: ((bytes: number) => void) | undefined;
}

const RETRY = { tries: 3, firstPauseMs: 10, maxPauseMs: 1000, stallMs: 5000 };

const source = (url: string) =>
  observedSource((fetch) => httpSource(url, { name: "org/test@main", fetch, retry: RETRY }));

/** Loads a model through the store and hashes what is read of it. */
export async function visit(
  url: string,
  paths: string[],
  chunkBytes: number = CHUNK_BYTES,
): Promise<Visit> {
  const store = await ModelStore.open();
  const warnings: string[] = [];
  let netBytes = 0;
  let followed = false;
  const stored = await storedSource(source(url), store, {
    chunkBytes,
    onWarning: (text) => warnings.push(text),
    onProgress(progress) {
      netBytes = progress.isFollowing ? netBytes : progress.netBytes;
      followed ||= progress.isFollowing;
      globalThis.tellNetBytes?.(netBytes);
    },
  });
  const hashes: Record<string, string> = {};
  for (const path of paths) {
    const file = await stored.open(path);
    if (file === undefined) continue;
    const bytes = new Uint8Array(file.byteLength);
    for (let at = 0; at < bytes.byteLength; at += 100_000) {
      await file.read(at, bytes.subarray(at, Math.min(at + 100_000, bytes.byteLength)));
    }
    hashes[path] = toHex(await sha256(bytes));
  }
  await stored.close();
  store.close();
  return { isStored: stored.isStored, hashes, netBytes, followed, warnings };
}

/** Begins a visit and does not wait for it: the test kills the page. */
export function begin(url: string, chunkBytes?: number): void {
  void visit(url, [], chunkBytes).catch(() => {});
}

/** Flips one bit of the largest stored file, then verifies and repairs. */
export async function flipAndRepair(
  url: string,
): Promise<{ found: unknown; repaired: boolean; after: boolean }> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle("vl-reward");
  let largest: { handle: FileSystemFileHandle; file: File } | undefined;
  for await (const handle of folder.values()) {
    if (handle.kind !== "file") continue;
    const file = await handle.getFile();
    if (largest === undefined || file.size > largest.file.size) largest = { handle, file };
  }
  if (largest === undefined) throw new Error("nothing is stored");
  const at = 200_001;
  const [byte = 0] = new Uint8Array(await largest.file.slice(at, at + 1).arrayBuffer());
  const stream = await largest.handle.createWritable({ keepExistingData: true });
  await stream.write({ type: "write", position: at, data: Uint8Array.of(byte ^ 16) });
  await stream.close();
  const store = await ModelStore.open();
  const { damaged } = await store.verify("org/test@main");
  const { ok } = await store.repair("org/test@main", { source: source(url) });
  const after = await store.verify("org/test@main");
  store.close();
  return { found: damaged, repaired: ok, after: after.ok };
}

export async function list(): Promise<{ name: string; isComplete: boolean; byteLength: number }[]> {
  const store = await ModelStore.open();
  const models = await store.list();
  store.close();
  return models.map(({ name, isComplete, byteLength }) => ({ name, isComplete, byteLength }));
}

export async function remove(): Promise<string[]> {
  const store = await ModelStore.open();
  await store.delete("org/test@main");
  store.close();
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle("vl-reward");
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  return names;
}

/** Returns the browser's storage estimate, as a page would request it. */
export async function space(): Promise<{
  persisted: boolean;
  estimate: { usedBytes: number; quotaBytes: number } | undefined;
}> {
  const store = await ModelStore.open();
  const answer = { persisted: await store.persist(), estimate: await store.estimate() };
  store.close();
  return answer;
}

/** Calls a function of this module in a worker. */
export async function inWorker(name: "visit" | "list", args: unknown[]): Promise<unknown> {
  const worker = new Worker(new URL("./store-worker.ts", import.meta.url), { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.addEventListener(
      "message",
      ({ data }: MessageEvent<{ result?: unknown; error?: string }>) =>
        data.error === undefined ? resolve(data.result) : reject(new Error(data.error)),
    );
    worker.addEventListener("error", (event) => reject(new Error(event.message)));
  });
  worker.postMessage({ name, args });
  return answer.finally(() => worker.terminate());
}
