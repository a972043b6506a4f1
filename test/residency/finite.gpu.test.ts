/**
 * Weights that are not finite: found at load, with the tensor's name, in every stored form.
 */
import { expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import type { Source } from "../../src/files/source.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import {
  changedFolder,
  storedTensors,
  tensorsFile,
} from "../../testing/checkpoint/folder-fixture.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";

/** Bits of a value that is no number, by type. */
const BITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  F32: { nan: 0x7fc0_0001, inf: 0x7f80_0000, minusInf: 0xff80_0000 },
  BF16: { nan: 0x7fc1, inf: 0x7f80, minusInf: 0xff80 },
  F16: { nan: 0x7e01, inf: 0x7c00, minusInf: 0xfc00 },
};

/** A golden model of one file, with one value of a tensor changed. */
function planted(model: string, name: string, kind: string, place: number): Source {
  const tensors = storedTensors(model, "model.safetensors");
  const tensor = tensors.get(name);
  const bits = BITS[tensor?.dtype ?? ""]?.[kind];
  if (!tensor || bits === undefined) throw new Error(`${model} has no ${name}`);
  const bytes = tensor.bytes.slice();
  const each = tensor.dtype === "F32" ? 4 : 2;
  const at = Math.floor((bytes.byteLength / each - 1) * place) * each;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (each === 4) view.setUint32(at, bits, true);
  else view.setUint16(at, bits, true);
  tensors.set(name, { ...tensor, bytes });
  return changedFolder(model, { "model.safetensors": tensorsFile(tensors) });
}

async function load(source: Source, options: LoadOptions): Promise<RewardModel> {
  return await RewardModel.fromPretrained(source, { gpu: testGpu(), ...options });
}

const DOWN = "model.layers.1.mlp.down_proj.weight";
const KEYS = "model.layers.0.self_attn.k_proj.weight";
const VISION = "model.visual.blocks.1.attn.qkv.weight";

test.each([
  ["qwen3", DOWN, "nan", "q8", 0],
  ["qwen3", DOWN, "inf", "q4", 1],
  ["qwen3", KEYS, "minusInf", "q8", 0.5],
  ["qwen3", KEYS, "nan", "q4", 0.99],
  ["b", VISION, "nan", "q4", 0.3],
  ["b", VISION, "inf", "q4", 1],
  ["qwen2", DOWN, "nan", "q8", 0.7],
  ["qwen2", DOWN, "minusInf", "q4", 0],
  ["qwen3", "model.layers.2.input_layernorm.weight", "nan", "q8", 0.2],
  ["qwen3", "model.norm.weight", "inf", "stored", 0.2],
  ["qwen3", "score.weight", "nan", "stored", 1],
] as const)(
  "%s: %s holds %s, weights %s → named at load",
  async (model, name, kind, form, place) => {
    const loading = load(planted(model, name, kind, place), { weights: form });
    await expect(loading).rejects.toThrow(WeightsError);
    await expect(loading).rejects.toThrow(`tensor "${name}": holds NaN or infinity`);
  },
);

test("streamed, q8: a tensor that holds NaN → named by each score, not only by the first", async () => {
  const source = planted("qwen3", DOWN, "nan", 0.5);
  const model = await load(source, { weights: "q8", residency: "streamed" });
  const score = async (): Promise<unknown> =>
    await model.score([
      { role: "user", content: "2 + 2?" },
      { role: "assistant", content: "4." },
    ]);
  for (let i = 0; i < 2; i++) await expect(score()).rejects.toThrow(`"${DOWN}": holds NaN`);
  await model.dispose();
  // A group that was being read at disposal frees its memory when its read ends.
  await expect.poll(() => model.memory.totalBytes).toBe(0);
});

const talk = [
  { role: "user", content: "2 + 2?" },
  { role: "assistant", content: "4." },
] as const;

test.each([
  ["stored", "model.embed_tokens.weight"],
  ["q8", DOWN],
  ["q4", "model.layers.0.input_layernorm.weight"],
] as const)(
  "weights %s: %s full of the largest number of its type → no score that ignores the text",
  async (weights, name) => {
    const tensors = storedTensors("qwen3", "model.safetensors");
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`the model has no ${name}`);
    const bytes = new Uint8Array(tensor.bytes.byteLength);
    const view = new DataView(bytes.buffer);
    const each = tensor.dtype === "F32" ? 4 : 2;
    for (let at = 0; at < bytes.byteLength; at += each) {
      if (each === 4) view.setUint32(at, 0x7f7f_ffff, true);
      else view.setUint16(at, tensor.dtype === "F16" ? 0x7bff : 0x7f7f, true);
    }
    tensors.set(name, { ...tensor, bytes });
    const source = changedFolder("qwen3", { "model.safetensors": tensorsFile(tensors) });
    const model = await load(source, { weights });
    await expect(model.score([...talk])).rejects.toThrow("no finite number");
    await model.dispose();
  },
);

test("the largest and the smallest numbers of a type → no fault", async () => {
  const tensors = storedTensors("qwen3", "model.safetensors");
  const tensor = tensors.get(DOWN);
  if (tensor?.dtype !== "BF16") throw new Error("its type has changed");
  const bytes = tensor.bytes.slice();
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  [0x7f7f, 0xff7f, 0x0001, 0x8000].forEach((bits, i) => view.setUint16(i * 2, bits, true));
  tensors.set(DOWN, { ...tensor, bytes });
  const source = changedFolder("qwen3", { "model.safetensors": tensorsFile(tensors) });
  for (const weights of ["q8", "q4"] as const) await (await load(source, { weights })).dispose();
});
