/**
 * The head beyond the goldens: which token is the score, and the bias that transformers' own
 * classifiers lack.
 */
import { afterEach, expect, test } from "vitest";
import { readPositions } from "../../../src/model/heads/read-position.ts";
import { RewardModel } from "../../../src/reward-model.ts";
import type { Conversation } from "../../../src/types.ts";
import type { Source } from "../../../src/files/source.ts";
import { modelFolder } from "../../../testing/golden.ts";
import { testGpu } from "../../../testing/gpu/gpu.ts";
import { fileSystemSource, memoryFile } from "../../../testing/files/node-source.ts";
import { headerOf, safetensors } from "../../../testing/checkpoint/safetensors-bytes.ts";
import { readSafetensors } from "../../../testing/checkpoint/safetensors-file.ts";

let model: RewardModel | undefined;

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

test("scored token: the last that is not padding, as transformers pools", () => {
  const read = (ids: readonly number[], padTokenId: number | undefined): readonly number[] =>
    readPositions(
      { at: "unpadded" },
      { ids: Uint32Array.from(ids), padTokenId, markerId: undefined, separators: [] },
    );
  expect(read([5, 7, 0, 9, 9], undefined)).toEqual([4]);
  expect(read([5, 7, 0, 9, 9], 7)).toEqual([4]);
  expect(read([5, 7, 0, 9, 9], 9)).toEqual([2]);
  expect(read([0], 0)).toEqual([0]);
  expect(read([9, 9], 9)).toEqual([0]);
});

/** The golden model `qwen2`, a single file, with one tensor more. */
function withTensor(name: string, values: readonly number[]): Source {
  const folder = fileSystemSource(modelFolder("qwen2"));
  const tensors = new Map(readSafetensors(`${modelFolder("qwen2")}/model.safetensors`));
  tensors.set(name, { shape: [values.length], values: Float32Array.from(values) });
  const shapes = Object.fromEntries([...tensors].map(([key, { shape }]) => [key, shape]));
  const bodies = [...tensors.values()].map((tensor) => Buffer.from(tensor.values.buffer));
  const bytes = safetensors(headerOf(shapes), new Uint8Array(Buffer.concat(bodies)));
  return {
    name: folder.name,
    open: async (path) =>
      path === "model.safetensors" ? memoryFile(path, bytes) : await folder.open(path),
  };
}

async function valueOf(source: Source): Promise<number> {
  const conversation: Conversation = [
    { role: "user", content: "What is 3 plus 4?" },
    { role: "assistant", content: "3 plus 4 is 7." },
  ];
  model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const { value } = await model.score(conversation);
  await model.dispose();
  return value;
}

test("score.bias: there or not → added to every score", async () => {
  const bias = 0.375;
  const plain = await valueOf(fileSystemSource(modelFolder("qwen2")));
  expect(await valueOf(withTensor("score.bias", [bias]))).toBeCloseTo(plain + bias, 6);
});

test("score.bias: of another shape → named, with what was wanted", async () => {
  await expect(valueOf(withTensor("score.bias", [1, 2]))).rejects.toThrow(
    /score\.bias.*\[2\].*\[1\]/,
  );
});
