/** The reference set of a model that is kept: found without the network, in a copy too. */
import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { findReference, readingOf } from "../../../demo/engine/reference.ts";
import { REFERENCE_FILE, readReference } from "../../../src/reference/reference-file.ts";
import type { ModelStore } from "../../../src/store/model-store.ts";
import { storedSource } from "../../../src/store/read/stored-source.ts";
import type { Disk } from "../../../testing/store/memory-directory.ts";
import { CHUNK, fakeSource, modelFiles } from "../../../testing/store/model-fixture.ts";
import { openStore } from "../../../testing/store/visit.ts";

const SET = readFileSync(`weights/tiny-vl-reward/${REFERENCE_FILE}`);
/** What a reader of the file itself gets. */
const PUBLISHED = await readReference({
  path: REFERENCE_FILE,
  byteLength: SET.byteLength,
  read: async (begin, into) =>
    await Promise.resolve(into.set(SET.subarray(begin, begin + into.byteLength))),
});
const NAME = "org/tiny@main";

afterEach(() => vi.unstubAllGlobals());

/** Keeps a model, with these files besides the small ones, and opens the store again. */
async function keeping(
  name: string,
  extra: Record<string, Uint8Array>,
  disk: Disk = new Map(),
): Promise<{ store: ModelStore; disk: Disk }> {
  const files = new Map([...modelFiles(), ...Object.entries(extra)]);
  const source = fakeSource(files, { name, version: "1" });
  await storedSource(source, await openStore(disk), { chunkBytes: CHUNK });
  return { store: await openStore(disk), disk };
}

/** No network at all: a request fails the test. */
function cutOff(): ReturnType<typeof vi.fn> {
  const asked = vi.fn(() => Promise.reject(new TypeError("Failed to fetch")));
  vi.stubGlobal("fetch", asked);
  return asked;
}

test("reference: a kept model of any origin, offline → its set, with T and percentiles", async () => {
  const { store } = await keeping(NAME, { [REFERENCE_FILE]: SET });
  const asked = cutOff();
  const from = { from: NAME, weights: "stored", store, origin: "https://site" } as const;
  const set = await findReference(from);
  expect(set).toEqual(PUBLISHED);
  const mean = set?.picture?.normal.mean ?? new Float32Array();
  expect(mean.length).toBeGreaterThan(0);
  const input = { picture: mean, question: set?.pictureQuestion?.normal.mean ?? mean };
  const reading = readingOf(set, set?.quantiles.at(-1) ?? 0, input);
  expect(reading?.percentile).toBeGreaterThan(0.9);
  expect(reading?.ratio).toBeLessThan(1);
  expect(asked).not.toHaveBeenCalled();
});

test("reference: only the quantised copy is left → the set that is kept with it", async () => {
  const { store } = await keeping(`q4 of ${NAME}`, { [REFERENCE_FILE]: SET });
  const asked = cutOff();
  const from = { from: NAME, store, origin: "https://site" } as const;
  expect((await findReference({ ...from, weights: "q4" }))?.pairs).toBe(PUBLISHED.pairs);
  expect(await findReference({ ...from, weights: "q8" })).toBeUndefined();
  expect(asked).not.toHaveBeenCalled();
});

test("reference: a kept model that has none → none, without asking its server", async () => {
  const at = "https://site/model/";
  const { store } = await keeping(at, {});
  const asked = cutOff();
  const from = { from: at, weights: "stored", store, origin: "https://site" } as const;
  expect(await findReference(from)).toBeUndefined();
  expect(asked).not.toHaveBeenCalled();
});

test("reference: a model that an older page kept → the server of the page is asked", async () => {
  const at = "https://site/model/";
  const { store } = await keeping(at, {});
  const find = store.find.bind(store);
  store.find = async (name) => {
    const manifest = await find(name);
    return manifest && { ...manifest, absent: [] };
  };
  const asked = vi.fn(() => Promise.resolve(new Response(SET)));
  vi.stubGlobal("fetch", asked);
  const from = { from: at, weights: "stored", store, origin: "https://site" } as const;
  expect((await findReference(from))?.pairs).toBe(PUBLISHED.pairs);
  expect(asked).toHaveBeenCalledOnce();
});

test("reference: a kept set with flipped bits → an error, never other numbers", async () => {
  const { store, disk } = await keeping(NAME, { [REFERENCE_FILE]: SET });
  cutOff();
  const from = { from: NAME, weights: "stored", store, origin: undefined } as const;
  let flipped = 0;
  for (const data of disk.values()) {
    if (data.byteLength !== SET.byteLength) continue;
    data[SET.byteLength - 5] = (data[SET.byteLength - 5] ?? 0) ^ 1;
    flipped += 1;
  }
  expect(flipped).toBe(1);
  await expect(findReference(from)).rejects.toThrow(/reference\.safetensors/);
});
