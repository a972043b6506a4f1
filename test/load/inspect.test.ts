import { expect, test } from "vitest";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { openCheckpoint, readJson } from "../../src/checkpoint/checkpoint.ts";
import { UnsupportedError, WeightsError } from "../../src/errors.ts";
import { inspectModel } from "../../src/index.ts";
import { parseConfig } from "../../src/model/config.ts";
import { modelWeights } from "../../src/model/weights.ts";
import { fileSystemSource, memorySource } from "../../testing/files/node-source.ts";

const tiny = "weights/tiny-vl-reward";
const BINDING_BYTES = 2 ** 27;

/** A GPU that has only limits: nothing else of it is read. */
const gpu = {
  requestAdapter: async () => ({ limits: { maxStorageBufferBindingSize: BINDING_BYTES } }),
} as unknown as GPU;

test("inspect: a model's folder → its kind, its files, and the bytes that loading would place", async () => {
  const source = fileSystemSource(tiny);
  const found = await inspectModel(source, { gpu });
  expect(found).toMatchObject({
    name: source.name,
    architecture: "Qwen2_5_VLForConditionalGeneration",
    hasVision: true,
    isLocal: true,
    keptBytes: undefined,
    maxBindingBytes: BINDING_BYTES,
  });
  expect(found.files.map(({ path }) => path)).toContain("model.safetensors");
  expect(found.needs.map(({ form }) => form)).toEqual(["stored", "q8", "q4"]);
  const checkpoint = await openCheckpoint(source);
  const config = await parseConfig(await readJson(source, "config.json"));
  for (const { form, totalBytes, leastBytes } of found.needs) {
    const table = new WeightTable(checkpoint, BINDING_BYTES, form);
    modelWeights(table, config);
    const parts = [...table.groups.values()].flat();
    expect(totalBytes).toBe(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
    expect(leastBytes).toBeLessThan(totalBytes);
  }
});

test.each([
  ["no config.json", {}, WeightsError, "config.json"],
  ["an adapter", { "adapter_config.json": "{}", "config.json": "{}" }, UnsupportedError, "adapter"],
])("inspect: a folder with %s → refused as loading refuses it", async (_, files, type, words) => {
  const look = inspectModel(memorySource(files), { gpu });
  await expect(look).rejects.toBeInstanceOf(type);
  await expect(look).rejects.toThrow(words);
});

test("inspect: no adapter → says so", async () => {
  const none = { requestAdapter: async () => null } as unknown as GPU;
  const look = inspectModel(fileSystemSource(tiny), { gpu: none });
  await expect(look).rejects.toThrow("WebGPU has no adapter");
});
