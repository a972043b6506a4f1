/**
 * The tensors that a family declares for a published model, counted: as many as the hub says, with
 * as many parameters. A wrong name or shape of a tower would be found without its weights.
 */
import { expect, test } from "vitest";
import { at } from "../../../src/base/at.ts";
import type { Declare, Ingredient } from "../../../src/checkpoint/weight-table.ts";
import type { Weight } from "../../../src/kernels/kernel.ts";
import { parseConfig } from "../../../src/model/config.ts";
import { decoderWeights } from "../../../src/model/decoder.ts";

type Json = Record<string, unknown>;

const qwen3Text = {
  num_key_value_heads: 8,
  head_dim: 128,
  rms_norm_eps: 1e-6,
  vocab_size: 151_936,
  max_position_embeddings: 262_144,
  rope_theta: 5_000_000,
  rope_scaling: { mrope_interleaved: true, mrope_section: [24, 20, 20], rope_type: "default" },
};
const smallTower = { depth: 24, hidden_size: 1024, intermediate_size: 4096, num_heads: 16 };

function qwen3Vl(text: Json, vision: Json, isTied: boolean): Json {
  return {
    model_type: "qwen3_vl",
    architectures: ["Qwen3VLForConditionalGeneration"],
    text_config: { ...qwen3Text, ...text },
    vision_config: { ...vision, out_hidden_size: text["hidden_size"] },
    tie_word_embeddings: isTied,
  };
}

function qwen2Vl(text: Json, isTied: boolean): Json {
  return {
    model_type: "qwen2_vl",
    architectures: ["Qwen2VLForConditionalGeneration"],
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    rope_scaling: { type: "mrope", mrope_section: [16, 24, 24] },
    max_position_embeddings: 32_768,
    num_hidden_layers: 28,
    ...text,
    vision_config: { hidden_size: text["hidden_size"], mlp_ratio: 4, patch_size: 14 },
    tie_word_embeddings: isTied,
  };
}

/** Counts what is declared. */
class Counter implements Declare {
  readonly shapes = new Map<string, readonly number[]>();

  #add(ingredients: readonly Ingredient[], columns?: number): Weight {
    for (const { name, rows, shape } of ingredients) {
      expect(this.shapes.has(name), name).toBe(false);
      this.shapes.set(name, shape ?? (columns === undefined ? [rows] : [rows, columns]));
    }
    return { label: "", group: "", form: "f32", rows: 0, columns: 0, parts: [] };
  }
  matrix(_: string, __: string, ingredients: readonly Ingredient[], columns: number): Weight {
    return this.#add(ingredients, columns);
  }
  vector(_: string, __: string, ingredients: readonly Ingredient[]): Weight {
    return this.#add(ingredients);
  }
  gateUp(_: string, __: string, names: readonly string[], rows: number, columns: number): Weight {
    return this.#add(
      names.map((name) => ({ name, rows })),
      columns,
    );
  }
  gateUpBias(_: string, __: string, names: readonly string[], rows: number): Weight {
    return this.#add(names.map((name) => ({ name, rows })));
  }
  zeros(): Weight {
    return this.#add([]);
  }
  has(): boolean {
    return true;
  }
  parameters(): number {
    const sizes = [...this.shapes.values()].map((shape) => shape.reduce((a, b) => a * b, 1));
    return sizes.reduce((a, b) => a + b, 0);
  }
}

const published: readonly [string, Json, readonly [number, number, number, number]][] = [
  // Of each: tensors and parameters of the tower, tensors of the rest, parameters of all.
  [
    "Qwen3-VL-2B",
    qwen3Vl(
      {
        hidden_size: 2048,
        intermediate_size: 6144,
        num_hidden_layers: 28,
        num_attention_heads: 16,
      },
      { ...smallTower, deepstack_visual_indexes: [5, 11, 17] },
      true,
    ),
    [315, 406_957_056, 310, 2_127_532_032],
  ],
  [
    "Qwen3-VL-4B",
    qwen3Vl(
      {
        hidden_size: 2560,
        intermediate_size: 9728,
        num_hidden_layers: 36,
        num_attention_heads: 32,
      },
      { ...smallTower, deepstack_visual_indexes: [5, 11, 17] },
      true,
    ),
    [315, 415_347_712, 398, 4_437_815_808],
  ],
  [
    "Qwen3-VL-8B, its tower the class's own",
    qwen3Vl(
      {
        hidden_size: 4096,
        intermediate_size: 12_288,
        num_hidden_layers: 36,
        num_attention_heads: 32,
      },
      {},
      false,
    ),
    [351, 576_388_336, 399, 8_767_123_696],
  ],
  [
    "Qwen2-VL-2B",
    qwen2Vl(
      {
        hidden_size: 1536,
        intermediate_size: 8960,
        num_attention_heads: 12,
        num_key_value_heads: 2,
        vocab_size: 151_936,
      },
      true,
    ),
    [391, 665_271_296, 338, 2_208_985_600],
  ],
  [
    "Qwen2-VL-7B, the base of HPSv3",
    qwen2Vl(
      {
        hidden_size: 3584,
        intermediate_size: 18_944,
        num_attention_heads: 28,
        num_key_value_heads: 4,
        vocab_size: 152_064,
      },
      false,
    ),
    [391, 675_759_104, 339, 8_291_375_616],
  ],
];

test.each(published)("%s: its tensors and parameters → as published", async (_, json, wanted) => {
  const config = await parseConfig(json);
  const { decoder, vision, family, isTied } = config;
  const layout = at(family.layouts, 0);
  const tower = new Counter();
  if (vision) family.tower?.weights(tower, vision, layout.vision);
  const rest = new Counter();
  decoderWeights(rest, decoder, layout.decoder);
  const tables = isTied ? 1 : 2;
  const table = decoder.vocabSize * decoder.hiddenSize;
  expect([
    tower.shapes.size,
    tower.parameters(),
    rest.shapes.size + tables,
    tower.parameters() + rest.parameters() + tables * table,
  ]).toEqual(wanted);
});
