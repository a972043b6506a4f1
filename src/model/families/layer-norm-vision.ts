// Tested by: test/golden/goldens.gpu.test.ts
/**
 * The vision transformer with layer norms and plain MLPs, which turns pictures into embeddings that
 * the decoder reads as tokens. Qwen2-VL and Qwen3-VL have it; what differs is in the configuration.
 *
 *   pixels → resized → patches → patch embedding (+ table of positions)
 *     → blocks → merger → image embeddings
 *         └→ deepstack mergers → sums after the first layers of the decoder
 *
 * Python: Qwen2VisionTransformerPretrainedModel, Qwen3VLVisionModel. MODEL.md explains each step.
 */
import { at } from "../../base/at.ts";
import type { Declare } from "../../checkpoint/weight-table.ts";
import { addRows, wholeRows } from "../../kernels/tower/add-rows.ts";
import { attention } from "../../kernels/attention.ts";
import type { Heads } from "../../kernels/attention.ts";
import { geluTanh, quickGelu } from "../../kernels/tower/gelu-sigmoid.ts";
import { gelu } from "../../kernels/gelu.ts";
import { vectorPart } from "../../kernels/kernel.ts";
import type { Recorder, Tensor, Weight } from "../../kernels/kernel.ts";
import { layerNorm } from "../../kernels/tower/layer-norm.ts";
import type { NormWeights } from "../../kernels/tower/layer-norm.ts";
import { linear } from "../../kernels/matmul.ts";
import { patchify } from "../../kernels/patchify.ts";
import { resize } from "../../kernels/resize.ts";
import type { SourcePicture } from "../../kernels/resize.ts";
import { rope } from "../../kernels/rope.ts";
import { patchPositions } from "../positions.ts";
import { reshape } from "../tap.ts";
import type { Tap } from "../tap.ts";
import type { ImageTokens, PictureSteps, Tower, VisionConfig } from "./family.ts";
import { interpolationTaps } from "./position-table.ts";
import { concatTables, gridsOf, tileInput, visionRotary } from "./vision-tables.ts";

/** The norms of blocks and mergers: not in config.json. */
const EPS = 1e-6;

/** What `hidden_act` may name. */
const activations: Readonly<Record<VisionActivation, typeof gelu>> = {
  gelu,
  gelu_pytorch_tanh: geluTanh,
  quick_gelu: quickGelu,
};

export const visionActivations = ["gelu", "gelu_pytorch_tanh", "quick_gelu"] as const;
export type VisionActivation = (typeof visionActivations)[number];

export interface LayerNormVisionConfig extends VisionConfig {
  readonly intermediateSize: number;
  readonly numHeads: number;
  readonly activation: VisionActivation;
  /** Rows of the table of learned positions; undefined for a tower without one. */
  readonly positionRows: number | undefined;
  /** Blocks whose outputs are merged too, in the order of their mergers. */
  readonly deepstackBlocks: readonly number[];
}

/** How a family calls the tensors; `norm` is a norm's name without `.weight`. */
export interface TowerNames {
  readonly hasPatchBias: boolean;
  readonly up: string;
  readonly down: string;
  readonly mergerNorm: string;
  readonly mergerUp: string;
  readonly mergerDown: string;
}

interface Affine {
  readonly weight: Weight;
  readonly bias: Weight;
}

interface BlockWeights {
  readonly norm1: NormWeights;
  readonly qkv: Affine;
  readonly proj: Affine;
  readonly norm2: NormWeights;
  readonly up: Affine;
  readonly down: Affine;
  /** The deepstack merger of this block's output, and its number in the checkpoint. */
  readonly deepstack: { readonly index: number; readonly merger: MergerWeights } | undefined;
}

interface MergerWeights {
  readonly norm: NormWeights;
  readonly up: Affine;
  readonly down: Affine;
}

interface VisionWeights {
  readonly patchEmbed: Weight;
  readonly patchBias: Weight | undefined;
  readonly positions: Weight | undefined;
  readonly blocks: readonly BlockWeights[];
  readonly merger: MergerWeights;
}

/** Returns the tower of a family that calls its tensors so. */
export function layerNormTower(names: TowerNames): Tower<LayerNormVisionConfig, VisionWeights> {
  return {
    weights: (declare, config, prefix) => visionWeights(declare, config, prefix, names),
    record: vision,
    restore: (plan, _, rows) => imageTokens(plan, at(rows, 0), rows.slice(1)),
    largest: ({ blocks }) => blocks[0]?.up.weight,
  };
}

function visionWeights(
  declare: Declare,
  config: LayerNormVisionConfig,
  prefix: string,
  names: TowerNames,
): VisionWeights {
  const { hiddenSize, patchSize, temporalPatchSize, positionRows, depth } = config;
  const group = "vision.patch_embed";
  const conv = {
    name: `${prefix}patch_embed.proj.weight`,
    rows: hiddenSize,
    shape: [hiddenSize, 3, temporalPatchSize, patchSize, patchSize],
  };
  const bias = { name: `${prefix}patch_embed.proj.bias`, rows: hiddenSize };
  // A vector of all its values: exact in every form of the weights, and never split.
  const table = (rows: number) => ({
    name: `${prefix}pos_embed.weight`,
    rows: rows * hiddenSize,
    shape: [rows, hiddenSize],
  });
  return {
    patchEmbed: declare.matrix(group, "proj", [conv], 3 * temporalPatchSize * patchSize ** 2),
    patchBias: names.hasPatchBias ? declare.vector(group, "proj.bias", [bias]) : undefined,
    positions:
      positionRows === undefined
        ? undefined
        : declare.vector(group, "pos_embed", [table(positionRows)]),
    blocks: Array.from({ length: depth }, (_, i) =>
      blockWeights(declare, config, prefix, names, i),
    ),
    merger: mergerWeights(declare, config, `${prefix}merger.`, names, "vision.merger", false),
  };
}

function blockWeights(
  declare: Declare,
  config: LayerNormVisionConfig,
  prefix: string,
  names: TowerNames,
  i: number,
): BlockWeights {
  const { hiddenSize, intermediateSize, deepstackBlocks } = config;
  const group = `vision.block.${i}`;
  const block = `${prefix}blocks.${i}.`;
  const affine = affineOf(declare, group, block);
  const norm = normOf(declare, group, block);
  const index = deepstackBlocks.indexOf(i);
  return {
    norm1: norm("norm1", hiddenSize),
    qkv: affine("attn.qkv", 3 * hiddenSize, hiddenSize),
    proj: affine("attn.proj", hiddenSize, hiddenSize),
    norm2: norm("norm2", hiddenSize),
    up: affine(names.up, intermediateSize, hiddenSize),
    down: affine(names.down, hiddenSize, intermediateSize),
    deepstack:
      index < 0
        ? undefined
        : { index, merger: deepstackWeights(declare, config, prefix, names, index) },
  };
}

function deepstackWeights(
  declare: Declare,
  config: LayerNormVisionConfig,
  prefix: string,
  names: TowerNames,
  index: number,
): MergerWeights {
  const own = `${prefix}deepstack_merger_list.${index}.`;
  return mergerWeights(declare, config, own, names, `vision.deepstack.${index}`, true);
}

/** @param isShuffled whether the norm is over the patches of a token side by side */
function mergerWeights(
  declare: Declare,
  { hiddenSize, spatialMergeSize, outHiddenSize }: LayerNormVisionConfig,
  prefix: string,
  names: TowerNames,
  group: string,
  isShuffled: boolean,
): MergerWeights {
  const wide = hiddenSize * spatialMergeSize ** 2;
  const affine = affineOf(declare, group, prefix);
  return {
    norm: normOf(declare, group, prefix)(names.mergerNorm, isShuffled ? wide : hiddenSize),
    up: affine(names.mergerUp, wide, wide),
    down: affine(names.mergerDown, outHiddenSize, wide),
  };
}

function affineOf(declare: Declare, group: string, prefix: string) {
  return (name: string, rows: number, columns: number): Affine => {
    const weight = `${name}.weight`;
    const bias = `${name}.bias`;
    return {
      weight: declare.matrix(group, weight, [{ name: prefix + weight, rows }], columns),
      bias: declare.vector(group, bias, [{ name: prefix + bias, rows }]),
    };
  };
}

function normOf(declare: Declare, group: string, prefix: string) {
  return (name: string, rows: number): NormWeights => {
    const vector = (own: string): Weight =>
      declare.vector(group, own, [{ name: prefix + own, rows }]);
    return { weight: vector(`${name}.weight`), bias: vector(`${name}.bias`) };
  };
}

/** Computes the pictures of one pass, picture after picture. */
function vision(
  plan: Recorder,
  weights: VisionWeights,
  config: LayerNormVisionConfig,
  steps: PictureSteps,
  pictures: readonly SourcePicture[],
  tap: Tap,
): ImageTokens {
  const { spatialMergeSize: merge, hiddenSize, numHeads } = config;
  const grids = gridsOf(pictures, config.patchSize);
  const positions = concatTables(grids.map((grid) => patchPositions(grid, merge))); // [patches, 2]
  const heads: Heads = { queries: numHeads, keys: numHeads, dim: hiddenSize / numHeads };
  const rotary = visionRotary(plan, grids, positions, heads.dim);
  let end = 0;
  const ranges = grids.map(({ rows, columns }) => ({ begin: end, end: (end += rows * columns) }));
  const tiles = tileInput(plan, "vision.pictures", ranges);
  const activate = activations[config.activation];

  const resized = pictures.map((picture, i) =>
    resize(plan, `vision.resize.${i}`, picture, steps.resize),
  ); // [height * width] of each
  // [patches, 3 * temporal * patch²]
  const pixels = tap("pixel_values", patchify(plan, "vision.patchify", resized, steps));
  const embedding = { bias: weights.patchBias };
  // [patches, hidden]
  let x = linear(plan, "vision.patch_embed", pixels, weights.patchEmbed, embedding);
  tap("vision.patch_embed", x);
  if (weights.positions && config.positionRows !== undefined) {
    const taps = interpolationTaps(grids, positions, config.positionRows);
    // [patches, hidden]
    x = tap("vision.embed", addRows(plan, "vision.embed", x, vectorPart(weights.positions), taps));
  }
  const deepstack: Tensor[] = [];
  for (const [i, w] of weights.blocks.entries()) {
    const label = `vision.block.${i}`;
    const h = layerNorm(plan, `${label}.norm1`, x, w.norm1, EPS); // [patches, hidden]
    let qkv = affineStep(plan, `${label}.attn.qkv`, h, w.qkv); // [patches, 3 * hidden]
    qkv = rope(plan, `${label}.attn.rope`, qkv, heads, rotary); // [patches, 3 * hidden]
    const a = attention(plan, `${label}.attn`, qkv, heads, tiles); // [patches, hidden]
    x = affineStep(plan, `${label}.attn.proj`, a, w.proj, x); // [patches, hidden]
    const n = layerNorm(plan, `${label}.norm2`, x, w.norm2, EPS); // [patches, hidden]
    let m = affineStep(plan, `${label}.mlp.up`, n, w.up); // [patches, intermediate]
    m = activate(plan, `${label}.mlp.act`, m); // [patches, intermediate]
    x = affineStep(plan, `${label}.mlp.down`, m, w.down, x); // [patches, hidden]
    tap(label, x);
    if (w.deepstack) {
      const { index, merger } = w.deepstack;
      const own = `vision.deepstack.${index}`;
      // The norm is over the patches of a token side by side.
      const cells = layerNorm(plan, `${own}.norm`, sideBySide(x, config), merger.norm, EPS);
      deepstack.push(tap(own, merged(plan, own, cells, merger))); // [image tokens, out hidden]
    }
  }
  const n = layerNorm(plan, "vision.merger.norm", x, weights.merger.norm, EPS); // [patches, hidden]
  const embeddings = merged(plan, "vision.merger", sideBySide(n, config), weights.merger);
  // [image tokens, out hidden]
  return imageTokens(plan, tap("vision.merged", embeddings), deepstack);
}

/** @param added [image tokens, hidden of the decoder] each, one for each of its first layers */
function imageTokens(plan: Recorder, embeddings: Tensor, added: readonly Tensor[]): ImageTokens {
  if (added.length === 0) return { embeddings };
  return {
    embeddings,
    added,
    afterLayer: (layer, hidden, imageRows) => {
      const rows = wholeRows(imageRows);
      return addRows(plan, `decoder.deepstack.${layer}`, hidden, at(added, layer), rows);
    },
  };
}

/** [patches, hidden] → [image tokens, merge² * hidden] */
function sideBySide(x: Tensor, { spatialMergeSize, hiddenSize }: LayerNormVisionConfig): Tensor {
  const patches = spatialMergeSize ** 2;
  return reshape(x, x.rows / patches, hiddenSize * patches);
}

/** [image tokens, merge² * hidden] → [image tokens, out hidden] */
function merged(plan: Recorder, label: string, cells: Tensor, { up, down }: MergerWeights): Tensor {
  const y = affineStep(plan, `${label}.up`, cells, up); // [image tokens, merge² * hidden]
  // The exact one, whatever the blocks have.
  return affineStep(plan, `${label}.down`, gelu(plan, `${label}.act`, y), down);
}

function affineStep(
  plan: Recorder,
  label: string,
  x: Tensor,
  { weight, bias }: Affine,
  residual?: Tensor,
): Tensor {
  return linear(plan, label, x, weight, { bias, residual });
}
