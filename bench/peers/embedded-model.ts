/**
 * A Qwen2.5-VL reward model as one ONNX graph, for one conversation: its picture's grid, its tokens
 * and their positions are constants. Input: pixel_values [patches, values]; output: the score.
 */
import type { ModelConfig } from "../../src/model/config.ts";
import type { WindowedVisionConfig } from "../../src/model/families/qwen2-5-vision.ts";
import {
  invertOrder,
  patchPositions,
  spreadOverRows,
  windows as cutWindows,
} from "../../src/model/positions.ts";
import type { Grid } from "../../src/model/positions.ts";
import {
  angleTable,
  decoderChannels,
  decoderFrequencies,
  visionChannels,
  visionFrequencies,
} from "../../src/model/rotary.ts";
import { transposed } from "../measure/values.ts";
import { decoderLayer, rotaryConstants, silu } from "./decoder-layer.ts";
import type { AngleTables, Named, PeerWeights, Stream } from "./decoder-layer.ts";
import { onnxGraph } from "./onnx.ts";
import type { OnnxGraph } from "./onnx.ts";
import { peerNorm } from "./operators.ts";

const MICROSOFT = "com.microsoft";
/** Qwen2_5_VLVisionBlock's norms. */
const VISION_EPS = 1e-6;
/** The value that is added to a masked score. */
const MASKED = -1e30;

/** The conversation that the graph is made for. */
export interface PeerConversation {
  readonly ids: Uint32Array;
  /** [tokens, 3] */
  readonly positions: Uint32Array;
  readonly image: { readonly begin: number; readonly tokens: number };
  readonly grid: Grid;
}

/** Tensors of the checkpoint, widened to f32. */
export type Tensors = ReadonlyMap<string, Float32Array>;

export function embeddedModelGraph(
  config: ModelConfig,
  tensors: Tensors,
  conversation: PeerConversation,
): Uint8Array {
  const graph = onnxGraph();
  const weights = checkpointWeights(graph, tensors);
  const image = visionGraph(graph, weights, config, conversation.grid);
  const score = decoderGraph(graph, weights, tensors, config, conversation, image);
  graph.output(score, "out", [1, 1, 1]);
  return graph.bytes();
}

function checkpointWeights(graph: OnnxGraph, tensors: Tensors): PeerWeights {
  const all = (weights: readonly Named[]): Float32Array =>
    Float32Array.from(weights.flatMap(({ name }) => [...tensor(tensors, name)]));
  return {
    linear(x, weights, depth) {
      const rows = weights.reduce((sum, own) => sum + own.rows, 0);
      const values = transposed(all(weights), rows, depth);
      return graph.node("MatMul", [x, graph.constant(values, [depth, rows])]);
    },
    vector(weights) {
      const values = all(weights);
      return graph.constant(values, [values.length]);
    },
  };
}

function tensor(tensors: Tensors, name: string): Float32Array {
  const found = tensors.get(name);
  if (!found) throw new Error(`the checkpoint has no ${name}`);
  return found;
}

/** Pixels → image embeddings [1, image tokens, hidden], the patches in window order meanwhile. */
function visionGraph(
  graph: OnnxGraph,
  weights: PeerWeights,
  config: ModelConfig,
  grid: Grid,
): string {
  const vision = config.vision as WindowedVisionConfig | undefined;
  if (!vision) throw new Error("the model sees no pictures");
  const { hiddenSize: hidden, spatialMergeSize: merge, patchSize, temporalPatchSize } = vision;
  const patches = grid.rows * grid.columns;
  const values = 3 * temporalPatchSize * patchSize ** 2;
  const cells = Math.floor(vision.windowSize / merge / patchSize);
  const cut = cutWindows(grid, merge, cells);
  const order = spreadOverRows(cut.order, merge ** 2);
  const biased = biasedLinear(graph, weights);
  const gathered = (x: string, rows: Uint32Array): string =>
    graph.node("Gather", [x, graph.constant(Int32Array.from(rows), [rows.length])], {
      attributes: { axis: 1 },
    });
  const pixels = graph.input("pixel_values", [1, patches, values]);
  const embedded = weights.linear(
    pixels,
    [{ name: "visual.patch_embed.proj.weight", rows: hidden }],
    values,
  );
  let x = gathered(embedded, order);
  const windowed = windowMask(graph, cut.lengths, merge ** 2, patches);
  const rotary = rotaryConstants(graph, visionAngles(grid, order, vision), patches);
  for (let i = 0; i < vision.depth; i++) {
    const bias = vision.fullattBlockIndexes.includes(i) ? "" : windowed;
    x = visionBlock(graph, weights, x, `visual.blocks.${i}.`, vision, patches, rotary, bias);
  }
  const merger = "visual.merger.";
  const merged = hidden * merge ** 2;
  const norm = weights.vector([{ name: `${merger}ln_q.weight`, rows: hidden }]);
  const shape = graph.constant(BigInt64Array.of(1n, -1n, BigInt(merged)), [3]);
  const cellsIn = graph.node("Reshape", [peerNorm(graph, x, norm, VISION_EPS), shape]);
  const up = graph.node("Gelu", [biased(cellsIn, `${merger}mlp.0`, merged, merged)]);
  const y = biased(up, `${merger}mlp.2`, vision.outHiddenSize, merged);
  return gathered(y, invertOrder(cut.order));
}

function visionBlock(
  graph: OnnxGraph,
  weights: PeerWeights,
  x: string,
  block: string,
  { hiddenSize: hidden, numHeads, intermediateSize }: WindowedVisionConfig,
  patches: number,
  rotary: { readonly cos: string; readonly sin: string },
  bias: string,
): string {
  const biased = biasedLinear(graph, weights);
  const norm = (of: string, name: string): string =>
    peerNorm(
      graph,
      of,
      weights.vector([{ name: `${block}${name}.weight`, rows: hidden }]),
      VISION_EPS,
    );
  const qkv = biased(norm(x, "norm1"), `${block}attn.qkv`, 3 * hidden, hidden);
  const thirds = graph.constant(
    BigInt64Array.from({ length: 3 }, () => BigInt(hidden)),
    [3],
  );
  const [q = "", k = "", v = ""] = graph.nodes("Split", [qkv, thirds], {
    attributes: { axis: 2 },
    outputs: 3,
  });
  const ids = graph.constant(
    BigInt64Array.from({ length: patches }, (_, i) => BigInt(i)),
    [1, patches],
  );
  const turned = [q, k].map((one) =>
    graph.node("RotaryEmbedding", [one, ids, rotary.cos, rotary.sin], {
      domain: MICROSOFT,
      attributes: { num_heads: numHeads, rotary_embedding_dim: hidden / numHeads },
    }),
  );
  const attended = graph.node(
    "MultiHeadAttention",
    [...turned, v, ...(bias === "" ? [] : ["", "", bias])],
    { domain: MICROSOFT, attributes: { num_heads: numHeads } },
  );
  const after = graph.node("Add", [x, biased(attended, `${block}attn.proj`, hidden, hidden)]);
  const n = norm(after, "norm2");
  const gate = biased(n, `${block}mlp.gate_proj`, intermediateSize, hidden);
  const up = biased(n, `${block}mlp.up_proj`, intermediateSize, hidden);
  const mixed = graph.node("Mul", [silu(graph, gate), up]);
  return graph.node("Add", [
    after,
    biased(mixed, `${block}mlp.down_proj`, hidden, intermediateSize),
  ]);
}

function biasedLinear(
  graph: OnnxGraph,
  weights: PeerWeights,
): (x: string, name: string, rows: number, depth: number) => string {
  return (x, name, rows, depth) =>
    graph.node("Add", [
      weights.linear(x, [{ name: `${name}.weight`, rows }], depth),
      weights.vector([{ name: `${name}.bias`, rows }]),
    ]);
}

/** [1, 1, patches, patches]: patches of other windows are not seen. */
function windowMask(
  graph: OnnxGraph,
  lengths: readonly number[],
  each: number,
  patches: number,
): string {
  const window = Uint32Array.from(
    lengths.flatMap((length, i) => Array.from({ length: length * each }, () => i)),
  );
  const mask = new Float32Array(patches ** 2);
  for (let row = 0; row < patches; row++) {
    for (let column = 0; column < patches; column++) {
      mask[row * patches + column] = window[row] === window[column] ? 0 : MASKED;
    }
  }
  return graph.constant(mask, [1, 1, patches, patches]);
}

function decoderGraph(
  graph: OnnxGraph,
  weights: PeerWeights,
  tensors: Tensors,
  { decoder }: ModelConfig,
  { ids, positions, image }: PeerConversation,
  embeddings: string,
): string {
  const tokens = ids.length;
  const { hiddenSize: hidden, headDim, rmsNormEps: eps, numHiddenLayers } = decoder;
  const table = tensor(tensors, "model.embed_tokens.weight");
  const rows = (begin: number, end: number): string => {
    const values = new Float32Array((end - begin) * hidden);
    for (let i = begin; i < end; i++) {
      const id = ids[i] ?? 0;
      values.set(table.subarray(id * hidden, (id + 1) * hidden), (i - begin) * hidden);
    }
    return graph.constant(values, [1, end - begin, hidden]);
  };
  const x = graph.node(
    "Concat",
    [rows(0, image.begin), embeddings, rows(image.begin + image.tokens, tokens)],
    { attributes: { axis: 1 } },
  );
  const channels = decoderChannels(decoder.rope);
  const frequencies = decoderFrequencies(headDim, decoder.rope);
  const angles = tables(
    tokens,
    channels,
    frequencies,
    (token, axis) => positions[token * 3 + axis],
  );
  const rotary = rotaryConstants(graph, angles, tokens);
  const shape = {
    tokens,
    hidden,
    heads: decoder.numAttentionHeads,
    kvHeads: decoder.numKeyValueHeads,
    headDim,
    intermediate: decoder.intermediateSize,
    eps,
  };
  const normName = (i: number): string =>
    i < numHiddenLayers ? `model.layers.${i}.input_layernorm.weight` : "model.norm.weight";
  const first = weights.vector([{ name: normName(0), rows: hidden }]);
  let stream: Stream = { sum: x, normed: peerNorm(graph, x, first, eps) };
  for (let i = 0; i < numHiddenLayers; i++) {
    const layer = `model.layers.${i}.`;
    stream = decoderLayer(graph, weights, stream, layer, shape, rotary, normName(i + 1));
  }
  const last = graph.constant(Int32Array.of(tokens - 1), [1]);
  const final = graph.node("Gather", [stream.normed, last], { attributes: { axis: 1 } });
  return biasedLinear(graph, weights)(final, "v_head.summary", 1, hidden);
}

function visionAngles(
  grid: Grid,
  order: Uint32Array,
  { hiddenSize, numHeads, spatialMergeSize }: WindowedVisionConfig,
): AngleTables {
  const headDim = hiddenSize / numHeads;
  const places = patchPositions(grid, spatialMergeSize);
  return tables(
    order.length,
    visionChannels(headDim),
    visionFrequencies(headDim),
    (patch, axis) => places[(order[patch] ?? 0) * 2 + axis],
  );
}

/** [rows, pairs] cosines and sines: each pair of a head turns by one axis of its row's position. */
function tables(
  rows: number,
  channels: Uint32Array,
  frequencies: Float32Array,
  positionOf: (row: number, axis: number) => number | undefined,
): AngleTables {
  const pairs = channels.length / 2;
  const cos = new Float32Array(rows * pairs);
  const sin = new Float32Array(rows * pairs);
  for (let row = 0; row < rows; row++) {
    for (let pair = 0; pair < pairs; pair++) {
      const position = positionOf(row, channels[2 * pair] ?? 0) ?? 0;
      const frequency = channels[2 * pair + 1] ?? 0;
      // The library's own table, so that angles are rounded alike.
      const own = angleTable(position + 1, frequencies.subarray(frequency, frequency + 1));
      cos[row * pairs + pair] = own[2 * position] ?? 0;
      sin[row * pairs + pair] = own[2 * position + 1] ?? 0;
    }
  }
  return { cos, sin };
}
