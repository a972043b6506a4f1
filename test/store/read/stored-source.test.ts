/** A model's way into the store and out of it, and everything that can go wrong on the way. */
import { beforeEach, describe, expect, test } from "vitest";
import { InputError, UnsupportedError, WeightsError } from "../../../src/errors.ts";
import { storedSource } from "../../../src/store/read/stored-source.ts";
import type { StoredSourceOptions, StoreProgress } from "../../../src/store/read/stored-source.ts";
import type { Disk, Faults } from "../../../testing/store/memory-directory.ts";
import {
  CHUNK,
  fakeSource,
  hashesOf,
  modelFiles,
  modelPaths,
  readAll,
  sha256Hex,
} from "../../../testing/store/model-fixture.ts";
import type { FakeSource } from "../../../testing/store/model-fixture.ts";
import { openStore, visit } from "../../../testing/store/visit.ts";

const FILES = modelFiles();
const TOTAL = [...hashesOf(FILES).keys()].reduce(
  (sum, path) => sum + (FILES.get(path)?.byteLength ?? 0),
  0,
);

let disk: Disk;
beforeEach(() => {
  disk = new Map();
});

const keep = (source: FakeSource, options?: StoredSourceOptions, faults?: Faults) =>
  visit(disk, source, faults, options);

/** Returns a source that must not be read. */
const offline = (): FakeSource =>
  fakeSource(FILES, {
    version: "1",
    before() {
      throw new WeightsError({ where: "net", what: "there is none" });
    },
  });

describe("a model that is new", () => {
  test("storedSource: first visit → right bytes; second visit → the same bytes, nothing from the network", async () => {
    const source = fakeSource(FILES, { version: "1" });
    const first = await keep(source);
    expect(first.isStored).toBe(true);
    expect(source.given()).toBe(
      TOTAL + (FILES.get("model.safetensors.index.json")?.byteLength ?? 0),
    );
    expect(await readAll(first, modelPaths)).toEqual(hashesOf(FILES));
    const again = offline();
    const second = await keep(again);
    expect(await readAll(second, modelPaths)).toEqual(hashesOf(FILES));
    expect(again.opened).toEqual([]);
    expect(again.given()).toBe(0);
  });

  test("storedSource: files that a model does not need → not downloaded; absent ones → absent, without asking", async () => {
    const source = fakeSource(FILES, { version: "1" });
    await keep(source);
    expect(source.opened).not.toContain("picture.png");
    const second = offline();
    const stored = await keep(second);
    expect(await stored.open("preprocessor_config.json")).toBeUndefined();
    expect(second.opened).toEqual([]);
  });

  test("storedSource: one file of weights → stored without an index", async () => {
    const files = new Map([...FILES].filter(([path]) => !path.startsWith("model")));
    files.set("model.safetensors", FILES.get("model-1.safetensors") ?? new Uint8Array());
    const source = fakeSource(files);
    const stored = await keep(source);
    expect(await readAll(stored, files.keys())).toEqual(
      new Map([...files].map(([path, bytes]) => [path, sha256Hex(bytes)])),
    );
    expect(source.opened).not.toContain("model.safetensors.index.json");
  });

  test("storedSource: a shard is missing → an error that names it, before the first shard is fetched", async () => {
    const files = new Map(FILES);
    files.delete("model-2.safetensors");
    const source = fakeSource(files);
    await expect(keep(source)).rejects.toThrow(
      /shards of the index are missing: model-2\.safetensors/,
    );
    expect(source.given()).toBeLessThan(CHUNK);
  });

  test("storedSource: progress → rises to the whole, from the network, then from the store", async () => {
    const seen: StoreProgress[] = [];
    await keep(fakeSource(FILES), { onProgress: (progress) => seen.push(progress) });
    const loaded = seen.map(({ loadedBytes }) => loadedBytes);
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({
      stage: "download",
      loadedBytes: TOTAL,
      totalBytes: TOTAL,
      netBytes: TOTAL,
      secondsLeft: 0,
    });
    seen.length = 0;
    await keep(offline(), { onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([
      expect.objectContaining({ loadedBytes: TOTAL, netBytes: 0, cached: true }),
    ]);
  });
});

describe("hashes of the hub", () => {
  const known = hashesOf(FILES);

  test("storedSource: hashes that fit → stored under them, in the manifest", async () => {
    await keep(fakeSource(FILES), { hashes: async () => known });
    const store = await openStore(disk);
    const [model] = await store.list();
    const hashes = new Map(model?.files.map(({ path, sha256 }) => [path, sha256]));
    expect(hashes).toEqual(known);
    expect(disk.has(`${known.get("model-1.safetensors")}.data`)).toBe(true);
  });

  test("storedSource: another hash → a typed error, nothing committed, the part thrown away", async () => {
    const wrong = new Map(known).set("model-1.safetensors", "ab".repeat(32));
    await expect(keep(fakeSource(FILES), { hashes: async () => wrong })).rejects.toThrow(
      /model-1\.safetensors: the download is not the file that the server describes: expected (ab){32}, got sha256 [0-9a-f]{64}/,
    );
    const store = await openStore(disk);
    expect(await store.has("org/tiny@main")).toBe(false);
    expect([...disk.keys()].some((name) => name.startsWith("abab"))).toBe(false);
  });

  test("storedSource: a second model with the same files → shared, not fetched again; deleting one leaves the other", async () => {
    await keep(fakeSource(FILES), { hashes: async () => known });
    const twin = fakeSource(FILES, { name: "org/twin@main" });
    const stored = await keep(twin, { hashes: async () => known });
    expect(twin.given()).toBeLessThan(CHUNK);
    const store = await openStore(disk);
    expect((await store.list()).map(({ ownBytes }) => ownBytes)).toEqual([0, 0]);
    await store.delete("org/tiny@main");
    expect(await readAll(stored, modelPaths)).toEqual(hashesOf(FILES));
    expect(await store.list()).toMatchObject([{ byteLength: TOTAL, ownBytes: TOTAL }]);
    await store.delete("org/twin@main");
    expect([...disk.keys()]).toEqual([]);
  });
});

describe("aborting", () => {
  test("storedSource: an abort at 40 random places → its reason, although the source hangs; stored bytes stay", async () => {
    for (let place = 0; place < 40; place++) {
      disk = new Map();
      const abort = new AbortController();
      const source: FakeSource = fakeSource(FILES, {
        version: "1",
        // From then on the source hangs, and does not even look at the signal.
        before: () =>
          source.given() > place * 5000
            ? new Promise(() => {
                abort.abort(new Error("enough"));
              })
            : undefined,
      });
      await expect(keep(source, { signal: abort.signal })).rejects.toThrow("enough");
    }
    const stored = await keep(fakeSource(FILES, { version: "1" }));
    expect(await readAll(stored, modelPaths)).toEqual(hashesOf(FILES));
  });

  test("storedSource: aborted before → nothing is asked", async () => {
    const source = fakeSource(FILES);
    await expect(keep(source, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow(
      "before",
    );
    expect(source.opened).toEqual([]);
  });

  test("storedSource: an abort while another writes → its reason, and the other continues", async () => {
    const store = await openStore(disk);
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const writer = storedSource(fakeSource(FILES, { before: () => gate }), store, {
      chunkBytes: CHUNK,
    });
    const abort = new AbortController();
    const waiter = storedSource(offline(), store, { chunkBytes: CHUNK, signal: abort.signal });
    setTimeout(() => abort.abort(new Error("enough")), 20);
    await expect(waiter).rejects.toThrow("enough");
    release();
    expect((await writer).isStored).toBe(true);
  });
});

describe("many together", () => {
  test("storedSource: 4 callers → one download, the others follow it and open the same", async () => {
    const store = await openStore(disk);
    const sources = [1, 2, 3, 4].map(() =>
      fakeSource(FILES, {
        version: "1",
        before: () => new Promise((resolve) => setTimeout(resolve, 2)),
      }),
    );
    const followed: boolean[] = [];
    const stored = await Promise.all(
      sources.map((source, i) =>
        storedSource(source, store, {
          chunkBytes: CHUNK,
          onProgress: ({ isFollowing }) => (followed[i] ||= isFollowing),
        }),
      ),
    );
    expect(sources.map((source) => source.given() > 0).filter(Boolean)).toHaveLength(1);
    expect(followed.filter(Boolean)).toHaveLength(3);
    for (const one of stored) expect(await readAll(one, modelPaths)).toEqual(hashesOf(FILES));
  });

  test("storedSource: the writer fails while another waits → the waiter continues the download", async () => {
    const store = await openStore(disk);
    const failing: FakeSource = fakeSource(FILES, {
      version: "1",
      async before() {
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (failing.given() > 100_000) throw new WeightsError({ where: "net", what: "cut" });
      },
    });
    const writer = storedSource(failing, store, { chunkBytes: CHUNK });
    const source = fakeSource(FILES, { version: "1" });
    const waiter = storedSource(source, store, { chunkBytes: CHUNK });
    await expect(writer).rejects.toThrow("net: cut");
    expect(await readAll(await waiter, modelPaths)).toEqual(hashesOf(FILES));
    expect(source.given()).toBeLessThan(TOTAL - 70_000);
  });
});

describe("the store refuses", () => {
  test.each([0, 1000, TOTAL / 2, TOTAL * 0.99])(
    "storedSource: quota of %d bytes → the source itself, a warning, and no half model",
    async (quotaBytes) => {
      const warnings: string[] = [];
      const source = fakeSource(FILES, { version: "1" });
      const stored = await keep(
        source,
        { onWarning: (text) => warnings.push(text) },
        { quotaBytes },
      );
      expect(stored.isStored).toBe(false);
      expect(warnings).toEqual([
        expect.stringMatching(/org\/tiny@main: read without being kept.*gives no more space/),
      ]);
      expect(await readAll(stored, modelPaths)).toEqual(hashesOf(FILES));
      const store = await openStore(disk);
      expect(await store.list()).toEqual([]);
      expect([...disk.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0)).toBe(0);
    },
  );
});

describe("a model in the store", () => {
  test("verify, repair, verify mode: unknown names → input errors", async () => {
    const store = await openStore(disk);
    await expect(store.verify("x/y@main")).rejects.toThrow(InputError);
    await expect(store.repair("x/y@main")).rejects.toThrow(
      /there is no such model, got "x\/y@main"/,
    );
    await store.delete("x/y@main");
  });

  test("list, verify, repair, delete: a file system that fails → an error that says what to do", async () => {
    await keep(fakeSource(FILES));
    const store = await openStore(disk, {
      before(_, what) {
        if (what !== "byteLength" && what !== "close")
          throw new DOMException("in use", "NoModificationAllowedError");
      },
    });
    const name = "org/tiny@main";
    for (const call of [
      store.list(),
      store.has(name),
      store.verify(name),
      store.repair(name),
      store.delete(name),
    ]) {
      await expect(call).rejects.toThrow(UnsupportedError);
      await expect(call).rejects.toThrow(
        /model store: the store cannot be listed \(NoModificationAllowedError: in use\)\. Close other tabs/,
      );
    }
  });

  test("verify, repair: 5 flipped bits and a file too long → each chunk is named, fetched again, and good", async () => {
    await keep(fakeSource(FILES, { version: "1" }));
    const [name = "", bytes = new Uint8Array()] =
      [...disk].find(([, one]) => one.byteLength === 20 * CHUNK - 1) ?? [];
    for (const at of [0, CHUNK - 1, CHUNK, 7 * CHUNK + 5, 20 * CHUNK - 2])
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    disk.set(name, Buffer.concat([bytes, Buffer.of(1, 2, 3)]));
    const store = await openStore(disk);
    const { ok, damaged } = await store.verify("org/tiny@main");
    expect(ok).toBe(false);
    expect(damaged.map(({ path, begin }) => [path, begin / CHUNK])).toEqual([
      ["model-2.safetensors", 0],
      ["model-2.safetensors", 1],
      ["model-2.safetensors", 7],
      ["model-2.safetensors", 19],
      ["model-2.safetensors", 20 - 1 / CHUNK],
    ]);
    const source = fakeSource(FILES, { version: "1" });
    expect((await store.repair("org/tiny@main", { source })).ok).toBe(true);
    expect(source.given()).toBe(4 * CHUNK - 1);
    expect(await readAll(await keep(offline()), modelPaths)).toEqual(hashesOf(FILES));
  });

  test("repair: the source has another version now → refused, nothing is written", async () => {
    await keep(fakeSource(FILES, { version: "1" }));
    const [, bytes = new Uint8Array()] =
      [...disk].find(([, one]) => one.byteLength === 20 * CHUNK - 1) ?? [];
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    const before = sha256Hex(bytes);
    const store = await openStore(disk);
    await expect(
      store.repair("org/tiny@main", { source: fakeSource(modelFiles(60)) }),
    ).rejects.toThrow(
      /model-2\.safetensors: the source has another version of the file than the store\. Delete/,
    );
    expect([...disk.values()].map(sha256Hex)).toContain(before);
  });

  test("storedSource: a damaged model without a source → the read fails, with what to do", async () => {
    await keep(fakeSource(FILES, { version: "1" }));
    const [, bytes = new Uint8Array()] =
      [...disk].find(([, one]) => one.byteLength === 20 * CHUNK - 1) ?? [];
    bytes[3 * CHUNK] = (bytes[3 * CHUNK] ?? 0) ^ 128;
    const stored = await keep(fakeSource(new Map()));
    const file = await stored.open("model-2.safetensors");
    await file?.read(0, new Uint8Array(3 * CHUNK));
    await expect(file?.read(3 * CHUNK - 1, new Uint8Array(2))).rejects.toThrow(
      /org\/tiny@main, model-2\.safetensors: the stored copy is damaged in bytes 12,288 to 16,384\. Repair/,
    );
  });

  test("storedSource: a damaged chunk read piece by piece → every piece is the source's", async () => {
    await keep(fakeSource(FILES, { version: "1" }));
    const [, bytes = new Uint8Array()] =
      [...disk].find(([, one]) => one.byteLength === 20 * CHUNK - 1) ?? [];
    const at = 3 * CHUNK + 5;
    bytes[at] = (bytes[at] ?? 0) ^ 128;
    const stored = await keep(fakeSource(FILES, { version: "1" }));
    const file = await stored.open("model-2.safetensors");
    // The last chunk that was read is remembered; others between make it be read again.
    for (const begin of [at - 1, 0, at - 2, 0, at]) {
      const piece = new Uint8Array(3);
      await file?.read(begin, piece);
      expect(piece).toEqual(FILES.get("model-2.safetensors")?.slice(begin, begin + 3));
    }
  });

  test("list: one model → its name, revision, files and bytes", async () => {
    await keep(fakeSource(FILES));
    const [model] = await (await openStore(disk)).list();
    expect(model).toMatchObject({
      name: "org/tiny@main",
      revision: "main",
      isComplete: true,
      byteLength: TOTAL,
    });
    expect(Date.parse(model?.storedAt ?? "")).toBeGreaterThan(Date.now() - 60_000);
    expect(model?.files.map(({ path }) => path)).toEqual(
      [...modelPaths].toSorted((a, b) => order(a) - order(b)),
    );
  });

  test("storedSource: evicted bytes → downloaded again on the next visit; the rest is not", async () => {
    await keep(fakeSource(FILES, { version: "1" }));
    const [name] = [...disk].find(([, bytes]) => bytes.byteLength === 20 * CHUNK - 1) ?? [""];
    disk.delete(name);
    const source = fakeSource(FILES, { version: "1" });
    expect(await readAll(await keep(source), modelPaths)).toEqual(hashesOf(FILES));
    expect(source.given()).toBeLessThan(21 * CHUNK);
  });

  test("storedSource: evicted under an open model → read from the source, checked, with a warning", async () => {
    const warnings: string[] = [];
    const store = await openStore(disk);
    const source = fakeSource(FILES, { version: "1" });
    const stored = await storedSource(source, store, {
      chunkBytes: CHUNK,
      onWarning: (text) => warnings.push(text),
    });
    disk.clear();
    expect(await readAll(stored, modelPaths)).toEqual(hashesOf(FILES));
    expect(warnings).toEqual([expect.stringContaining("the stored copy is damaged")]);
  });

  test("storedSource: read and close → every file is closed once", async () => {
    const open: string[] = [];
    const store = await openStore(disk, {
      before: (_, what) => void (what === "open" || what === "close" ? open.push(what) : 0),
    });
    const stored = await storedSource(fakeSource(FILES), store, { chunkBytes: CHUNK });
    open.length = 0;
    await readAll(stored, modelPaths);
    await stored.close();
    expect(open.filter((what) => what === "open")).toHaveLength(
      open.filter((what) => what === "close").length,
    );
  });
});

function order(path: string): number {
  const small = ["config.json", "tokenizer.json", "chat_template.jinja", "value_head.safetensors"];
  const at = small.indexOf(path);
  return at >= 0 ? at : path.endsWith(".json") ? 10 : 20;
}
