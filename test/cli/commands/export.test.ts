/** `vl-reward export --for vllm`: what is written, and that it is whole or not there. */
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { vllmName } from "../../../cli/output/export-vllm.ts";
import { openCheckpoint } from "../../../src/checkpoint/checkpoint.ts";
import type { TensorEntry } from "../../../src/checkpoint/checkpoint.ts";
import { storedTensors, tensorsFile } from "../../../testing/checkpoint/folder-fixture.ts";
import { modelFolder } from "../../../testing/golden.ts";
import { fileSystemSource } from "../../../testing/files/node-source.ts";
import { runWith, type Ended } from "../../../testing/cli/run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-export-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(
  argv: readonly string[],
  progress: (line: string) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Ended> {
  return await runWith({ progress, signal }, ["export", ...argv]);
}

const to = (name: string): string => path.join(folder, name);
const of = (model: string): string[] => ["--for", "vllm", "--model", modelFolder(model)];

async function bytesOf(tensor: TensorEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(tensor.end - tensor.begin);
  await tensor.file.read(tensor.begin, bytes);
  return bytes;
}

test.each(["a", "b", "c", "d"])(
  "export: golden %s → every tensor's bytes under its new name, the head in the index",
  async (model) => {
    const output = to(`of-${model}`);
    const { code, err } = await run([...of(model), "--output", output]);
    expect(code, err).toBe(0);
    const before = await openCheckpoint(fileSystemSource(modelFolder(model)));
    const after = await openCheckpoint(fileSystemSource(output));
    const renamed = [...before.tensors.values()].flatMap((tensor) => {
      const name = vllmName(tensor.name);
      return name === undefined ? [] : [[name, tensor] as const];
    });
    expect([...after.tensors.keys()].toSorted()).toEqual(renamed.map(([name]) => name).toSorted());
    for (const [name, tensor] of renamed) {
      const copy = after.tensors.get(name) as TensorEntry;
      expect([copy.dtype, copy.shape]).toEqual([tensor.dtype, tensor.shape]);
      expect(Buffer.compare(await bytesOf(copy), await bytesOf(tensor)), name).toBe(0);
    }
    expect([...after.tensors.keys()]).toEqual(
      expect.arrayContaining(["language_model.score.weight", "language_model.score.bias"]),
    );
    const read = async (file: string): Promise<Record<string, Record<string, unknown>>> =>
      JSON.parse(await readFile(path.join(output, file), "utf8"));
    const { weight_map: map = {} } = await read("model.safetensors.index.json");
    expect(Object.keys(map).toSorted()).toEqual([...after.tensors.keys()].toSorted());
    expect(await read("config.json")).toMatchObject({
      architectures: ["Qwen2_5_VLForSequenceClassification"],
      model_type: "qwen2_5_vl",
      num_labels: 1,
      id2label: { 0: "LABEL_0" },
      label2id: { LABEL_0: 0 },
    });
    const small = (files: string[]): string[] =>
      files.filter((file) => !/safetensors/.test(file)).toSorted();
    expect(small(await readdir(output))).toEqual(small(await readdir(modelFolder(model))));
  },
);

test("vllmName: old and new names of the hub → those of transformers 5, no lm_head", () => {
  const names = {
    "visual.blocks.0.attn.qkv.weight": "model.visual.blocks.0.attn.qkv.weight",
    "model.visual.merger.ln_q.weight": "model.visual.merger.ln_q.weight",
    "model.layers.1.mlp.up_proj.weight": "model.language_model.layers.1.mlp.up_proj.weight",
    "model.language_model.norm.weight": "model.language_model.norm.weight",
    "v_head.summary.bias": "language_model.score.bias",
    "lm_head.weight": undefined,
  };
  expect(Object.keys(names).map(vllmName)).toEqual(Object.values(names));
});

test("export: an output that is there → refused, untouched", async () => {
  await writeFile(to("there"), "mine");
  const { code, err } = await run([...of("a"), "--output", to("there")]);
  expect([code, err]).toEqual([1, expect.stringContaining("is there already")]);
  expect(readFileSync(to("there"), "utf8")).toBe("mine");
});

test("export: interrupted in the middle → nothing is left", async () => {
  const before = await readdir(folder);
  const controller = new AbortController();
  let told = 0;
  const onProgress = (): void => {
    told += 1;
    if (told === 5) controller.abort("interrupted");
  };
  const args = [...of("a"), "--output", to("cut")];
  expect((await run(args, onProgress, controller.signal)).code).toBe(130);
  expect([told, await readdir(folder)]).toEqual([5, before]);
});

test.each([
  ["qwen3", "UnsupportedError", "the model is of another type: expected qwen2_5_vl, got qwen3"],
  ["headless", "WeightsError", "the value head is missing"],
])("export: %s → %s, nothing written", async (model, name, why) => {
  const from = to(model);
  await cp(modelFolder(model === "headless" ? "c" : model), from, { recursive: true });
  await rm(path.join(from, "value_head.safetensors"), { force: true });
  const args = ["--for", "vllm", "--model", from, "--output", to("never")];
  const { code, err } = await run(args);
  expect([code, err]).toEqual([1, expect.stringContaining(why)]);
  expect(err).toContain(name);
  expect((await readdir(folder)).filter((file) => file.startsWith("never"))).toEqual([]);
});

/** A copy of golden b, changed. */
async function changedCopy(
  name: string,
  files: Readonly<Record<string, Uint8Array | string | undefined>>,
): Promise<string> {
  const from = to(name);
  await cp(modelFolder("b"), from, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    await rm(path.join(from, file), { force: true });
    if (content !== undefined) await writeFile(path.join(from, file), content);
  }
  return from;
}

test("export: names that begin with pretrained_model. → those of transformers 5", async () => {
  const model = storedTensors("b", "model.safetensors");
  const wrapped = [...model].map(([name, tensor]) => [`pretrained_model.${name}`, tensor] as const);
  const head = storedTensors("b", "value_head.safetensors");
  const from = await changedCopy("wrapped", {
    "model.safetensors": tensorsFile(new Map([...wrapped, ...head])),
    "value_head.safetensors": undefined,
  });
  const { code, err } = await run(["--for", "vllm", "--model", from, "--output", to("unwrapped")]);
  expect(code, err).toBe(0);
  const { tensors } = await openCheckpoint(fileSystemSource(to("unwrapped")));
  const plain = to("plain");
  expect((await run([...of("b"), "--output", plain])).code).toBe(0);
  const wanted = await openCheckpoint(fileSystemSource(plain));
  expect([...tensors.keys()].toSorted()).toEqual([...wanted.tensors.keys()].toSorted());
});

test("export: a tensor of the configuration is missing → refused, nothing written", async () => {
  const model = storedTensors("b", "model.safetensors");
  const norm = [...model.keys()].find((name) => name.endsWith("language_model.norm.weight"));
  model.delete(norm ?? "");
  const from = await changedCopy("normless", { "model.safetensors": tensorsFile(model) });
  const { code, err } = await run(["--for", "vllm", "--model", from, "--output", to("none")]);
  expect([code, err]).toEqual([1, expect.stringContaining(`"${norm}" is missing`)]);
});

test.each([
  ["an adapter", { "adapter_config.json": "{}" }, "adapter"],
  ["a pickled head", { "value_head.safetensors": undefined, "value_head.bin": "PK" }, "pickle"],
])("export: %s → refused by name, nothing written", async (name, files, word) => {
  const from = await changedCopy(name.replaceAll(" ", "-"), files);
  const { code, err } = await run(["--for", "vllm", "--model", from, "--output", to("none")]);
  expect([code, err]).toEqual([1, expect.stringContaining(word)]);
  expect((await readdir(folder)).filter((file) => file.startsWith("none"))).toEqual([]);
});

test.each([
  [["--for", "tgi", "--model", "x", "--output", "y"], "--for takes vllm, web; got tgi"],
  [["--model", "x", "--output", "y"], "--for is missing"],
  [["--for", "vllm", "--model", "a/b", "--output", "y"], "--model takes a folder of this machine"],
])("export %j → wrong use", async (argv, why) => {
  expect(await run(argv)).toMatchObject({ code: 2, err: expect.stringContaining(why) });
});
