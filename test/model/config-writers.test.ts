/**
 * config.json as save_pretrained of many transformers writes it: the same configuration of each.
 * The files of `configs/` were written by those versions, from a golden model's config.json or from
 * that of a published 7B.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/model/config.ts";
import { modelFolder } from "../../testing/golden.ts";

type Json = Record<string, unknown>;

const FOLDER = fileURLToPath(new URL("configs/", import.meta.url));
const read = (path: string): Json => JSON.parse(readFileSync(path, "utf8")) as Json;
const written = readdirSync(FOLDER).map((file) => {
  const [model = "", version = ""] = file.replace(".json", "").split(/-(?=\d)/);
  return { file, model, version };
});

test.each(written.filter(({ model }) => model !== "7b"))(
  "config of $model, saved by transformers $version → equal to the golden model's own",
  async ({ file, model }) => {
    const own = await parseConfig(read(`${modelFolder(model)}/config.json`));
    expect(await parseConfig(read(FOLDER + file))).toEqual(own);
  },
);

test.each(written.filter(({ model }) => model === "7b"))(
  "config of a published 7B, saved by transformers $version → its sizes",
  async ({ file }) => {
    const { decoder, vision, imageTokenId } = await parseConfig(read(FOLDER + file));
    expect(decoder).toMatchObject({ hiddenSize: 3584, numKeyValueHeads: 4, vocabSize: 152_064 });
    expect(decoder.rope).toMatchObject({ theta: 1_000_000, axes: 3 });
    expect(vision).toEqual({
      depth: 32,
      hiddenSize: 1280,
      intermediateSize: 3420,
      numHeads: 16,
      patchSize: 14,
      temporalPatchSize: 2,
      spatialMergeSize: 2,
      windowSize: 112,
      fullattBlockIndexes: [7, 15, 23, 31],
      outHiddenSize: 3584,
      addsAfter: 0,
    });
    expect(imageTokenId).toBe(151_655);
  },
);

test("config: text_config without the values that equal the class's defaults → those defaults", async () => {
  const nested = read(`${FOLDER}7b-5.23.0.json`);
  const text_config = { hidden_size: 8192, rms_norm_eps: 1e-5 };
  const vision_config = { hidden_size: 1280, out_hidden_size: 8192 };
  const { decoder } = await parseConfig({ ...nested, text_config, vision_config });
  // Those of the published 72B, but for its epsilon.
  expect(decoder).toMatchObject({
    vocabSize: 152_064,
    intermediateSize: 29_568,
    numHiddenLayers: 80,
    numAttentionHeads: 64,
    numKeyValueHeads: 8,
    headDim: 128,
    maxPositionEmbeddings: 32_768,
  });
  expect(decoder.rope.theta).toBe(1_000_000);
});

const flagship = read(`${FOLDER}7b-4.49.0.json`);
const saved = read(`${FOLDER}llama3-4.49.0.json`);

test.each([
  ["rope_theta beside rope_scaling", {}, 1_000_000],
  ["rope_theta within", { rope_scaling: { rope_type: "default", rope_theta: 5e5 } }, 5e5],
  ["rope_parameters", { rope_scaling: null, rope_parameters: { rope_theta: 3e5 } }, 3e5],
  ["an empty rope_scaling", { rope_scaling: {}, rope_parameters: { rope_theta: 3e5 } }, 3e5],
  ["both: rope_scaling counts", { rope_parameters: { rope_theta: 3e5 } }, 1_000_000],
  ["type mrope", { rope_scaling: { type: "mrope", mrope_section: [16, 24, 24] } }, 1_000_000],
  ["none at all: the class's own", { rope_scaling: null, rope_theta: undefined }, 1_000_000],
] as const)("config, rope: %s → theta and sections", async (_, change, theta) => {
  const json = Object.fromEntries(
    Object.entries({ ...flagship, ...change }).filter(([, value]) => value !== undefined),
  );
  const { rope } = (await parseConfig(json)).decoder;
  expect([rope.theta, rope.axes, rope.pairAxes.filter((axis) => axis === 0).length]).toEqual([
    theta,
    3,
    16,
  ]);
});

test("config, rope: slowed, its original length missing → max_position_embeddings, as transformers 5", async () => {
  const { original_max_position_embeddings: _, ...scaling } = saved["rope_scaling"] as Json;
  const { rope } = (await parseConfig({ ...saved, rope_scaling: scaling })).decoder;
  expect(rope.scaling?.originalMaxPositionEmbeddings).toBe(saved["max_position_embeddings"]);
});

test("config: attention_bias of a class that does not read it → no bias; of one that does → all four", async () => {
  const biases = async (file: string): Promise<unknown> => {
    const { decoder } = await parseConfig({ ...read(FOLDER + file), attention_bias: true });
    return [decoder.qkvBias, decoder.outputBias];
  };
  expect(await biases("qwen2-4.49.0.json")).toEqual([true, false]);
  expect(await biases("qwen3-4.51.3.json")).toEqual([true, true]);
});

test("config: qwen3 without head_dim → the class's 128, not hidden_size / heads", async () => {
  const { head_dim: _, ...rest } = read(`${FOLDER}qwen3-4.51.3.json`);
  expect((await parseConfig(rest)).decoder.headDim).toBe(128);
});

test("config: the decoder's own pad token → before the whole model's", async () => {
  const nested = read(`${FOLDER}7b-5.23.0.json`);
  const text = { ...(nested["text_config"] as Json), pad_token_id: 7 };
  const padOf = async (json: Json): Promise<unknown> => (await parseConfig(json)).padTokenId;
  expect(await padOf({ ...nested, pad_token_id: 9, text_config: text })).toBe(7);
  expect(await padOf({ ...nested, pad_token_id: 9 })).toBe(9);
});

const nonsense: readonly [string, Json, string][] = [
  ["a section below zero", { rope_scaling: { mrope_section: [-8, 40, 32] } }, "mrope_section"],
  ["a section of zero", { rope_scaling: { mrope_section: [0, 32, 32] } }, "mrope_section"],
  ["theta past f32", { rope_theta: 1e308 }, "rope_theta"],
  ["theta of zero", { rope_theta: 0 }, "rope_theta"],
  ["an epsilon past f32", { rms_norm_eps: 1e300 }, "rms_norm_eps"],
  ["an epsilon below zero", { rms_norm_eps: -1e-6 }, "rms_norm_eps"],
  ["heads of a billion", { head_dim: 1_000_000_000 }, "head_dim"],
  [
    "a width of a billion for heads that it names no width of",
    { hidden_size: 28e8 },
    "hidden_size is",
  ],
  ["a head_dim that is odd", { head_dim: 127 }, "head_dim"],
  ["a slid layer", { layer_types: ["full_attention", "sliding_attention"] }, "layer_types"],
  ["no vision_config", { vision_config: undefined }, "vision_config is missing"],
];

test.each(nonsense)("config: %s → an error that names the field", async (_, change, message) => {
  await expect(parseConfig({ ...flagship, ...change })).rejects.toThrow(message);
});

const towers: readonly [string, Json, string][] = [
  ["a block below zero", { fullatt_block_indexes: [-1] }, "fullatt_block_indexes"],
  ["a window smaller than a cell", { window_size: 14 }, "window_size"],
  ["heads that do not divide", { num_heads: 7 }, "num_heads"],
  ["another theta", { rope_parameters: { rope_theta: 500 } }, "rope_parameters"],
  ["a missing width", { hidden_size: undefined }, "hidden_size is missing"],
  ["another width for the decoder", { out_hidden_size: 2048 }, "out_hidden_size"],
];

test.each(towers)(
  "config, vision: %s → an error that names the field",
  async (_, change, message) => {
    const vision = { ...(flagship["vision_config"] as Json), ...change };
    await expect(parseConfig({ ...flagship, vision_config: vision })).rejects.toThrow(message);
  },
);
