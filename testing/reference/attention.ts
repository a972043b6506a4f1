/** Double-precision twin of the attentions. Python: eager_attention_forward. */
import type { AttentionRange, Heads } from "../../src/kernels/attention.ts";
import { roundingBound } from "../compare.ts";
import type { Bounded } from "./matmul.ts";

/** softmax(q kᵀ / √dim) v over qkv [tokens, (queries + 2 keys) * dim] → [tokens, queries * dim]. */
export function attention(
  qkv: Float32Array,
  heads: Heads,
  ranges: readonly AttentionRange[],
  causal: boolean,
): Bounded {
  const stride = (heads.queries + 2 * heads.keys) * heads.dim;
  const tokens = qkv.length / stride;
  const values = new Float64Array(tokens * heads.queries * heads.dim);
  const bounds = new Float64Array(values.length);
  for (const { begin, end, prefix } of ranges) {
    for (let query = begin; query < end; query++) {
      const seen = [
        ...indices(prefix?.begin ?? 0, prefix?.end ?? 0),
        ...indices(begin, causal ? query + 1 : end),
      ];
      for (let head = 0; head < heads.queries; head++) {
        const at = (query * heads.queries + head) * heads.dim;
        const out = values.subarray(at, at + heads.dim);
        attend(qkv, stride, heads, { query, head, seen }, out, bounds.subarray(at, at + heads.dim));
      }
    }
  }
  return { wanted: values, bounds };
}

interface Place {
  readonly query: number;
  readonly head: number;
  /** The tokens that the query sees. */
  readonly seen: readonly number[];
}

function attend(
  qkv: Float32Array,
  stride: number,
  { queries, keys, dim }: Heads,
  { query, head, seen }: Place,
  out: Float64Array,
  bounds: Float64Array,
): void {
  const keyHead = Math.floor(head / (queries / keys));
  const keyAt = (queries + keyHead) * dim;
  const scores = new Float64Array(seen.length);
  const errors = new Float64Array(seen.length);
  for (const [i, token] of seen.entries()) {
    let magnitude = 0;
    for (let d = 0; d < dim; d++) {
      const product = qkv[query * stride + head * dim + d]! * qkv[token * stride + keyAt + d]!;
      scores[i]! += product / Math.sqrt(dim);
      magnitude += Math.abs(product) / Math.sqrt(dim);
    }
    // The scale and its own rounding are two more.
    errors[i] = roundingBound(dim + 2, magnitude);
  }
  const maximum = scores.reduce((highest, score) => Math.max(highest, score), -Infinity);
  const weights = scores.map((score) => Math.exp(score - maximum));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  for (const [i, token] of seen.entries()) {
    for (let d = 0; d < dim; d++) {
      out[d]! += (weights[i]! / sum) * qkv[token * stride + keyAt + keys * dim + d]!;
    }
  }
  // A weight is off by its score's error, and by WGSL's exp: 3 + 2 |x| ULP, once for itself and
  // once for each of the fades of a tile of keys, whose exponents add up to at most the
  // distance of the score from the maximum.
  const fades = Math.ceil(seen.length / 16) + 1;
  for (const [i, token] of seen.entries()) {
    const share = weights[i]! / sum;
    const apart = 2 * (maximum - scores[i]!) + 2 * errors[i]!;
    const off = Math.expm1(errors[i]! + roundingBound(8 * fades, 1) + roundingBound(6, apart));
    for (let d = 0; d < dim; d++) {
      const value = qkv[token * stride + keyAt + keys * dim + d]!;
      bounds[d]! += share * off * Math.abs(value - out[d]!);
      bounds[d]! += roundingBound(2 * seen.length + 4, share * Math.abs(value));
      // A weight below f32's normal numbers may be flushed to zero.
      bounds[d]! += Math.abs(value) * 2 ** -126;
    }
  }
}

function indices(begin: number, end: number): number[] {
  return Array.from({ length: end - begin }, (_, i) => begin + i);
}
