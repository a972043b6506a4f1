/**
 * The quantised copy of a model in the store: the same bits as the files that it was made of, or
 * those files.
 */
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fileBelow, serveFile } from "../../../cli/chrome/serve-file.ts";
import { WeightsError } from "../../../src/errors.ts";
import { readBack } from "../../../src/gpu/read-back.ts";
import { loadModel } from "../../../src/load/load.ts";
import type { LoadedModel } from "../../../src/load/load.ts";
import { RewardModel } from "../../../src/reward-model.ts";
import type { LoadOptions } from "../../../src/load/options.ts";
import type { Conversation } from "../../../src/types.ts";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.ts";
import { WeightTable } from "../../../src/checkpoint/weight-table.ts";
import { rowByteLength } from "../../../src/kernels/weight-forms.ts";
import { memorySource } from "../../../testing/files/node-source.ts";
import { safetensors } from "../../../testing/checkpoint/safetensors-bytes.ts";
import { realmLocks } from "../../../src/store/tabs/locks.ts";
import type { StoreLocks } from "../../../src/store/tabs/locks.ts";
import { ModelStore } from "../../../src/store/model-store.ts";
import { quantisedSource } from "../../../src/store/copies/quantised-source.ts";
import { readSafetensors } from "../../../src/checkpoint/safetensors.ts";
import { modelFolder } from "../../../testing/golden.ts";
import { faultyGpu } from "../../../testing/gpu/faulty-gpu.ts";
import { testGpu } from "../../../testing/gpu/gpu.ts";
import { memoryDirectory } from "../../../testing/store/memory-directory.ts";
import type { Disk, Faults } from "../../../testing/store/memory-directory.ts";

/**
 * One small file; and two shards, an index and a value head in a file of its own: the copy has one
 * file of all.
 */
const [ONE_FILE, SHARDS] = ["bare", "c"];
/** Its copy has chunks that are read with the weights only, and not with the header. */
const LARGE = "qwen3";

const conversation: Conversation = [
  { role: "user", content: "What is 3 plus 4?" },
  { role: "assistant", content: "3 plus 4 is 7." },
];

let server: Server;
let root: string;
let requests: string[] = [];
/** The folder that the address `current` serves. */
let moved: string;
let disk: Disk;
/** As tabs share them. */
let locks: StoreLocks;
let warnings: string[];
const models: { dispose(): Promise<void> }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = (request.url ?? "").replace("/current/", `/${moved}/`);
    requests.push(path);
    void serveFile(request, response, fileBelow(modelFolder("."), path) ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(() => {
  server.close();
});

beforeEach(() => {
  disk = new Map();
  locks = realmLocks();
  warnings = [];
  requests = [];
  moved = ONE_FILE;
});

afterEach(async () => {
  await Promise.all(models.splice(0).map((model) => model.dispose()));
});

async function openStore(faults?: Faults): Promise<ModelStore> {
  return await ModelStore.open({ directory: memoryDirectory(disk, faults), locks });
}

interface Visit extends LoadOptions {
  readonly folder?: string;
  readonly faults?: Faults;
}

async function visit({ folder = ONE_FILE, faults, ...options }: Visit = {}): Promise<RewardModel> {
  const model = await RewardModel.fromPretrained(`${root}${folder}/`, {
    gpu: testGpu(),
    weights: "q4",
    store: await openStore(faults),
    onWarning: (text) => warnings.push(text),
    ...options,
  });
  models.push(model);
  return model;
}

/** Runs a visit that ends when the copy is stored. */
async function firstVisit(options: Visit = {}): Promise<Float32Array> {
  const model = await visit(options);
  const { tokenValues } = await model.score(conversation);
  expect(await model.keepQuantised()).toBe(true);
  await model.dispose();
  requests = [];
  warnings = [];
  return tokenValues;
}

/** Warnings about something else than the adapter. */
const ownWarnings = (): string[] => warnings.filter((text) => !text.startsWith("adapter:"));

/** The file of the copy's weights, by its header. */
function copyFile(): [string, Uint8Array] {
  const isCopy = (bytes: Uint8Array): boolean =>
    new TextDecoder().decode(bytes.subarray(8, 200)).includes('"made_of"');
  return [...disk].find(([, bytes]) => isCopy(bytes))!;
}

/** Flips a bit near the end: among the blocks of the last layer. */
function flipBit(): void {
  const [, bytes] = copyFile();
  bytes[bytes.byteLength - 100]! ^= 4;
}

/** Takes the last byte away. */
function cutCopy(): void {
  const [name, bytes] = copyFile();
  disk.set(name, bytes.slice(0, -1));
}

const STREAMED = { residency: "streamed", memoryBudgetBytes: 2 ** 16 } as const;
const RESIDENT = { residency: "resident" } as const;

test.each([
  { weights: "q8", folder: ONE_FILE, ...STREAMED },
  { weights: "q4", folder: ONE_FILE, ...RESIDENT },
  { weights: "q4", folder: SHARDS, ...STREAMED },
  { weights: "q4", folder: "q3vl", ...STREAMED },
] as const)(
  "copy, $weights of $folder, $residency: second visit → the same bits, without server and original files",
  async (options) => {
    const first = await firstVisit(options);
    const name = `${root}${options.folder}/`;
    const store = await openStore();
    const [, copy] = await store.list();
    const { weights: form } = options;
    expect(copy).toMatchObject({ name: `${form} of ${name}`, copyOf: name, form });
    expect((await store.verify(`${options.weights} of ${name}`)).ok).toBe(true);
    await store.delete(name, { keepQuantised: true });
    expect(await store.list()).toEqual([copy]);
    const model = await visit(options);
    expect(model.name).toBe(name);
    expect((await model.score(conversation)).tokenValues).toEqual(first);
    expect(await model.keepQuantised()).toBe(true);
    expect(requests).toEqual([]);
    expect(ownWarnings()).toEqual([]);
  },
  120_000,
);

test("copy: every part on the GPU → bit for bit that of a first visit", async () => {
  const load = async (): Promise<LoadedModel> => {
    const options = { gpu: testGpu(), weights: "q4", store: await openStore() } as const;
    return await loadModel(`${root}${ONE_FILE}/`, options);
  };
  const first = await load();
  await first.keepCopy(new AbortController().signal);
  const second = await load();
  expect([first.isCopy, second.isCopy]).toEqual([false, true]);
  const parts = [...first.table.groups.values()].flat();
  for (const part of parts) {
    const bytes = [];
    for (const { holder, device } of [first, second]) {
      const buffer = holder.buffer(part);
      const [read] = await readBack(device, [{ buffer, byteLength: part.byteLength }]);
      bytes.push(new Uint32Array(read!));
    }
    expect(bytes[1]).toEqualBits(bytes[0]!, { name: part.key, shape: [bytes[0]!.length] });
  }
  for (const { holder, device, close } of [first, second]) {
    holder.destroy();
    expect(device.liveBytes).toBe(0);
    device.destroy();
    await close();
  }
});

test.each([RESIDENT, STREAMED])(
  "quantised source, $residency: two readers together, in odd pieces → the bytes of one read, by the format's rules",
  async (residency) => {
    const options = { gpu: testGpu(), weights: "q4", ...residency } as const;
    const { table, holder, device, close } = await loadModel(`${root}${ONE_FILE}/`, options);
    const original = { name: "folder", open: async () => undefined };
    const source = quantisedSource("copy", { form: "q4" }, { original, device, table, holder });
    const file = (await source.open("model.safetensors"))!;
    const { tensors, metadata } = await readSafetensors(file, undefined, "aligned");
    expect([...tensors.keys()].filter((name) => name.startsWith("decoder.layer.0/"))).toHaveLength(
      4,
    );
    expect([...tensors.keys()].some((name) => name.endsWith("_proj.weight"))).toBe(false);
    expect(metadata.get("form")).toBe("q4");
    const whole = new Uint8Array(file.byteLength);
    await file.read(0, whole);
    const pieces = new Uint8Array(file.byteLength);
    const readFrom = async (first: number): Promise<void> => {
      for (let at = first; at < pieces.byteLength; at += 2 * 30_001) {
        await file.read(at, pieces.subarray(at, Math.min(at + 30_001, pieces.byteLength)));
      }
    };
    await Promise.all([readFrom(0), readFrom(30_001)]);
    expect(pieces).toEqual(whole);
    await source.close();
    holder.destroy();
    expect(device.liveBytes).toBe(0);
    device.destroy();
    await close();
  },
);

test.each([
  { folder: ONE_FILE, ...RESIDENT },
  { folder: LARGE, ...STREAMED },
])(
  "copy of $folder, $residency: a flipped bit → found, the original files, a warning, a new copy",
  async (options) => {
    const first = await firstVisit(options);
    flipBit();
    const model = await visit(options);
    expect((await model.score(conversation)).tokenValues).toEqual(first);
    expect(ownWarnings()).toEqual([
      expect.stringMatching(
        /^its quantised copy cannot be used: q4 of .*model\.safetensors: the stored copy is damaged.* are read instead\.$/,
      ),
    ]);
    expect(await model.keepQuantised()).toBe(true);
    await model.dispose();
    warnings = [];
    const again = await visit(options);
    expect((await again.score(conversation)).tokenValues).toEqual(first);
    expect(ownWarnings()).toEqual([]);
  },
);

test("copy: its file was cut → the original files, and a new copy", async () => {
  const first = await firstVisit();
  const [, bytes] = copyFile();
  cutCopy();
  expect(await firstVisit()).toEqual(first);
  expect(copyFile()[1]).toEqual(bytes);
});

test("copy: its file was cut → a warning that says so, the original files", async () => {
  const first = await firstVisit();
  cutCopy();
  const model = await visit();
  expect((await model.score(conversation)).tokenValues).toEqual(first);
  expect(ownWarnings()).toEqual([
    expect.stringMatching(
      /^its quantised copy cannot be used: q4 of .*model\.safetensors: the stored file has the wrong length: expected [\d,]+ bytes, got [\d,]+ bytes\. .* are read instead\.$/,
    ),
  ]);
});

test.each([
  { what: "cut", damage: cutCopy, folder: ONE_FILE, ...RESIDENT },
  { what: "flipped", damage: flipBit, folder: LARGE, ...STREAMED },
])(
  "copy of $folder, $residency, the original files deleted: $what → a typed error, nothing downloaded; deleted → downloaded again",
  async ({ what: _what, damage, ...options }) => {
    const first = await firstVisit(options);
    const store = await openStore();
    const name = `${root}${options.folder}/`;
    await store.delete(name, { keepQuantised: true });
    damage();
    const failure = async (): Promise<unknown> => await (await visit(options)).score(conversation);
    await expect(failure()).rejects.toThrow(WeightsError);
    await expect(failure()).rejects.toThrow(
      `${name}: its quantised copy cannot be used, and the files that it was made of are not kept. Delete the copy, and load the model again: it is downloaded again.`,
    );
    expect(ownWarnings()[0]).toMatch(/^its quantised copy cannot be used: q4 of /);
    expect(requests).toEqual([]);
    await store.delete(`q4 of ${name}`);
    expect(await firstVisit(options)).toEqual(first);
  },
);

test("copy: damaged, and the device lost while its original files are loaded → they are, on another device", async () => {
  const first = await firstVisit({ folder: LARGE });
  flipBit();
  const faulty = faultyGpu(testGpu());
  let isArmed = false;
  const onWarning = (text: string): void => {
    // Once: the device after it is whole.
    if (text.includes("cannot be used") && !isArmed) {
      isArmed = true;
      faulty.arm({ kind: "lost", at: 1 });
    }
    warnings.push(text);
  };
  const model = await visit({ folder: LARGE, gpu: faulty.gpu, onWarning });
  expect((await model.score(conversation)).tokenValues).toEqual(first);
  expect(ownWarnings().join("\n")).toMatch(/are read instead\.\n.* with a new device\./);
  expect(faulty.devices).toBe(3);
});

test("copy: the address now has another model → refused, its own files, a warning that says why", async () => {
  const current = (options: Visit): Promise<RewardModel> =>
    visit({ folder: "current", ...options });
  await firstVisit({ folder: "current" });
  const store = await openStore();
  await store.delete(`${root}current/`, { keepQuantised: true });
  moved = "qwen2";
  const wanted = await (await visit({ folder: moved })).score(conversation);
  await (await current({ weights: "stored" })).dispose();
  const model = await current({});
  expect((await model.score(conversation)).tokenValues).toEqual(wanted.tokenValues);
  expect(ownWarnings()).toEqual([
    expect.stringMatching(/: q4 of .*other files.*\(made_of\): expected .*, got /),
  ]);
});

test("weight table: a packed part → as it lies; cut for a device with other limits, or cut short → missing", async () => {
  const [group, columns, rows] = ["decoder.layer.0", 32, 16];
  const byteLength = rows * rowByteLength("q4", columns);
  const declared = async (storedBytes: number, limit: number): Promise<WeightTable> => {
    const header = {
      [`${group}/w#0`]: { dtype: "U8", shape: [storedBytes], data_offsets: [0, storedBytes] },
    };
    const file = safetensors(JSON.stringify(header), storedBytes);
    const checkpoint = await openCheckpoint(memorySource({ "model.safetensors": file }));
    const table = new WeightTable(checkpoint, limit, "q4");
    table.matrix(group, "w", [{ name: "t", rows }], columns);
    return table;
  };
  const table = await declared(byteLength, byteLength);
  table.check();
  expect([table.byteLength(), [...table.names()]]).toEqual([byteLength, [`${group}/w#0`]]);
  const cutOtherwise = await declared(byteLength, byteLength / 2);
  expect(() => cutOtherwise.check()).toThrow('"t" is missing');
  const cutShort = await declared(byteLength - 16, byteLength);
  expect(() => cutShort.check()).toThrow(
    `has shape [${byteLength - 16}], expected [${byteLength}]`,
  );
});

test("copy: keepQuantised false, no store, weights as stored → none", async () => {
  for (const options of [{ keepQuantised: false }, { weights: "stored" }] as const) {
    const model = await visit(options);
    await model.score(conversation);
    expect(await model.keepQuantised()).toBe(false);
    expect((await (await openStore()).list()).map(({ copyOf }) => copyOf)).toEqual([undefined]);
  }
  expect(ownWarnings()).toEqual([]);
});

test("copy: the space ends → the score, a warning, and nothing of it is left", async () => {
  await (await visit({ keepQuantised: false })).dispose();
  const keptBytes = [...disk.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
  const faults = { quotaBytes: keptBytes + 100_000 };
  const model = await visit({ faults });
  const { value } = await model.score(conversation);
  expect(value).toEqual(expect.any(Number));
  expect(await model.keepQuantised()).toBe(false);
  expect(ownWarnings()).toEqual([expect.stringMatching(/^q4 of .*gives no more space/)]);
  expect([...disk.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0)).toBe(keptBytes);
});

test("copy: the model is disposed while its copy is stored → ends immediately, nothing on the GPU; the next visit continues", async () => {
  const model = await visit(STREAMED);
  const { tokenValues } = await model.score(conversation);
  const keeping = model.keepQuantised();
  await model.dispose();
  expect(await keeping).toBe(false);
  expect(model.memory.totalBytes).toBe(0);
  expect(ownWarnings()).toEqual([]);
  expect(await firstVisit()).toEqual(tokenValues);
});

test("delete: a model → its copies too; repair of a copy → says that copies are computed, not downloaded", async () => {
  await firstVisit();
  const store = await openStore();
  flipBit();
  const name = `${root}${ONE_FILE}/`;
  const copy = `q4 of ${name}`;
  await expect(store.repair(copy)).rejects.toThrow(WeightsError);
  await expect(store.repair(copy)).rejects.toThrow("was made on this machine");
  await store.delete(name);
  expect([await store.list(), disk.size]).toEqual([[], 0]);
});
