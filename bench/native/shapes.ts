/**
 * The decoders of published reward models: their shapes decide how fast they are, their weights do
 * not.
 */
import { linearRope } from "../measure/linear-rope.ts";
import type { DecoderConfig } from "../../src/model/decoder-config.ts";

const common = {
  headDim: 128,
  rmsNormEps: 1e-6,
  maxPositionEmbeddings: 32_768,
  rope: linearRope(1_000_000, 128),
  outputBias: false,
  mlpBias: false,
} as const;

/** Skywork-Reward-V2-Qwen3-0.6B, Qwen2.5-VL-3B and -7B. Skywork-VL-Reward is a Qwen2.5-VL-7B. */
export const decoders: Readonly<Record<string, DecoderConfig>> = {
  "0.6B": {
    ...common,
    vocabSize: 151_936,
    hiddenSize: 1024,
    intermediateSize: 3072,
    numHiddenLayers: 28,
    numAttentionHeads: 16,
    numKeyValueHeads: 8,
    qkvBias: false,
    qkNorm: true,
  },
  "3B": {
    ...common,
    vocabSize: 151_936,
    hiddenSize: 2048,
    intermediateSize: 11_008,
    numHiddenLayers: 36,
    numAttentionHeads: 16,
    numKeyValueHeads: 2,
    qkvBias: true,
    qkNorm: false,
  },
  "7B": {
    ...common,
    vocabSize: 152_064,
    hiddenSize: 3584,
    intermediateSize: 18_944,
    numHiddenLayers: 28,
    numAttentionHeads: 28,
    numKeyValueHeads: 4,
    qkvBias: true,
    qkNorm: false,
  },
};

/**
 * Floating-point operations of a prefill: every weight of a matrix twice a token, and causal
 * attention.
 */
export function prefillFlops(config: DecoderConfig, layers: number, tokens: number): number {
  const { hiddenSize, intermediateSize, numAttentionHeads, numKeyValueHeads, headDim } = config;
  const projections = hiddenSize * headDim * (2 * numAttentionHeads + 2 * numKeyValueHeads);
  const mlp = 3 * hiddenSize * intermediateSize;
  const attention = 2 * tokens * numAttentionHeads * headDim;
  return layers * tokens * (2 * (projections + mlp) + attention);
}
