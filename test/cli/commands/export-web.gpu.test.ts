/**
 * `vl-reward export --for web`: the bits of quantising at load, from a static server, and no more
 * bytes than they have. All goldens: `EXPORT_ALL=1 npx vitest run --project gpu` this file.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { fileBelow, serveFile } from "../../../cli/chrome/serve-file.ts";
import { readBack } from "../../../src/gpu/read-back.ts";
import { inspectModel } from "../../../src/load/inspect.ts";
import { loadModel, type LoadedModel } from "../../../src/load/load.ts";
import type { LoadOptions } from "../../../src/load/options.ts";
import { RewardModel } from "../../../src/reward-model.ts";
import { ModelStore } from "../../../src/store/model-store.ts";
import type { ScoreInput } from "../../../src/types.ts";
import { runExport } from "../../../testing/cli/run-export.ts";
import { fileSystemSource } from "../../../testing/files/node-source.ts";
import { GOLDEN_ROOT, goldenCases, goldenSets, modelFolder } from "../../../testing/golden.ts";
import { testGpu } from "../../../testing/gpu/gpu.ts";
import { memoryDirectory } from "../../../testing/store/memory-directory.ts";

let folder: string;
let server: Server;
let root: string;
let sentBytes = 0;
const models: { dispose(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-web-"));
  server = createServer((request, response) => {
    const { write, end } = response;
    const count = (chunk: unknown): void => {
      if (chunk instanceof Uint8Array) sentBytes += chunk.byteLength;
    };
    response.write = (...args: unknown[]) => (count(args[0]), write.apply(response, args as never));
    response.end = (...args: unknown[]) => (count(args[0]), end.apply(response, args as never));
    void serveFile(request, response, fileBelow(folder, request.url ?? "") ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  await Promise.all(models.splice(0).map((model) => model.dispose()));
});

async function exported(
  model: string,
  form: string,
  name: string,
  ...more: string[]
): Promise<string> {
  const output = path.join(folder, name);
  const args = ["--weights", form, "--model", model, "--output", output, ...more];
  const { code, err } = await runExport(args);
  expect(code, err).toBe(0);
  return output;
}

async function load(from: string | object, options: LoadOptions): Promise<RewardModel> {
  const model = await RewardModel.fromPretrained(from as string, { gpu: testGpu(), ...options });
  models.push(model);
  return model;
}

const bytesOf = (dir: string): number =>
  readdirSync(dir).reduce((sum, file) => sum + statSync(path.join(dir, file)).size, 0);

interface Given {
  readonly from: string;
  readonly input: ScoreInput;
  readonly resize?: LoadOptions["resize"];
}

async function golden(name: string): Promise<Given> {
  const set = goldenSets().find((one) => one.name === name);
  if (!set) throw new Error(`no golden ${name}`);
  const [first] = await goldenCases(set);
  return { from: modelFolder(name), input: first!.conversation, resize: set.resize };
}

const SMALL = ["--shard-bytes", "150000"];
const STREAMED = { residency: "streamed", memoryBudgetBytes: 2 ** 16 } as const;
const IS_ALL = process.env["EXPORT_ALL"] !== undefined;
/** Shards and a head of its own; a text model with an embedding in pieces; towers. */
const CASES = IS_ALL
  ? goldenSets().flatMap(({ name }) => [["q4", name] as const, ["q8", name] as const])
  : ([
      ["q4", "c"],
      ["q8", "qwen3"],
      ["q4", "q3vl"],
    ] as const);

test.each(CASES)(
  "export, %s of golden %s: from a static server → the bits of quantising at load, no more bytes than it has",
  async (form, name) => {
    const { from, input, resize } = await golden(name);
    const wanted = await load(fileSystemSource(from), { weights: form, resize });
    const { tokenValues } = await wanted.score(input);
    const output = await exported(from, form, `${name}-${form}`, ...SMALL);
    const address = `${root}${path.basename(output)}/`;
    for (const options of [{}, { weights: form, ...STREAMED }]) {
      sentBytes = 0;
      const model = await load(address, { ...options, resize });
      if (!("weights" in options)) expect(sentBytes).toBeLessThanOrEqual(1.03 * bytesOf(output));
      expect((await model.score(input)).tokenValues).toEqual(tokenValues);
    }
  },
  120_000,
);

test("export: every part on the GPU → bit for bit that of quantising at load", async () => {
  const { from } = await golden("c");
  const output = await exported(from, "q4", "parts");
  const options = { gpu: testGpu(), weights: "q4" } as const;
  const loaded: LoadedModel[] = [];
  for (const source of [fileSystemSource(from), fileSystemSource(output)]) {
    loaded.push(await loadModel(source, options));
  }
  const [first, second] = loaded as [LoadedModel, LoadedModel];
  const parts = [...first.table.groups.values()].flat();
  expect([...second.table.groups.values()].flat()).toEqual(parts);
  expect(second.table.recipes.get("decoder.layer.0/qkv#0")?.isPacked ?? true).toBe(true);
  for (const part of parts) {
    const bytes = [];
    for (const { holder, device } of [first, second]) {
      const buffer = holder.buffer(part);
      const [read] = await readBack(device, [{ buffer, byteLength: part.byteLength }]);
      bytes.push(new Uint32Array(read!));
    }
    expect(bytes[1]).toEqualBits(bytes[0]!, { name: part.key, shape: [bytes[0]!.length] });
  }
  for (const { holder, device, close } of loaded) {
    holder.destroy();
    device.destroy();
    await close();
  }
});

/** An export of a text model, and a conversation. */
async function oneExport(name: string): Promise<{ output: string; input: ScoreInput }> {
  const { from, input } = await golden("qwen3");
  return { output: await exported(from, "q4", name), input };
}

test("export in q4, asked for another form → InputError that says so; inspect shows q4 alone", async () => {
  const { output } = await oneExport("form");
  const from = fileSystemSource(output);
  for (const weights of ["stored", "q8"] as const) {
    await expect(load(from, { weights })).rejects.toThrow(
      `weights: the folder is an export in q4, and holds no other form: expected q4, got ${weights}.`,
    );
  }
  const { needs } = await inspectModel(from, { gpu: testGpu() });
  expect(needs.map(({ form }) => form)).toEqual(["q4"]);
});

test("export with a store → downloaded once, and no copy of it; the next visit asks for nothing", async () => {
  const { output, input } = await oneExport("stored");
  const disk = new Map();
  const visit = async (): Promise<Float32Array> => {
    const store = await ModelStore.open({ directory: memoryDirectory(disk) });
    const model = await load(`${root}${path.basename(output)}/`, { store, weights: "q4" });
    const { tokenValues } = await model.score(input);
    expect(await model.keepQuantised()).toBe(true);
    expect((await store.list()).length).toBe(1);
    await model.dispose();
    return tokenValues;
  };
  sentBytes = 0;
  const first = await visit();
  // The store opens files again: small ones, and the first 64 KiB of a shard, come twice.
  const twice = readdirSync(output)
    .map((file) => Math.min(65_536, statSync(path.join(output, file)).size))
    .reduce((sum, bytes) => sum + bytes, 0);
  expect(sentBytes).toBeLessThanOrEqual(1.03 * bytesOf(output) + twice);
  sentBytes = 0;
  expect(await visit()).toEqual(first);
  expect(sentBytes).toBe(0);
});

test("export of a model of heads, and with a head of one's own → as the original", async () => {
  const from = `${GOLDEN_ROOT}heads/models/vocabulary`;
  const output = await exported(from, "q8", "heads");
  const input = { inputs: { query: "a sum?", document: "3 + 4 = 7." } };
  const values = [];
  for (const dir of [from, output]) {
    const model = await load(fileSystemSource(dir), { weights: "q8" });
    values.push((await model.score(input)).value);
  }
  expect(values[1]).toBe(values[0]);
  const { from: plain, input: conversation } = await golden("qwen3");
  const own = await exported(plain, "q4", "own-head");
  const head = ownHead(plain);
  const scores = [];
  for (const dir of [plain, own]) {
    const model = await load(fileSystemSource(dir), { weights: "q4", head });
    scores.push((await model.score(conversation)).value);
  }
  expect(scores[1]).toBe(scores[0]);
});

/** A head of ones for a model with `score.weight`. */
function ownHead(dir: string): Uint8Array {
  const { hidden_size: hidden } = JSON.parse(readFileSync(path.join(dir, "config.json"), "utf8"));
  const entry = { dtype: "F32", shape: [1, hidden], data_offsets: [0, hidden * 4] };
  const text = Buffer.from(JSON.stringify({ "score.weight": entry }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const ones = Buffer.from(new Float32Array(hidden).fill(1).buffer);
  return new Uint8Array(Buffer.concat([length, text, ones]));
}
