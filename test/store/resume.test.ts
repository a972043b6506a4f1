/** Interrupted downloads: which bytes stay stored, and which are fetched again. */
import { beforeEach, describe, expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { PIECES } from "../../src/store/download/download.ts";
import type { Disk, Faults } from "../../testing/store/memory-directory.ts";
import {
  BODY,
  CHUNK,
  fakeSource,
  hashesOf,
  modelFiles,
  modelPaths,
  readAll,
  sha256Hex,
} from "../../testing/store/model-fixture.ts";
import type { FakeSource } from "../../testing/store/model-fixture.ts";
import { openStore, visit } from "../../testing/store/visit.ts";

const PIECE = CHUNK / PIECES;
/** Bytes that one request asks for. */
const REQUEST = 8 * CHUNK;
const FILES = modelFiles();
const LARGEST = "model-1.safetensors";
const TOTAL = modelPaths.reduce((sum, path) => sum + (FILES.get(path)?.byteLength ?? 0), 0);
/** Read to find the shards, and once more to be kept. */
const INDEX = FILES.get("model.safetensors.index.json")?.byteLength ?? 0;

let disk: Disk;
beforeEach(() => {
  disk = new Map();
});

const keep = (source: FakeSource, faults?: Faults) => visit(disk, source, faults);

/** Returns a source that fails after `bytes` bytes. */
const cutAfter = (bytes: number, version?: string): FakeSource => {
  const source: FakeSource = fakeSource(FILES, {
    version,
    before() {
      if (source.given() >= bytes) throw new WeightsError({ where: "net", what: "cut" });
    },
  });
  return source;
};

describe("resuming", () => {
  test.each([["1"], [undefined]])(
    "storedSource: cut half-way, version %s → continues from the cut",
    async (version) => {
      const first = cutAfter(190_000, version);
      await expect(keep(first)).rejects.toThrow("net: cut");
      const landed = (await (await openStore(disk)).list())[0]?.byteLength ?? 0;
      const second = fakeSource(FILES, { version });
      const stored = await keep(second);
      expect(await readAll(stored, modelPaths)).toEqual(hashesOf(FILES));
      // Without versions, one piece of each begun file is fetched twice, to see that the file is
      // the same.
      const extra = version === undefined ? 6 * PIECE : 0;
      expect(first.given() - INDEX - landed).toBeLessThanOrEqual(CHUNK);
      expect(second.given() - INDEX - (TOTAL - landed)).toBeGreaterThanOrEqual(0);
      expect(second.given() - INDEX - (TOTAL - landed)).toBeLessThanOrEqual(extra);
    },
  );

  test.each([["2"], [undefined]])(
    "storedSource: the file has changed, version %s → downloaded from the start, never mixed",
    async (version) => {
      await expect(keep(cutAfter(150_000, version && "1"))).rejects.toThrow("net: cut");
      const other = modelFiles(50);
      const stored = await keep(fakeSource(other, { version }));
      expect(await readAll(stored, modelPaths)).toEqual(hashesOf(other));
    },
  );

  test("storedSource: chunks that a power cut lost, although the journal lists them → fetched again", async () => {
    await expect(keep(cutAfter(150_000, "1"))).rejects.toThrow("net: cut");
    const part = [...disk].find(
      ([name, bytes]) => name.endsWith(".data") && bytes.byteLength > 10 * CHUNK,
    );
    part?.[1].fill(0, 2 * CHUNK, 4 * CHUNK);
    disk.set(part?.[0] ?? "", part?.[1].slice(0, -3) ?? new Uint8Array());
    const stored = await keep(fakeSource(FILES, { version: "1" }));
    expect(stored.isStored).toBe(true);
    expect(await readAll(stored, modelPaths)).toEqual(hashesOf(FILES));
  });

  test("list, delete: a download that was not finished → shown as such, and removed", async () => {
    await expect(keep(cutAfter(150_000, "1"))).rejects.toThrow("net: cut");
    const store = await openStore(disk);
    const [model, ...more] = await store.list();
    expect(more).toEqual([]);
    expect(model).toMatchObject({ name: "org/tiny@main", isComplete: false, storedAt: undefined });
    expect(model?.byteLength).toBeGreaterThan(100_000);
    await store.delete("org/tiny@main");
    expect([...disk.keys()]).toEqual([]);
  });

  test("list: a journal of whole chunks, as before pieces → its part is not counted, and is downloaded again", async () => {
    await expect(keep(cutAfter(150_000, "1"))).rejects.toThrow("net: cut");
    const all = (await (await openStore(disk)).list())[0]?.byteLength ?? 0;
    const [name = "", bytes = new Uint8Array()] =
      [...disk].find(([one, { byteLength }]) => one.endsWith(".journal") && byteLength > 16_000) ??
      [];
    disk.set(name, ofChunks(bytes));
    const store = await openStore(disk);
    expect((await store.list())[0]?.byteLength).toBeLessThan(all - 10 * CHUNK);
    const stored = await keep(fakeSource(FILES, { version: "1" }));
    expect(await readAll(stored, modelPaths)).toEqual(hashesOf(FILES));
    expect([...disk.keys()].filter((one) => one.endsWith(".journal"))).toEqual([]);
  });
});

/** The same journal with the header of its time. */
function ofChunks(journal: Uint8Array): Uint8Array {
  const length = new DataView(journal.buffer).getUint32(0);
  const { pieceBytes, ...names } = JSON.parse(
    Buffer.from(journal.subarray(4, 4 + length)).toString(),
  );
  const json = Buffer.from(JSON.stringify({ ...names, chunkBytes: pieceBytes * PIECES }));
  const head = Buffer.concat([Buffer.alloc(4), json]);
  head.writeUint32BE(json.byteLength);
  const old = Buffer.alloc(journal.byteLength);
  old.set(journal);
  old.set(Buffer.concat([head, Buffer.from(sha256Hex(head), "hex")]));
  return old;
}

describe("killed within a chunk", () => {
  /**
   * Downloads until each of four requests for the largest file is `bytes` behind its beginning, and
   * stops for good.
   */
  async function killedAt(bytes: number): Promise<FakeSource> {
    let hanging = 0;
    let kill = (): void => {};
    const killed = new Promise<void>((resolve) => (kill = resolve));
    const source = fakeSource(FILES, {
      version: "1",
      before(path, at) {
        if (path !== LARGEST || at % REQUEST < bytes) return undefined;
        if (++hanging === 4) kill();
        return new Promise(() => {});
      },
    });
    void keep(source);
    await killed;
    return source;
  }

  test("storedSource: killed twice in the same chunks → the pieces that were there are not asked for again", async () => {
    await killedAt(3 * PIECE + BODY);
    // Each of the four requests loses the bytes of its unfinished piece.
    const second = await killedAt(5 * PIECE + BODY);
    expect(second.given() - INDEX).toBe(4 * (2 * PIECE + BODY));
    const begins: number[] = [];
    const third = fakeSource(FILES, {
      version: "1",
      before: (path, at) => void (path === LARGEST && begins.push(at)),
    });
    const stored = await keep(third);
    expect(Math.min(...begins)).toBe(5 * PIECE);
    expect(begins.filter((at) => at % REQUEST < 5 * PIECE)).toEqual([]);
    expect(await readAll(stored, modelPaths)).toEqual(hashesOf(FILES));
  });

  test("storedSource: a store that does not answer → no more is downloaded than a kill may lose", async () => {
    let writes = 0;
    const source = fakeSource(FILES, { version: "1" });
    const stuck = new Promise<void>((resolve) => {
      void keep(source, {
        before(_, what) {
          if (what !== "write" || ++writes < 100) return undefined;
          resolve();
          return new Promise(() => {});
        },
      });
    });
    await stuck;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const landed = (await (await openStore(disk)).list())[0]?.byteLength ?? 0;
    expect(landed).toBeGreaterThan(CHUNK);
    const again = source.given() - INDEX - landed;
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThanOrEqual(CHUNK);
  });
});
