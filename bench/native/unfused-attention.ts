/**
 * Attention in three steps, with all scores in memory: what the fused kernel is measured against.
 */
import type { Heads } from "../../src/kernels/attention.ts";
import { foldIntoTwo, kernel, read, u32, write } from "../../src/kernels/kernel.ts";
import type { Kernel, Recorder, Tensor } from "../../src/kernels/kernel.ts";
import mixSource from "./unfused-mix.wgsl?raw";
import scoresSource from "./unfused-scores.wgsl?raw";
import softmaxSource from "./unfused-softmax.wgsl?raw";

const constants = ["HEAD_DIM", "QUERY_HEADS", "KEY_HEADS"];

const scoresKernel: Kernel = kernel("unfused-scores", [scoresSource], {
  bindings: [read("qkv"), write("out")],
  constants,
  params: ["tokens", "stride4", "out_stride4"].map(u32),
});

const softmaxKernel: Kernel = kernel("unfused-softmax", [softmaxSource], {
  bindings: [read("x"), write("out")],
  constants: [],
  params: ["rows", "columns", "stride", "causal"].map(u32),
});

const mixKernel: Kernel = kernel("unfused-mix", [mixSource], {
  bindings: [read("weights"), read("qkv"), write("out")],
  constants,
  params: ["tokens", "stride4", "weights_stride4"].map(u32),
});

/** softmax(q kᵀ / √dim) v over qkv [tokens, (queries + 2 keys) * dim] → [tokens, queries * dim]. */
export function unfusedAttention(
  plan: Recorder,
  qkv: Tensor,
  heads: Heads,
  causal: boolean,
): Tensor {
  const tokens = qkv.rows;
  const { queries, keys, dim } = heads;
  const shape = { HEAD_DIM: dim, QUERY_HEADS: queries, KEY_HEADS: keys };
  const scores = plan.tensor("scores", queries * tokens, tokens);
  const fours = Math.ceil(tokens / 4);
  const common = { label: "unfused", cost: queries * tokens ** 2 * dim };
  plan.record({
    ...common,
    kernel: scoresKernel,
    constants: shape,
    bindings: [qkv, scores],
    params: { tokens, stride4: qkv.stride / 4, out_stride4: scores.stride / 4 },
    grid: [Math.ceil(fours / 64), fours, queries],
  });
  const weights = plan.tensor("weights", scores.rows, tokens);
  plan.record({
    ...common,
    kernel: softmaxKernel,
    constants: {},
    bindings: [scores, weights],
    params: { rows: scores.rows, columns: tokens, stride: scores.stride, causal: Number(causal) },
    grid: foldIntoTwo(scores.rows),
  });
  const out = plan.tensor("unfused", tokens, queries * dim);
  plan.record({
    ...common,
    kernel: mixKernel,
    constants: shape,
    bindings: [weights, qkv, out],
    params: { tokens, stride4: qkv.stride / 4, weights_stride4: weights.stride / 4 },
    grid: [Math.ceil((queries * dim) / 4 / 64), fours, 1],
  });
  return out;
}
