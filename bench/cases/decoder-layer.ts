/** One decoder layer of Qwen2.5's shapes and the norm after it, by the library's own decoder. */
import { attentionPairs, attentionTiles } from "../../src/kernels/attention.ts";
import type { Device } from "../../src/gpu/device.ts";
import type { Form } from "../../src/kernels/kernel.ts";
import type { DecoderConfig } from "../../src/model/decoder-config.ts";
import { decoder, decoderWeights } from "../../src/model/decoder.ts";
import { angleTable, decoderChannels, decoderFrequencies } from "../../src/model/rotary.ts";
import { noTap } from "../../src/model/tap.ts";
import { linearRope } from "../measure/linear-rope.ts";
import { HeldWeights } from "../measure/held-weights.ts";
import { activations } from "../measure/values.ts";
import { decoderLayerGraph } from "../peers/decoder-layer.ts";
import type { AngleTables } from "../peers/decoder-layer.ts";
import type { PeerForm } from "../peers/operators.ts";
import type { Bench, Case, Contender } from "./case.ts";
import { ours } from "./ours.ts";
import { peer } from "./peer.ts";

const TOKENS = 256;
const PREFIX = "model.";

/** Qwen2.5-0.5B, one layer of it. */
const config: DecoderConfig = {
  vocabSize: 151_936,
  hiddenSize: 896,
  intermediateSize: 4864,
  numHiddenLayers: 1,
  numAttentionHeads: 14,
  numKeyValueHeads: 2,
  headDim: 64,
  rmsNormEps: 1e-6,
  maxPositionEmbeddings: 32_768,
  rope: linearRope(1_000_000, 64),
  qkvBias: true,
  outputBias: false,
  mlpBias: false,
  qkNorm: false,
};

const { hiddenSize: hidden, headDim, intermediateSize, numAttentionHeads, rmsNormEps } = config;
const keyColumns = config.numKeyValueHeads * headDim;

/** Values of weights and activations that one run multiplies, twice each. */
const flops =
  2 * TOKENS * hidden * (2 * hidden + 2 * keyColumns + 3 * intermediateSize) +
  2 * TOKENS ** 2 * numAttentionHeads * headDim;

/** A layer's roundings pass through a softmax and three products. */
const LAYER_LIMIT = 1e-4;
const INT8_LIMIT = 0.05;

/** Cosines and sines [tokens, headDim / 2] from our table of pairs. */
function peerAngles(): AngleTables {
  const pairs = angleTable(TOKENS, decoderFrequencies(headDim, config.rope));
  return {
    cos: pairs.filter((_, i) => i % 2 === 0),
    sin: pairs.filter((_, i) => i % 2 === 1),
  };
}

async function ourLayer(bench: Bench, form: Form): Promise<Contender> {
  const held = new HeldWeights(bench.device, form);
  const weights = decoderWeights(held, config, PREFIX);
  return await ours(bench, form, held, (plan) => {
    const frequencies = decoderFrequencies(headDim, config.rope);
    const table = attentionTiles([{ begin: 0, end: TOKENS }], true, plan.profile.attention);
    const x = plan.input("x", activations("x", TOKENS * hidden), TOKENS);
    const rotary = {
      angles: plan.input("angles", angleTable(TOKENS, frequencies)),
      frequencies: frequencies.length,
      channels: plan.input("channels", decoderChannels(config.rope)),
      positions: plan.input(
        "positions",
        Uint32Array.from({ length: TOKENS }, (_, i) => i),
      ),
      axes: 1,
    };
    const tiles = { table: plan.input("tiles", table), pairs: attentionPairs(table) };
    return decoder(plan, weights, config, x, { rotary, tiles }, noTap);
  });
}

async function peerLayer(device: Device, name: string, form: PeerForm): Promise<Contender> {
  const shape = {
    tokens: TOKENS,
    hidden,
    heads: numAttentionHeads,
    kvHeads: config.numKeyValueHeads,
    headDim,
    intermediate: intermediateSize,
    eps: rmsNormEps,
  };
  const model = decoderLayerGraph(shape, peerAngles(), PREFIX, form);
  const dims = [1, TOKENS, hidden];
  const x = { name: "x", values: activations("x", TOKENS * hidden), dims };
  const limit = form !== "f32" && form.accuracy === 4 ? INT8_LIMIT : LAYER_LIMIT;
  return await peer(device, name, model, [x], dims, limit);
}

const name = `decoder layer ${hidden}, ${numAttentionHeads}/${config.numKeyValueHeads} heads`;

export const decoderLayerCases: readonly Case[] = [
  {
    name: `${name}, ${TOKENS} tokens`,
    flops,
    target: { swiftshader: 6, lavapipe: 2.5 },
    build: async (bench) => [
      await ourLayer(bench, "f32"),
      { ...(await ourLayer(bench, "bf16")), limit: LAYER_LIMIT },
      await peerLayer(bench.device, "fused operators f32", "f32"),
      ...(bench.plainDevice
        ? [await peerLayer(bench.plainDevice, "the same, no subgroups", "f32")]
        : []),
    ],
  },
  {
    name: `q4 ${name}, ${TOKENS} tokens`,
    flops,
    target: { swiftshader: 3, lavapipe: 1.5 },
    build: async (bench) => [
      await ourLayer(bench, "q4"),
      await peerLayer(bench.device, "fused operators q4 accuracy 0", { accuracy: 0 }),
      await peerLayer(bench.device, "fused operators q4 accuracy 4", { accuracy: 4 }),
    ],
  },
];
