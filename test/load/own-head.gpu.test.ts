/** A head of the user's: it judges, the rest of the model stays; what is not one is refused. */
import { expect, test } from "vitest";
import { headFile, type HeadTensor } from "../../src/adapt/head-file.ts";
import { at } from "../../src/base/at.ts";
import type { HeadFile } from "../../src/load/own-head.ts";
import { RewardModel } from "../../src/reward-model.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { EMBEDDED_ROOT } from "../../testing/held-out.ts";
import { readSafetensors } from "../../testing/checkpoint/safetensors-file.ts";

const load = (head?: HeadFile, weights: "stored" | "q8" = "stored"): Promise<RewardModel> =>
  RewardModel.fromPretrained(fileSystemSource(EMBEDDED_ROOT), { gpu: testGpu(), weights, head });

/** Models with heads of every kind. */
const HEADS = "test/golden/heads/models/";

const conversation = [
  { role: "user", content: "Which is more, three or five?" },
  { role: "assistant", content: "Five is more." },
];

const published = readSafetensors(`${EMBEDDED_ROOT}/value_head.safetensors`);
const { values, shape } = at([published.get("v_head.summary.weight")], 0);
const weight = Float32Array.from(values, (value, k) => value * (k % 3) - 0.25);

function file(weights: HeadTensor, name = "v_head.summary.weight"): Uint8Array<ArrayBuffer> {
  const bias = { shape: [1], values: [0.75] };
  return headFile(
    new Map([
      [name, weights],
      ["v_head.summary.bias", bias],
    ]),
    { from: "a test" },
  );
}

test.each(["stored", "q8"] as const)("head: another one, %s weights → it scores", async (form) => {
  const bytes = file({ shape, values: weight });
  const model = await load(new File([bytes], "mine.safetensors"), form);
  const [score] = await model.score([conversation], { features: true });
  expect(model.head).toEqual({ name: "mine.safetensors", metadata: { from: "a test" } });
  await model.dispose();
  const features = at([score?.features], 0);
  const product = features.reduce((sum, value, k) => sum + value * at(weight, k), 0.75);
  expect(Math.abs(at([score?.value], 0) - product)).toBeLessThan(1e-4);
});

test("head: none given → the published one, and the model says so", async () => {
  const model = await load();
  expect(model.head).toBeUndefined();
  await model.dispose();
});

test("head: wrong shape, a tensor of the decoder, no file, no safetensors → errors", async () => {
  const wrongShape = file({ shape: [1, 2], values: [1, 2] });
  await expect(load(wrongShape)).rejects.toThrow(
    `bytes, v_head.summary.weight: expected [${shape.join(", ")}]`,
  );
  const other = file({ shape, values: weight }, "model.norm.weight");
  await expect(load(other)).rejects.toThrow("bytes: expected tensors of the head of");
  await expect(load(7 as never)).rejects.toThrow("head: expected an address, a Blob or bytes");
  await expect(load(new Uint8Array(3))).rejects.toThrow("bytes");
});

test("head: a linear head on the features → it scores in place of the published one, and is named", async () => {
  const tensor = { shape: [1, weight.length], values: weight };
  const bytes = headFile(new Map([["linear_head.weight", tensor]]), {});
  const model = await load(new File([bytes], "linear_head.safetensors"));
  const [score] = await model.score([conversation], { features: true });
  expect(model.head?.name).toBe("linear_head.safetensors");
  await model.dispose();
  const features = at([score?.features], 0);
  const product = features.reduce((sum, value, k) => sum + value * at(weight, k), 0);
  expect(Math.abs(at([score?.value], 0) - product)).toBeLessThan(1e-4);
});

const onFeatures = (size: number): Uint8Array<ArrayBuffer> => {
  const own = Float32Array.from({ length: size }, (_, k) => Math.sin(k));
  return headFile(new Map([["linear_head.weight", { shape: [1, size], values: own }]]), {});
};

test.each(["classifier", "labels"])(
  "head: a linear head on the features of %s → it scores in place of that head",
  async (name) => {
    const source = fileSystemSource(`${HEADS}${name}`);
    const model = await RewardModel.fromPretrained(source, {
      gpu: testGpu(),
      head: onFeatures(48),
    });
    const [score] = await model.score([conversation], { features: true });
    await model.dispose();
    const features = at([score?.features], 0);
    expect(features.length).toBe(48);
    const product = features.reduce((sum, value, k) => sum + value * Math.sin(k), 0);
    const allowed = 2e-4 * Math.max(1, Math.abs(product));
    expect(Math.abs(at([score?.value], 0) - product)).toBeLessThan(allowed);
  },
);

test.each(["every", "passes", "pointer"])(
  "head: a linear head on the features of %s, which reads several → refused by name",
  async (name) => {
    const source = fileSystemSource(`${HEADS}${name}`);
    const options = { gpu: testGpu(), head: onFeatures(48) };
    await expect(RewardModel.fromPretrained(source, options)).rejects.toThrow(
      "bytes: is a linear head on one state, and the model's own head reads several",
    );
  },
);
