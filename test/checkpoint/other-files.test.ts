/** Layers of a head in files of any name. */
import { expect, test } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { withOtherFiles } from "../../src/checkpoint/other-files.ts";
import { tensorFile } from "../../testing/checkpoint/safetensors-bytes.ts";
import { memorySource } from "../../testing/files/node-source.ts";

const main = tensorFile({ "norm.weight": [4], "judge.a.bias": [2] });
const head = tensorFile({ "judge.a.weight": [2, 4], "judge.b.weight": [1, 2], other: [3] });
const layers = ["judge.a", "judge.b"];

test("head: its layers in another file of the folder → those tensors, and nothing else of it", async () => {
  const source = memorySource({ "model.safetensors": main, "my_judge.safetensors": head });
  const checkpoint = await openCheckpoint(source);
  const { tensors } = await withOtherFiles(checkpoint, layers);
  expect([...tensors.keys()].toSorted()).toEqual(
    ["judge.a.bias", "judge.a.weight", "judge.b.weight", "norm.weight"].toSorted(),
  );
  expect(tensors.get("judge.a.weight")?.file.path).toBe("my_judge.safetensors");
});

test("head: two files hold a layer → refused, with both names", async () => {
  const files = { "model.safetensors": main, "a.safetensors": head, "b.safetensors": head };
  const checkpoint = await openCheckpoint(memorySource(files));
  await expect(withOtherFiles(checkpoint, layers)).rejects.toThrow(
    /"judge\.a\.weight" in a\.safetensors and b\.safetensors/,
  );
});

test("head: a folder that cannot be listed, or lists too much → as it is; refused", async () => {
  const files = { "model.safetensors": main, "my_judge.safetensors": head };
  const { list: _, ...unlisted } = memorySource(files);
  const checkpoint = await openCheckpoint(unlisted);
  expect(await withOtherFiles(checkpoint, layers)).toBe(checkpoint);
  const names = [...Array(65).keys()].map((i) => `${i}.safetensors`);
  const source = { ...unlisted, list: async () => names };
  const many = await openCheckpoint(source);
  await expect(withOtherFiles(many, layers)).rejects.toThrow("64 at most");
});
