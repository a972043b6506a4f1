/**
 * Only the families folder names families, and their sizes are checked against the tensors.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { WeightsError } from "../../src/errors.ts";
import { openCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { WeightTable } from "../../src/checkpoint/weight-table.ts";
import { openFolder } from "../../src/load/folder.ts";
import { parseConfig } from "../../src/model/config.ts";
import { findFamily, modelTypes } from "../../src/model/families/families.ts";
import { modelWeights } from "../../src/model/weights.ts";
import { changedFolder, changedJson } from "../../testing/checkpoint/folder-fixture.ts";
import { modelFolder } from "../../testing/golden.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { syntheticCheckpoint } from "../../testing/checkpoint/synthetic-checkpoint.ts";

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));
const HOME = join("model", "families");
/** Names of families and of their published models. */
const NAMES = /qwen(?!_vl_utils)|llama(?![-_ ]?factory)|skywork/i;
/** Files that may name families, and why: their code does not treat a family in a special way. */
const ALLOWED: Readonly<Record<string, string>> = {
  "model/heads/published.ts": "records of published models, found by their names",
  "model/heads/instructions.ts": "where the texts of published models come from",
  "model/heads/implied.ts": "classes whose name says what their head is",
  "load/reward.ts": "names of published models, whose records are loaded on use",
  "evaluate/reports/published.ts": "results of published models, quoted beside one's own",
  "text/tokenizer/token-files.ts":
    "a class of tokenizers, by its own name: models of any family use it",
};

/** The lines of a file that name a family. */
function namingLines(text: string): string[] {
  return text.split("\n").filter((line) => NAMES.test(line));
}

describe("families", () => {
  test("families: names anywhere else in src → none", () => {
    const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" });
    const others = files.filter(
      (file) => file.endsWith(".ts") && !file.startsWith(HOME) && !(file in ALLOWED),
    );
    expect(others.length).toBeGreaterThan(100);
    const found = others.flatMap((file) =>
      namingLines(readFileSync(join(SOURCE, file), "utf8")).map(
        (line) => `${file}: ${line.trim()}`,
      ),
    );
    expect(found).toEqual([]);
  });

  test("families: the check itself → finds a planted name, not a trainer's or a package's", () => {
    expect(
      namingLines(
        'if (modelType === "qwen3") {\n// LLaMA-Factory\nllamaFactory()\n// qwen_vl_utils',
      ),
    ).toEqual(['if (modelType === "qwen3") {']);
  });

  test("families: each model type → one record, which says so", async () => {
    expect(new Set(modelTypes).size).toBe(modelTypes.length);
    for (const type of modelTypes) expect((await findFamily(type))?.modelTypes).toContain(type);
    expect(await findFamily("llava")).toBeUndefined();
    expect(await findFamily("toString")).toBeUndefined();
  });
});

type Json = Record<string, unknown>;

/** Declares the weights of a golden model whose config.json is changed. */
async function declared(model: string, change: (json: Json) => void): Promise<void> {
  const source = fileSystemSource(modelFolder(model));
  const json: unknown = JSON.parse(changedJson(model, "config.json", change));
  const table = new WeightTable(await openCheckpoint(source), 128 * 2 ** 20, "q4");
  modelWeights(table, await parseConfig(json));
  table.check();
}

const vision = (json: Json): Json => json["vision_config"] as Json;

/** Sizes that would be looped over or allocated before anyone saw that no tensor has them. */
const sizes: readonly [string, string, (json: Json) => void, RegExp][] = [
  ["layers 1e9", "a", (json) => (json["num_hidden_layers"] = 1e9), /num_hidden_layers: expected/],
  ["layers 3e6", "qwen3", (json) => (json["num_hidden_layers"] = 3e6), /got 3,000,000/],
  ["layers 2^53 - 1", "llama", (json) => (json["num_hidden_layers"] = 2 ** 53 - 1), /num_hidden/],
  ["one layer more", "a", (json) => (json["num_hidden_layers"] = 3), /layers\.2\..*is missing/],
  ["depth 1e9", "a", (json) => (vision(json)["depth"] = 1e9), /vision_config, depth: expected/],
  ["depth by default", "a", (json) => delete vision(json)["depth"], /blocks\.4\..*is missing/],
  [
    "intermediate 1e12",
    "a",
    (json) => (json["intermediate_size"] = 1e12),
    /has shape \[420, 256\]/,
  ],
  ["vocabulary 1e15", "a", (json) => (json["vocab_size"] = 1e15), /embed_tokens.weight" has shape/],
  ["vision MLP 1e12", "a", (json) => (vision(json)["intermediate_size"] = 1e12), /gate_proj/],
  ["patch 1e6", "a", (json) => (vision(json)["patch_size"] = 16), /patch_embed.*has shape/],
];

describe("sizes", () => {
  test.each(sizes)(
    "sizes: %s of %s → WeightsError that names it, in no time",
    async (...row) => {
      const [, model, change, message] = row;
      await expect(declared(model, change)).rejects.toThrow(WeightsError);
      await expect(declared(model, change)).rejects.toThrow(message);
    },
    5000,
  );

  test("sizes: as published → declared", async () => {
    for (const model of ["a", "b", "qwen3", "llama"]) await declared(model, () => {});
  });
});

test("config.json with a key twice → WeightsError that names it", async () => {
  const text = changedJson("qwen3", "config.json", () => {});
  const twice = `{"hidden_size": 64, ${text.slice(1)}`;
  await expect(openFolder(changedFolder("qwen3", { "config.json": twice }), {})).rejects.toThrow(
    /config\.json.*"hidden_size" twice/,
  );
});

test("the published 7B under each transformers' config.json → all tensors as it says", async () => {
  const source = syntheticCheckpoint();
  const checkpoint = await openCheckpoint(source);
  const configs = readdirSync(new URL("configs/", import.meta.url)).filter((file) =>
    file.startsWith("7b-"),
  );
  expect(configs.length).toBeGreaterThan(3);
  for (const file of configs) {
    const text = readFileSync(new URL(`configs/${file}`, import.meta.url), "utf8");
    const table = new WeightTable(checkpoint, 2 ** 31, "q4");
    modelWeights(table, await parseConfig(JSON.parse(text)));
    table.check();
    expect(table.names().size).toBe(checkpoint.tensors.size - 1);
  }
});
