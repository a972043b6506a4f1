// Tested by: test/model/families.test.ts
/**
 * Qwen2.5-VL's vision transformer: turns pictures into embeddings that the decoder reads as tokens.
 *
 *   pixels → resized → patches → patch embedding → blocks (in window order)
 *     → merger → image embeddings (in picture order)
 *
 * Python: Qwen2_5_VisionTransformerPretrainedModel. MODEL.md explains each step.
 */
import { attention } from "../../kernels/attention.ts";
import type { AttentionRange, Heads } from "../../kernels/attention.ts";
import { gatherRows } from "../../kernels/gather-rows.ts";
import { gelu } from "../../kernels/gelu.ts";
import type { Recorder, Tensor, Weight } from "../../kernels/kernel.ts";
import { linear, swigluLinear } from "../../kernels/matmul.ts";
import { patchify } from "../../kernels/patchify.ts";
import { resize } from "../../kernels/resize.ts";
import type { SourcePicture } from "../../kernels/resize.ts";
import { rmsNorm } from "../../kernels/rms-norm.ts";
import { rope } from "../../kernels/rope.ts";
import type { Declare } from "../../checkpoint/weight-table.ts";
import { invertOrder, patchPositions, spreadOverRows, windows } from "../positions.ts";
import type { Grid } from "../positions.ts";
import { reshape } from "../tap.ts";
import type { Tap } from "../tap.ts";
import type { PictureSteps, Tower, VisionConfig } from "./family.ts";
import { concatTables, gridsOf, tileInput, visionRotary } from "./vision-tables.ts";

/** Qwen2_5_VLVisionBlock and the merger's norm: not in config.json. */
const EPS = 1e-6;

export interface WindowedVisionConfig extends VisionConfig {
  readonly intermediateSize: number;
  readonly numHeads: number;
  /** Pixels along a side of an attention window. */
  readonly windowSize: number;
  /** Blocks that attend over the whole picture. */
  readonly fullattBlockIndexes: readonly number[];
}

interface BlockWeights {
  readonly norm1: Weight;
  readonly qkv: Weight;
  readonly qkvBias: Weight;
  readonly proj: Weight;
  readonly projBias: Weight;
  readonly norm2: Weight;
  readonly gateUp: Weight;
  readonly gateUpBias: Weight;
  readonly down: Weight;
  readonly downBias: Weight;
}

interface VisionWeights {
  readonly patchEmbed: Weight;
  readonly blocks: readonly BlockWeights[];
  readonly mergerNorm: Weight;
  readonly mergerUp: Weight;
  readonly mergerUpBias: Weight;
  readonly mergerDown: Weight;
  readonly mergerDownBias: Weight;
}

/**
 * Declares the weights under their names in the checkpoint; `prefix` is `visual.` or
 * `model.visual.`.
 */
function visionWeights(
  declare: Declare,
  config: WindowedVisionConfig,
  prefix: string,
): VisionWeights {
  const { hiddenSize, patchSize, temporalPatchSize, spatialMergeSize, outHiddenSize } = config;
  const merged = hiddenSize * spatialMergeSize ** 2;
  const conv = {
    name: `${prefix}patch_embed.proj.weight`,
    rows: hiddenSize,
    shape: [hiddenSize, 3, temporalPatchSize, patchSize, patchSize],
  };
  const patchValues = 3 * temporalPatchSize * patchSize ** 2;
  const merger = "vision.merger";
  const named = (name: string, rows: number): { name: string; rows: number }[] => [
    { name: `${prefix}${name}`, rows },
  ];
  return {
    patchEmbed: declare.matrix("vision.patch_embed", "proj", [conv], patchValues),
    blocks: Array.from({ length: config.depth }, (_, i) =>
      blockWeights(declare, config, prefix, i),
    ),
    mergerNorm: declare.vector(merger, "ln_q", named("merger.ln_q.weight", hiddenSize)),
    mergerUp: declare.matrix(merger, "mlp.0", named("merger.mlp.0.weight", merged), merged),
    mergerUpBias: declare.vector(merger, "mlp.0.bias", named("merger.mlp.0.bias", merged)),
    mergerDown: declare.matrix(
      merger,
      "mlp.2",
      named("merger.mlp.2.weight", outHiddenSize),
      merged,
    ),
    mergerDownBias: declare.vector(merger, "mlp.2.bias", named("merger.mlp.2.bias", outHiddenSize)),
  };
}

function blockWeights(
  declare: Declare,
  config: WindowedVisionConfig,
  prefix: string,
  i: number,
): BlockWeights {
  const { hiddenSize, intermediateSize } = config;
  const group = `vision.block.${i}`;
  const block = `${prefix}blocks.${i}.`;
  const vector = (name: string, rows: number): Weight =>
    declare.vector(group, name, [{ name: `${block}${name}`, rows }]);
  const matrix = (name: string, rows: number, columns: number): Weight =>
    declare.matrix(group, name, [{ name: `${block}${name}`, rows }], columns);
  const gateUp = (kind: string): [string, string] => [
    `${block}mlp.gate_proj.${kind}`,
    `${block}mlp.up_proj.${kind}`,
  ];
  return {
    norm1: vector("norm1.weight", hiddenSize),
    qkv: matrix("attn.qkv.weight", 3 * hiddenSize, hiddenSize),
    qkvBias: vector("attn.qkv.bias", 3 * hiddenSize),
    proj: matrix("attn.proj.weight", hiddenSize, hiddenSize),
    projBias: vector("attn.proj.bias", hiddenSize),
    norm2: vector("norm2.weight", hiddenSize),
    gateUp: declare.gateUp(
      group,
      "mlp.gate_up.weight",
      gateUp("weight"),
      intermediateSize,
      hiddenSize,
    ),
    gateUpBias: declare.gateUpBias(group, "mlp.gate_up.bias", gateUp("bias"), intermediateSize),
    down: matrix("mlp.down_proj.weight", hiddenSize, intermediateSize),
    downBias: vector("mlp.down_proj.bias", hiddenSize),
  };
}

export const tower: Tower<WindowedVisionConfig, VisionWeights> = {
  weights: visionWeights,
  record: (plan, weights, config, steps, pictures, tap) => ({
    embeddings: vision(plan, weights, config, steps, pictures, tap),
  }),
  largest: ({ blocks }) => blocks[0]?.gateUp,
};

/**
 * Computes the pictures of one pass → [image tokens, hidden of the decoder], picture after picture.
 */
function vision(
  plan: Recorder,
  weights: VisionWeights,
  config: WindowedVisionConfig,
  steps: PictureSteps,
  pictures: readonly SourcePicture[],
  tap: Tap,
): Tensor {
  const { spatialMergeSize: merge, hiddenSize, numHeads, fullattBlockIndexes } = config;
  const grids = gridsOf(pictures, config.patchSize);
  const order = visionOrder(grids, config);
  const heads: Heads = { queries: numHeads, keys: numHeads, dim: hiddenSize / numHeads };
  const rotary = visionRotary(plan, grids, order.positions, heads.dim);
  const windowTiles = tileInput(plan, "vision.windows", order.windows);
  const fullTiles = tileInput(plan, "vision.pictures", order.pictures);

  const resized = pictures.map((picture, i) =>
    resize(plan, `vision.resize.${i}`, picture, steps.resize),
  ); // [height * width] of each
  // [patches, 3 * temporal * patch²]
  const pixels = tap("pixel_values", patchify(plan, "vision.patchify", resized, steps));
  // [patches, hidden]
  let x = tap("vision.patch_embed", linear(plan, "vision.patch_embed", pixels, weights.patchEmbed));
  // [patches, hidden], in window order
  x = gatherRows(plan, "vision.windows.order", x, spreadOverRows(order.cells, merge ** 2));
  for (const [i, w] of weights.blocks.entries()) {
    const label = `vision.block.${i}`;
    const tiles = fullattBlockIndexes.includes(i) ? fullTiles : windowTiles;
    const h = rmsNorm(plan, `${label}.norm1`, x, w.norm1, EPS); // [patches, hidden]
    // [patches, 3 * hidden]
    let qkv = linear(plan, `${label}.attn.qkv`, h, w.qkv, { bias: w.qkvBias });
    qkv = rope(plan, `${label}.attn.rope`, qkv, heads, rotary); // [patches, 3 * hidden]
    const a = attention(plan, `${label}.attn`, qkv, heads, tiles); // [patches, hidden]
    // [patches, hidden]
    x = linear(plan, `${label}.attn.proj`, a, w.proj, { bias: w.projBias, residual: x });
    const n = rmsNorm(plan, `${label}.norm2`, x, w.norm2, EPS); // [patches, hidden]
    const m = swigluLinear(
      plan,
      `${label}.mlp.gate_up`,
      n,
      w.gateUp,
      config.intermediateSize,
      w.gateUpBias,
    ); // [patches, intermediate]
    // [patches, hidden]
    x = linear(plan, `${label}.mlp.down_proj`, m, w.down, { bias: w.downBias, residual: x });
    tap(label, x);
  }
  const n = rmsNorm(plan, "vision.merger.ln_q", x, weights.mergerNorm, EPS); // [patches, hidden]
  // [image tokens, merge² * hidden]
  const cells = reshape(n, n.rows / merge ** 2, hiddenSize * merge ** 2);
  let y = linear(plan, "vision.merger.mlp.0", cells, weights.mergerUp, {
    bias: weights.mergerUpBias,
  }); // [image tokens, merge² * hidden]
  y = gelu(plan, "vision.merger.mlp.1", y); // [image tokens, merge² * hidden]
  // [image tokens, out hidden]
  y = linear(plan, "vision.merger.mlp.2", y, weights.mergerDown, { bias: weights.mergerDownBias });
  // [image tokens, out hidden]
  return tap("vision.merged", gatherRows(plan, "vision.merged", y, invertOrder(order.cells)));
}

interface VisionOrder {
  /** Merged cells of all pictures in window order. */
  readonly cells: Uint32Array;
  /** Row and column [patches, 2] of each patch in its picture, in window order. */
  readonly positions: Uint32Array;
  /** Patches, in window order, that attend to each other in most blocks, and in the full ones. */
  readonly windows: readonly AttentionRange[];
  readonly pictures: readonly AttentionRange[];
}

function visionOrder(grids: readonly Grid[], config: WindowedVisionConfig): VisionOrder {
  const { spatialMergeSize: merge, windowSize, patchSize } = config;
  const cellsPerWindow = Math.floor(windowSize / merge / patchSize);
  const cells: Uint32Array[] = [];
  const positions: Uint32Array[] = [];
  const lengths: number[] = [];
  const pictures: number[] = [];
  let first = 0;
  for (const grid of grids) {
    const own = windows(grid, merge, cellsPerWindow);
    const before = first;
    cells.push(own.order.map((cell) => before + cell));
    positions.push(patchPositions(grid, merge, own.order));
    lengths.push(...own.lengths);
    pictures.push(own.order.length);
    first += own.order.length;
  }
  const ranges = (counts: readonly number[]): AttentionRange[] => {
    let end = 0;
    return counts.map((count) => ({ begin: end, end: (end += count * merge ** 2) }));
  };
  return {
    cells: concatTables(cells),
    positions: concatTables(positions),
    windows: ranges(lengths),
    pictures: ranges(pictures),
  };
}
