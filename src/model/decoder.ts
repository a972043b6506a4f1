/**
 * The language decoder: token embeddings to hidden states. One for all families; the config says
 * what each has.
 *
 *   per layer: norm → q, k, v → rope → attention → o + residual
 *              → norm → gate, up, SwiGLU → down + residual
 *
 * Eight steps a layer. There is no cache and no sampling: one pass over the pack is all a reward
 * needs.
 */
import { attention } from "../kernels/attention.ts";
import type { Heads } from "../kernels/attention.ts";
import type { Recorder, Tensor, Weight } from "../kernels/kernel.ts";
import { linear, swigluLinear } from "../kernels/matmul.ts";
import { rmsNorm } from "../kernels/rms-norm.ts";
import { rope } from "../kernels/rope.ts";
import type { Rotary } from "../kernels/rope.ts";
import type { Declare, Ingredient } from "../checkpoint/weight-table.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import type { Tap } from "./tap.ts";

interface LayerWeights {
  readonly inputNorm: Weight;
  readonly qkv: Weight;
  readonly qkvBias: Weight | undefined;
  /** Norms of query and key heads, one after the other. */
  readonly qkNorm: Weight | undefined;
  readonly output: Weight;
  readonly outputBias: Weight | undefined;
  readonly postAttentionNorm: Weight;
  readonly gateUp: Weight;
  readonly gateUpBias: Weight | undefined;
  readonly down: Weight;
  readonly downBias: Weight | undefined;
}

export interface DecoderWeights {
  readonly layers: readonly LayerWeights[];
  readonly norm: Weight;
}

/** What all layers of one pass share. */
export interface LayerInput {
  readonly rotary: Rotary;
  readonly tiles: { readonly table: Tensor; readonly pairs: number };
  /** What follows each layer, if the tower of a family adds to its image tokens there. */
  readonly afterLayer?: ((layer: number, x: Tensor) => Tensor) | undefined;
}

/** Declares the weights under their names; `prefix` is `model.` or `model.language_model.`. */
export function decoderWeights(
  declare: Declare,
  config: DecoderConfig,
  prefix: string,
): DecoderWeights {
  const norm = [{ name: `${prefix}norm.weight`, rows: config.hiddenSize }];
  return {
    layers: Array.from({ length: config.numHiddenLayers }, (_, i) =>
      layerWeights(declare, config, `${prefix}layers.${i}.`, `decoder.layer.${i}`),
    ),
    norm: declare.vector("decoder.norm", "norm.weight", norm),
  };
}

function layerWeights(
  declare: Declare,
  config: DecoderConfig,
  prefix: string,
  group: string,
): LayerWeights {
  const { hiddenSize, intermediateSize, numAttentionHeads, numKeyValueHeads, headDim } = config;
  const keys = numKeyValueHeads * headDim;
  const queries = numAttentionHeads * headDim;
  const one = (name: string, rows: number): Ingredient[] => [{ name: `${prefix}${name}`, rows }];
  const vector = (name: string, rows: number): Weight =>
    declare.vector(group, name, one(name, rows));
  const matrix = (name: string, rows: number, columns: number): Weight =>
    declare.matrix(group, name, one(name, rows), columns);
  const qkv = (kind: string): Ingredient[] => [
    ...one(`self_attn.q_proj.${kind}`, queries),
    ...one(`self_attn.k_proj.${kind}`, keys),
    ...one(`self_attn.v_proj.${kind}`, keys),
  ];
  const gateUp = (kind: string): [string, string] => [
    `${prefix}mlp.gate_proj.${kind}`,
    `${prefix}mlp.up_proj.${kind}`,
  ];
  const qkNorm = (): Ingredient[] => [
    ...one("self_attn.q_norm.weight", headDim),
    ...one("self_attn.k_norm.weight", headDim),
  ];
  const { qkvBias, outputBias, mlpBias } = config;
  return {
    inputNorm: vector("input_layernorm.weight", hiddenSize),
    qkv: declare.matrix(group, "self_attn.qkv_proj.weight", qkv("weight"), hiddenSize),
    qkvBias: qkvBias ? declare.vector(group, "self_attn.qkv_proj.bias", qkv("bias")) : undefined,
    qkNorm: config.qkNorm ? declare.vector(group, "self_attn.qk_norm.weight", qkNorm()) : undefined,
    output: matrix("self_attn.o_proj.weight", hiddenSize, queries),
    outputBias: outputBias ? vector("self_attn.o_proj.bias", hiddenSize) : undefined,
    postAttentionNorm: vector("post_attention_layernorm.weight", hiddenSize),
    gateUp: declare.gateUp(
      group,
      "mlp.gate_up.weight",
      gateUp("weight"),
      intermediateSize,
      hiddenSize,
    ),
    gateUpBias: mlpBias
      ? declare.gateUpBias(group, "mlp.gate_up.bias", gateUp("bias"), intermediateSize)
      : undefined,
    down: matrix("mlp.down_proj.weight", hiddenSize, intermediateSize),
    downBias: mlpBias ? vector("mlp.down_proj.bias", hiddenSize) : undefined,
  };
}

/** Runs the layers: x [tokens, hidden] → hidden states after the final norm [tokens, hidden]. */
export function decoder(
  plan: Recorder,
  weights: DecoderWeights,
  config: DecoderConfig,
  embedded: Tensor,
  { rotary, tiles, afterLayer }: LayerInput,
  tap: Tap,
): Tensor {
  const { rmsNormEps: eps, intermediateSize } = config;
  const heads: Heads = {
    queries: config.numAttentionHeads,
    keys: config.numKeyValueHeads,
    dim: config.headDim,
  };
  let x = tap("decoder.embed", embedded); // [tokens, hidden]
  for (const [i, w] of weights.layers.entries()) {
    const label = `decoder.layer.${i}`;
    const norms = w.qkNorm && { weight: w.qkNorm, eps };
    const h = rmsNorm(plan, `${label}.input_layernorm`, x, w.inputNorm, eps); // [tokens, hidden]
    // [tokens, (heads + 2 kvHeads) * headDim]
    let qkv = linear(plan, `${label}.qkv_proj`, h, w.qkv, { bias: w.qkvBias });
    // [tokens, (heads + 2 kvHeads) * headDim]
    qkv = rope(plan, `${label}.rope`, qkv, heads, rotary, norms);
    const a = attention(plan, `${label}.attention`, qkv, heads, tiles); // [tokens, heads * headDim]
    // [tokens, hidden]
    x = linear(plan, `${label}.o_proj`, a, w.output, { bias: w.outputBias, residual: x });
    // [tokens, hidden]
    const n = rmsNorm(plan, `${label}.post_attention_layernorm`, x, w.postAttentionNorm, eps);
    // [tokens, intermediate]
    const m = swigluLinear(plan, `${label}.gate_up`, n, w.gateUp, intermediateSize, w.gateUpBias);
    // [tokens, hidden]
    x = linear(plan, `${label}.down_proj`, m, w.down, { bias: w.downBias, residual: x });
    x = tap(label, x);
    if (afterLayer) x = afterLayer(i, x); // [tokens, hidden]
  }
  // [tokens, hidden]
  return tap("decoder.norm", rmsNorm(plan, "decoder.norm", x, weights.norm, eps));
}
