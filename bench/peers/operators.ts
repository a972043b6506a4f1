/** Single operators as ONNX graphs: what ONNX Runtime runs instead of one of our kernels. */
import { weightIntegers, weightValues, transposed } from "../measure/values.ts";
import { onnxGraph } from "./onnx.ts";
import type { OnnxGraph } from "./onnx.ts";

const MICROSOFT = "com.microsoft";

/** Values of four bits that share a scale, in MatMulNBits as in ours. */
const BLOCK = 32;

/**
 * How ONNX Runtime holds a matrix: f32, or MatMulNBits at an accuracy level (0: floats, 4:
 * activations as int8).
 */
export type PeerForm = "f32" | { readonly accuracy: 0 | 4 };

/**
 * x · weightᵀ, the weight [columns, depth] being the rows of the named weights, one after the
 * other.
 */
export function peerLinear(
  graph: OnnxGraph,
  x: string,
  weights: readonly { readonly name: string; readonly rows: number }[],
  depth: number,
  form: PeerForm,
): string {
  const rows = weights.reduce((sum, own) => sum + own.rows, 0);
  const integers = new Uint8Array(rows * depth);
  let at = 0;
  for (const own of weights) {
    integers.set(weightIntegers(own.name, own.rows * depth), at);
    at += own.rows * depth;
  }
  if (form === "f32") {
    const values = transposed(weightValues(integers), rows, depth);
    return graph.node("MatMul", [x, graph.constant(values, [depth, rows])]);
  }
  const packed = new Uint8Array(integers.length / 2);
  for (let i = 0; i < packed.length; i++) {
    packed[i] = (integers[2 * i] ?? 0) | ((integers[2 * i + 1] ?? 0) << 4);
  }
  const blocks = depth / BLOCK;
  const scales = new Float32Array(rows * blocks).fill(1 / 64);
  return graph.node(
    "MatMulNBits",
    [x, graph.constant(packed, [rows, blocks, BLOCK / 2]), graph.constant(scales, [rows, blocks])],
    {
      domain: MICROSOFT,
      attributes: {
        K: depth,
        N: rows,
        bits: 4,
        block_size: BLOCK,
        accuracy_level: form.accuracy,
      },
    },
  );
}

export function matmulGraph(
  rows: number,
  depth: number,
  columns: number,
  form: PeerForm,
): Uint8Array {
  const graph = onnxGraph();
  const x = graph.input("x", [1, rows, depth]);
  const out = peerLinear(graph, x, [{ name: "weight", rows: columns }], depth, form);
  graph.output(out, "out", [1, rows, columns]);
  return graph.bytes();
}

/** MultiHeadAttention over q, k and v [1, tokens, heads * dim], every token seeing all. */
export function multiHeadGraph(tokens: number, heads: number, dim: number): Uint8Array {
  const graph = onnxGraph();
  const dims = [1, tokens, heads * dim];
  const qkv = ["q", "k", "v"].map((name) => graph.input(name, dims));
  const out = graph.node("MultiHeadAttention", qkv, {
    domain: MICROSOFT,
    attributes: { num_heads: heads },
  });
  graph.output(out, "out", dims);
  return graph.bytes();
}

export interface PeerHeads {
  readonly queries: number;
  readonly keys: number;
  readonly dim: number;
}

/**
 * Adds GroupQueryAttention over a causal prompt without a past. Rotates q and k if a rotary table
 * is given.
 */
export function groupQuery(
  graph: OnnxGraph,
  qkv: readonly string[],
  tokens: number,
  heads: PeerHeads,
  rotary?: { readonly cos: string; readonly sin: string },
): string {
  const seqlens = graph.constant(Int32Array.of(tokens - 1), [1]);
  const total = graph.constant(Int32Array.of(tokens), [1]);
  const turned = rotary ? [rotary.cos, rotary.sin] : [];
  const [out = ""] = graph.nodes(
    "GroupQueryAttention",
    [...qkv, "", "", seqlens, total, ...turned],
    {
      domain: MICROSOFT,
      outputs: 3,
      attributes: {
        num_heads: heads.queries,
        kv_num_heads: heads.keys,
        scale: { float: heads.dim ** -0.5 },
        ...(rotary ? { do_rotary: 1 } : {}),
      },
    },
  );
  return out;
}

export function groupQueryGraph(tokens: number, heads: PeerHeads): Uint8Array {
  const graph = onnxGraph();
  const q = graph.input("q", [1, tokens, heads.queries * heads.dim]);
  const k = graph.input("k", [1, tokens, heads.keys * heads.dim]);
  const v = graph.input("v", [1, tokens, heads.keys * heads.dim]);
  const out = groupQuery(graph, [q, k, v], tokens, heads);
  graph.output(out, "out", [1, tokens, heads.queries * heads.dim]);
  return graph.bytes();
}

/** The root mean square norm as ONNX Runtime's exporters write it. */
export function peerNorm(graph: OnnxGraph, x: string, weight: string, eps: number): string {
  return graph.node("SimplifiedLayerNormalization", [x, weight], {
    attributes: { axis: -1, epsilon: { float: eps } },
  });
}

/** (x + skip), and its norm. */
export function peerSkipNorm(
  graph: OnnxGraph,
  x: string,
  skip: string,
  weight: string,
  eps: number,
): { normed: string; sum: string } {
  const [normed = "", , , sum = ""] = graph.nodes(
    "SkipSimplifiedLayerNormalization",
    [x, skip, weight],
    { domain: MICROSOFT, outputs: 4, attributes: { epsilon: { float: eps } } },
  );
  return { normed, sum };
}

export function normGraph(
  rows: number,
  columns: number,
  weight: Float32Array,
  eps: number,
): Uint8Array {
  const graph = onnxGraph();
  const x = graph.input("x", [1, rows, columns]);
  const out = peerNorm(graph, x, graph.constant(weight, [columns]), eps);
  graph.output(out, "out", [1, rows, columns]);
  return graph.bytes();
}
