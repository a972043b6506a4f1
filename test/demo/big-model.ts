/**
 * A text model of 8 billion parameters that takes no space: its header is whole, its weights are a
 * hole in the file. Good for everything but loading it.
 */
import { mkdir, truncate, writeFile } from "node:fs/promises";
import path from "node:path";

const LAYERS = 36;
const HIDDEN = 4096;
const INTERMEDIATE = 12_288;
const HEADS = 32;
const KEY_VALUE_HEADS = 8;
const HEAD_DIM = 128;
const VOCABULARY = 151_936;

const config = {
  model_type: "qwen3",
  architectures: ["Qwen3ForSequenceClassification"],
  num_labels: 1,
  id2label: { "0": "LABEL_0" },
  vocab_size: VOCABULARY,
  hidden_size: HIDDEN,
  intermediate_size: INTERMEDIATE,
  num_hidden_layers: LAYERS,
  num_attention_heads: HEADS,
  num_key_value_heads: KEY_VALUE_HEADS,
  head_dim: HEAD_DIM,
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  max_position_embeddings: 40_960,
  pad_token_id: 151_643,
};

/** Writes its folder. @returns bytes of config.json and the weights together */
export async function writeBigModel(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const header: Record<string, object> = {};
  let end = 0;
  for (const [name, shape] of tensors()) {
    const begin = end;
    end += 2 * shape.reduce((product, count) => product * count, 1);
    header[name] = { dtype: "BF16", shape, data_offsets: [begin, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + json.byteLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.byteLength), true);
  file.set(json, 8);
  const weights = path.join(folder, "model.safetensors");
  await writeFile(weights, file);
  await truncate(weights, file.byteLength + end);
  const text = JSON.stringify(config);
  await writeFile(path.join(folder, "config.json"), text);
  return text.length + file.byteLength + end;
}

function tensors(): [name: string, shape: number[]][] {
  const queries = HEADS * HEAD_DIM;
  const keys = KEY_VALUE_HEADS * HEAD_DIM;
  const layers = Array.from({ length: LAYERS }, (_, at): [string, number[]][] => [
    [`model.layers.${at}.input_layernorm.weight`, [HIDDEN]],
    [`model.layers.${at}.self_attn.q_proj.weight`, [queries, HIDDEN]],
    [`model.layers.${at}.self_attn.k_proj.weight`, [keys, HIDDEN]],
    [`model.layers.${at}.self_attn.v_proj.weight`, [keys, HIDDEN]],
    [`model.layers.${at}.self_attn.o_proj.weight`, [HIDDEN, queries]],
    [`model.layers.${at}.self_attn.q_norm.weight`, [HEAD_DIM]],
    [`model.layers.${at}.self_attn.k_norm.weight`, [HEAD_DIM]],
    [`model.layers.${at}.post_attention_layernorm.weight`, [HIDDEN]],
    [`model.layers.${at}.mlp.gate_proj.weight`, [INTERMEDIATE, HIDDEN]],
    [`model.layers.${at}.mlp.up_proj.weight`, [INTERMEDIATE, HIDDEN]],
    [`model.layers.${at}.mlp.down_proj.weight`, [HIDDEN, INTERMEDIATE]],
  ]);
  return [
    ["model.embed_tokens.weight", [VOCABULARY, HIDDEN]],
    ...layers.flat(),
    ["model.norm.weight", [HIDDEN]],
    ["score.weight", [1, HIDDEN]],
  ];
}
