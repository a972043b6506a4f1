import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/model/config.ts";
import { modelFolder } from "../../testing/golden.ts";

const read = (model: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`${modelFolder(model)}/config.json`, "utf8")) as Record<string, unknown>;

test("config: flat (2025) and nested (transformers 5) layouts → the same fields", async () => {
  expect((await parseConfig(read("a"))).decoder).toMatchObject({
    hiddenSize: 256,
    headDim: 128,
    qkvBias: true,
  });
  expect((await parseConfig(read("b"))).decoder).toMatchObject({
    hiddenSize: 168,
    headDim: 24,
    rope: { theta: 10_000, axes: 3, pairAxes: [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2] },
  });
});

test("config: qwen3 → its own head size, norms of queries and keys, no biases", async () => {
  const { decoder, vision } = await parseConfig(read("qwen3"));
  expect(decoder).toMatchObject({ headDim: 64, qkNorm: true, qkvBias: false });
  expect(vision).toBeUndefined();
});

test("config: llama → stretched frequencies", async () => {
  expect((await parseConfig(read("llama"))).decoder.rope.scaling).toMatchObject({ factor: 32 });
});

const faults: readonly [string, Record<string, unknown>, string][] = [
  [
    "another kind of model",
    { model_type: "llava" },
    "model_type is not supported: expected qwen2 or qwen3 or llama or qwen2_5_vl or qwen2_vl or qwen3_vl",
  ],
  [
    "a class of another kind",
    { model_type: "qwen3", architectures: ["Qwen3ForTokenClassification"] },
    "architectures is not supported",
  ],
  ["a missing epsilon", { rms_norm_eps: undefined }, "rms_norm_eps is missing: expected a number"],
  [
    "a hidden size in words",
    { hidden_size: "256" },
    'hidden_size is wrong: expected a positive integer, got "256"',
  ],
  [
    "heads that do not divide",
    { num_attention_heads: 3 },
    "num_attention_heads is wrong: expected a divisor",
  ],
  [
    "sections that do not add up",
    { rope_scaling: { type: "mrope", mrope_section: [1, 2, 3] } },
    "mrope_section is wrong",
  ],
  [
    "a rope of another type",
    { rope_scaling: { rope_type: "yarn" } },
    'rope type is not supported: expected default or mrope, got "yarn"',
  ],
  ["sliding windows", { use_sliding_window: true }, "use_sliding_window is not supported"],
];

for (const [situation, change, message] of faults) {
  test(`config: ${situation} → says where, what and what was wanted`, async () => {
    await expect(parseConfig({ ...read("a"), ...change })).rejects.toThrow(message);
  });
}

test("config: two labels → one clear error", async () => {
  const config = { ...read("qwen3"), id2label: { 0: "good", 1: "bad" } };
  await expect(parseConfig(config)).rejects.toThrow(
    "number of labels (id2label): expected 1: a reward is one number, got 2",
  );
});

test("config: pad_token_id → a token, 0 too, none for null and -1, and an error for anything else", async () => {
  const padOf = async (pad: unknown): Promise<unknown> =>
    (await parseConfig({ ...read("qwen3"), pad_token_id: pad })).padTokenId;
  const pads = await Promise.all([7, 0, null, -1].map(padOf));
  expect(pads).toEqual([7, 0, undefined, undefined]);
  await expect(padOf("<pad>")).rejects.toThrow(
    'pad_token_id is wrong: expected a token id, got "<pad>"',
  );
});

test("config: no object → an error, not a crash", async () => {
  for (const json of [null, [], "x", 3]) {
    await expect(parseConfig(json)).rejects.toThrow("config.json: is not a JSON object.");
  }
});
