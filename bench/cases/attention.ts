/**
 * Attention: one pass of ours against ONNX Runtime's fused operators, every token seeing all, and
 * causal with groups.
 */
import { attention, attentionPairs, attentionTiles } from "../../src/kernels/attention.ts";
import type { Heads } from "../../src/kernels/attention.ts";
import { HeldWeights } from "../measure/held-weights.ts";
import { activations } from "../measure/values.ts";
import { groupQueryGraph, multiHeadGraph } from "../peers/operators.ts";
import type { PeerInput } from "../peers/ort.ts";
import type { Bench, Case, Contender } from "./case.ts";
import { ours } from "./ours.ts";
import { peer } from "./peer.ts";

const TOKENS = 256;
/** Added to the names of peers that run on the device without subgroups. */
const PLAIN = ", no subgroups";
const target = { swiftshader: 3, lavapipe: 1.2 };

/**
 * Returns q, k and v as separate tensors, as the peer takes them; ours are side by side in a row.
 */
function queriesKeysValues(tokens: number, heads: Heads): PeerInput[] {
  return (["q", "k", "v"] as const).map((name) => {
    const columns = (name === "q" ? heads.queries : heads.keys) * heads.dim;
    return { name, values: activations(name, tokens * columns), dims: [1, tokens, columns] };
  });
}

/** [tokens, columns of a + columns of b + …] */
function sideBySide(parts: readonly PeerInput[], tokens: number): Float32Array {
  const columns = parts.reduce((sum, { dims }) => sum + (dims[2] ?? 0), 0);
  const result = new Float32Array(tokens * columns);
  let at = 0;
  for (const { values, dims } of parts) {
    const own = dims[2] ?? 0;
    for (let row = 0; row < tokens; row++) {
      result.set(values.subarray(row * own, (row + 1) * own), row * columns + at);
    }
    at += own;
  }
  return result;
}

export async function ourAttention(
  bench: Bench,
  tokens: number,
  heads: Heads,
  causal: boolean,
): Promise<Contender> {
  const qkv = sideBySide(queriesKeysValues(tokens, heads), tokens);
  return await ours(bench, "f32", new HeldWeights(bench.device, "f32"), (plan) => {
    const table = attentionTiles([{ begin: 0, end: tokens }], causal, plan.profile.attention);
    const tiles = { table: plan.input("tiles", table), pairs: attentionPairs(table) };
    return attention(plan, "attention", plan.input("qkv", qkv, tokens), heads, tiles);
  });
}

/** In double precision, query by query. */
function reference(tokens: number, { queries, keys, dim }: Heads, causal: boolean): Float32Array {
  const [q, k, v] = queriesKeysValues(tokens, { queries, keys, dim }).map(({ values }) => values);
  const out = new Float32Array(tokens * queries * dim);
  for (let token = 0; token < tokens; token++) {
    for (let head = 0; head < queries; head++) {
      const at = (token * queries + head) * dim;
      const shared = Math.floor((head * keys) / queries);
      const seen = causal ? token + 1 : tokens;
      const weights = Float64Array.from({ length: seen }, (_, key) => {
        let dot = 0;
        for (let d = 0; d < dim; d++) dot += q![at + d]! * k![(key * keys + shared) * dim + d]!;
        return Math.exp(dot / Math.sqrt(dim));
      });
      const sum = weights.reduce((total, weight) => total + weight, 0);
      for (let d = 0; d < dim; d++) {
        let mixed = 0;
        for (let key = 0; key < seen; key++) {
          mixed += weights[key]! * v![(key * keys + shared) * dim + d]!;
        }
        out[at + d] = mixed / sum;
      }
    }
  }
  return out;
}

const attentionCase = (name: string, operator: string, heads: Heads, causal: boolean): Case => ({
  name: `attention ${name}`,
  flops: 4 * TOKENS ** 2 * heads.queries * heads.dim * (causal ? 0.5 : 1),
  target,
  reference: () => reference(TOKENS, heads, causal),
  build: async (bench) => {
    const model = causal
      ? groupQueryGraph(TOKENS, heads)
      : multiHeadGraph(TOKENS, heads.queries, heads.dim);
    const inputs = queriesKeysValues(TOKENS, heads);
    const dims = [1, TOKENS, heads.queries * heads.dim];
    return [
      await ourAttention(bench, TOKENS, heads, causal),
      await peer(bench.device, operator, model, inputs, dims),
      ...(bench.plainDevice
        ? [await peer(bench.plainDevice, `${operator}${PLAIN}`, model, inputs, dims)]
        : []),
    ];
  },
});

export const attentionCases: readonly Case[] = [
  attentionCase("256x16x64", "MultiHeadAttention", { queries: 16, keys: 16, dim: 64 }, false),
  attentionCase(
    "256x16/4x64 causal",
    "GroupQueryAttention",
    { queries: 16, keys: 4, dim: 64 },
    true,
  ),
];
