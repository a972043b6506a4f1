/**
 * Decoder layers of Qwen2.5's kind from ONNX Runtime's fused operators, as its own model builder
 * composes them: SkipSimplifiedLayerNormalization, GroupQueryAttention with rotary positions, q, k
 * and v in one product.
 */
import { normValues } from "../measure/values.ts";
import { onnxGraph } from "./onnx.ts";
import type { OnnxGraph } from "./onnx.ts";
import { groupQuery, peerLinear, peerNorm, peerSkipNorm } from "./operators.ts";
import type { PeerForm } from "./operators.ts";

export interface LayerShape {
  readonly tokens: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediate: number;
  readonly eps: number;
}

/** [positions, headDim / 2] cosines and sines. */
export interface AngleTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** A tensor of the checkpoint: [rows] or [rows, depth]. */
export interface Named {
  readonly name: string;
  readonly rows: number;
}

/** Where the weights of a graph come from. */
export interface PeerWeights {
  /** x · weightᵀ; the rows of the weights follow one another. */
  linear(x: string, weights: readonly Named[], depth: number): string;
  /** A constant vector. */
  vector(weights: readonly Named[]): string;
}

/** The inputs of a layer: the residual stream, and its norm by the layer's first weight. */
export interface Stream {
  readonly sum: string;
  readonly normed: string;
}

/** cosines and sines as constants of the graph. */
export function rotaryConstants(
  graph: OnnxGraph,
  { cos, sin }: AngleTables,
  positions: number,
): { cos: string; sin: string } {
  const dims = [positions, cos.length / positions];
  return { cos: graph.constant(cos, dims), sin: graph.constant(sin, dims) };
}

/**
 * Adds one layer. Its output is normed by `next`: the first norm of the following layer, or the
 * last norm of the model.
 */
export function decoderLayer(
  graph: OnnxGraph,
  weights: PeerWeights,
  { sum, normed }: Stream,
  layer: string,
  shape: LayerShape,
  rotary: { readonly cos: string; readonly sin: string },
  next: string,
): Stream {
  const { tokens, hidden, heads, kvHeads, headDim, intermediate, eps } = shape;
  const attention = `${layer}self_attn.`;
  const one = (name: string, rows: number): Named[] => [{ name, rows }];
  const qkv = (kind: string): Named[] => [
    ...one(`${attention}q_proj.${kind}`, heads * headDim),
    ...one(`${attention}k_proj.${kind}`, kvHeads * headDim),
    ...one(`${attention}v_proj.${kind}`, kvHeads * headDim),
  ];
  const project = (x: string, name: string, rows: number, depth: number): string =>
    weights.linear(x, one(`${layer}${name}.weight`, rows), depth);
  const product = weights.linear(normed, qkv("weight"), hidden);
  const packed = graph.node("Add", [product, weights.vector(qkv("bias"))]);
  const own = { queries: heads, keys: kvHeads, dim: headDim };
  const attended = groupQuery(graph, [packed, "", ""], tokens, own, rotary);
  const o = project(attended, "self_attn.o_proj", hidden, heads * headDim);
  const postNorm = weights.vector(one(`${layer}post_attention_layernorm.weight`, hidden));
  const post = peerSkipNorm(graph, o, sum, postNorm, eps);
  const gate = project(post.normed, "mlp.gate_proj", intermediate, hidden);
  const up = project(post.normed, "mlp.up_proj", intermediate, hidden);
  const mixed = graph.node("Mul", [silu(graph, gate), up]);
  const down = project(mixed, "mlp.down_proj", hidden, intermediate);
  return peerSkipNorm(graph, down, post.sum, weights.vector(one(next, hidden)), eps);
}

export function silu(graph: OnnxGraph, x: string): string {
  return graph.node("Mul", [x, graph.node("Sigmoid", [x])]);
}

/**
 * x [1, tokens, hidden] → a layer and the norm after it; made-up weights by the names of a
 * checkpoint.
 */
export function decoderLayerGraph(
  shape: LayerShape,
  angles: AngleTables,
  prefix: string,
  form: PeerForm,
): Uint8Array {
  const graph = onnxGraph();
  const weights: PeerWeights = {
    linear: (x, own, depth) => peerLinear(graph, x, own, depth, form),
    vector(own) {
      const values = own.flatMap(({ name, rows }) => [...normValues(name, rows)]);
      return graph.constant(Float32Array.from(values), [values.length]);
    },
  };
  const { tokens, hidden, eps } = shape;
  const dims = [1, tokens, hidden];
  const x = graph.input("x", dims);
  const layer = `${prefix}layers.0.`;
  const first = weights.vector([{ name: `${layer}input_layernorm.weight`, rows: hidden }]);
  const stream = { sum: x, normed: peerNorm(graph, x, first, eps) };
  const rotary = rotaryConstants(graph, angles, tokens);
  const last = decoderLayer(graph, weights, stream, layer, shape, rotary, `${prefix}norm.weight`);
  graph.output(last.normed, "out", dims);
  return graph.bytes();
}
