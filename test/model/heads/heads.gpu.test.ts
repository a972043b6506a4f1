/**
 * The tensors of a checkpoint decide its head. The same numbers under every name that a trainer
 * uses give the same scores, on text models and on models that see pictures.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { exportForVllm } from "../../../cli/output/export-vllm.ts";
import { WeightsError } from "../../../src/errors.ts";
import type { Source } from "../../../src/files/source.ts";
import { openFolder } from "../../../src/load/folder.ts";
import { findHead, heads } from "../../../src/model/heads/heads.ts";
import { RewardModel } from "../../../src/reward-model.ts";
import {
  changedFolder,
  changedJson,
  storedTensors,
  tensorsFile,
} from "../../../testing/checkpoint/folder-fixture.ts";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../../../testing/golden.ts";
import type { GoldenCase } from "../../../testing/golden.ts";
import { testGpu } from "../../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../../testing/files/node-source.ts";

let model: RewardModel | undefined;

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

type Tensors = ReturnType<typeof storedTensors>;

/** The first few cases of a golden model. */
async function casesOf(name: string): Promise<readonly GoldenCase[]> {
  const set = goldenSets().find((own) => own.name === name && own.resize !== "torchvision");
  if (!set) throw new Error(`no goldens of ${name}`);
  const all = await goldenCases(set);
  return all.filter(({ golden }) => golden.tokens < 800).slice(0, 3);
}

/** Expects the goldens of a model, each higher by `more`. */
async function expectGoldens(name: string, source: Source, more = 0): Promise<void> {
  const resize = name === "b" ? ({ resize: "pillow" } as const) : {};
  model = await RewardModel.fromPretrained(source, { gpu: testGpu(), ...resize });
  const cases = await casesOf(name);
  expect(cases.length).toBeGreaterThan(0);
  const scores = await model.score(cases.map(({ conversation }) => conversation));
  for (const [i, { golden }] of cases.entries()) {
    const off = Math.abs((scores[i]?.value ?? Number.NaN) - more - golden.score);
    expect(off).toBeLessThanOrEqual(scoreLimit(golden));
  }
}

const f32 = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);

/**
 * A text model of `ForCausalLM` with a value head in a file of its own, as LLaMA-Factory saves one.
 */
function textWithValueHead(file: string, bias: number): Source {
  const tensors = storedTensors("qwen3", "model.safetensors");
  const score = tensors.get("score.weight");
  if (!score) throw new Error("qwen3 has no score");
  tensors.delete("score.weight");
  const head: Tensors = new Map([
    ["v_head.summary.weight", score],
    ["v_head.summary.bias", { dtype: "F32", shape: [1], bytes: f32(bias) }],
  ]);
  const config = changedJson("qwen3", "config.json", (json) => {
    json["architectures"] = ["Qwen3ForCausalLM"];
    delete json["id2label"];
  });
  const body = file === "model.safetensors" ? new Map([...tensors, ...head]) : tensors;
  return changedFolder("qwen3", {
    "config.json": config,
    "model.safetensors": tensorsFile(body),
    ...(file === "model.safetensors" ? {} : { [file]: tensorsFile(head) }),
  });
}

test.each(["value_head.safetensors", "model.safetensors"])(
  "heads: a text model with v_head in %s → its scores, its bias added",
  async (file) => {
    await expectGoldens("qwen3", textWithValueHead(file, 0.25), 0.25);
  },
);

/** The model b, which sees pictures, with its value head under another name. */
function seeingWithScore(prefix: string, architecture: string, hasBias: boolean): Source {
  const tensors = storedTensors("b", "model.safetensors");
  for (const [name, tensor] of storedTensors("b", "value_head.safetensors")) {
    const own = name.replace("v_head.summary", prefix);
    if (hasBias || !own.endsWith("bias")) tensors.set(own, tensor);
  }
  const config = changedJson("b", "config.json", (json) => {
    json["architectures"] = [architecture];
    json["num_labels"] = 1;
  });
  return changedFolder("b", {
    "config.json": config,
    "model.safetensors": tensorsFile(tensors),
    "value_head.safetensors": undefined,
  });
}

test.each([
  ["score", "Qwen2_5_VLForConditionalGeneration", false],
  ["score", "Qwen2_5_VLForConditionalGeneration", true],
  ["language_model.score", "Qwen2_5_VLForSequenceClassification", true],
  ["score", "Qwen2_5_VLForSequenceClassification", true],
  ["v_head.summary", "Qwen2_5_VLForSequenceClassification", true],
] as const)("heads: %s in a %s, bias %s → the goldens", async (prefix, architecture, hasBias) => {
  const bias = storedTensors("b", "value_head.safetensors").get("v_head.summary.bias");
  const value = new DataView(new Uint8Array(bias?.bytes ?? []).buffer).getFloat32(0, true);
  await expectGoldens("b", seeingWithScore(prefix, architecture, hasBias), hasBias ? 0 : -value);
});

test("heads: a value head written by `export --for vllm` → loads, with the goldens", async () => {
  const folder = join(await mkdtemp(join(tmpdir(), "exported-")), "b");
  const { signal } = new AbortController();
  try {
    await exportForVllm(modelFolder("b"), folder, { signal, onProgress: () => {} });
    await expectGoldens("b", fileSystemSource(folder));
  } finally {
    await rm(dirname(folder), { recursive: true });
  }
});

test("heads: two of them → the one that the model's class reads", () => {
  const shapes = new Map([
    ["v_head.summary.weight", [1, 8]],
    ["score.weight", [1, 8]],
  ]);
  const nameOf = (architecture: string): string | undefined =>
    findHead((name) => shapes.get(name), architecture)?.prefix;
  expect(nameOf("Qwen2_5_VLForConditionalGeneration")).toBe("v_head.summary");
  expect(nameOf("LlamaForCausalLM")).toBe("v_head.summary");
  expect(nameOf("LlamaForSequenceClassification")).toBe("score");
});

/** The model qwen3 with other tensors in place of its head. */
function withHead(tensors: Readonly<Record<string, readonly number[]>>): Source {
  const all = storedTensors("qwen3", "model.safetensors");
  all.delete("score.weight");
  for (const [name, shape] of Object.entries(tensors)) {
    const bytes = new Uint8Array(4 * shape.reduce((a, b) => a * b, 1));
    all.set(name, { dtype: "F32", shape: [...shape], bytes });
  }
  return changedFolder("qwen3", { "model.safetensors": tensorsFile(all) });
}

test.each([
  ["two layers", { "score.0.weight": [16, 192], "score.2.weight": [1, 16] }],
  ["a pointer", { "q.weight": [16, 192], "k.weight": [16, 192] }],
  ["several", { "rm_heads.head_0.0.weight": [16, 192] }],
])("heads: %s, not known → an error with the tensors found and the heads known", async (...row) => {
  const [, tensors] = row;
  const opening = openFolder(withHead(tensors), {});
  await expect(opening).rejects.toThrow(WeightsError);
  for (const [name, shape] of Object.entries(tensors)) {
    await expect(opening).rejects.toThrow(`${name} [${shape.join(", ")}]`);
  }
  for (const { wanted } of heads) await expect(opening).rejects.toThrow(wanted);
});

test("heads: none at all, in a classifier → says that it is missing", async () => {
  await expect(openFolder(withHead({}), {})).rejects.toThrow(
    /the value head is missing.*reward\.json/,
  );
});

test("heads: two numbers a token → an error with both shapes", async () => {
  const loading = RewardModel.fromPretrained(withHead({ "score.weight": [2, 192] }), {
    gpu: testGpu(),
  });
  await expect(loading).rejects.toThrow('"score.weight" has shape [2, 192], expected [1, 192]');
});
