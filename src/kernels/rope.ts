/** Records the rotation of queries and keys by position, in place. Twin of `shaders/rope.wgsl`. */
import source from "../../shaders/rope.wgsl?raw";
import { gridOfValues, kernel, read, u32, vectorPart, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor, Weight } from "./kernel.ts";
import type { Heads } from "./attention.ts";

export const ropeKernel: Kernel = kernel("rope", [source], {
  bindings: [read("angles"), read("channels"), read("positions"), read("norms"), write("qkv")],
  constants: ["HEAD_DIM", "AXES", "FREQUENCIES", "QK_NORM", "EPS"],
  params: ["tokens", "query_heads", "heads", "stride"].map(u32),
});

/** The tables that give each pair of a head its angle. */
export interface Rotary {
  /** [positions, frequencies] pairs of cosine and sine. */
  readonly angles: Tensor;
  readonly frequencies: number;
  /** [headDim / 2] pairs of axis and frequency. */
  readonly channels: Tensor;
  /** [tokens, axes] */
  readonly positions: Tensor;
  readonly axes: number;
}

/** Norms of the heads, queries' then keys' [2 * headDim], for models that normalise them. */
export interface HeadNorms {
  readonly weight: Weight;
  readonly eps: number;
}

/**
 * Rotates the queries and keys in qkv [tokens, (queries + 2 keys) * headDim] by their positions, in
 * place.
 */
export function rope(
  plan: Recorder,
  label: string,
  qkv: Tensor,
  heads: Heads,
  rotary: Rotary,
  norms?: HeadNorms,
): Tensor {
  const turned = heads.queries + heads.keys;
  plan.record({
    label,
    kernel: ropeKernel,
    constants: {
      HEAD_DIM: heads.dim,
      AXES: rotary.axes,
      FREQUENCIES: rotary.frequencies,
      QK_NORM: norms ? 1 : 0,
      EPS: norms?.eps ?? 0,
    },
    bindings: [
      rotary.angles,
      rotary.channels,
      rotary.positions,
      norms ? vectorPart(norms.weight) : rotary.angles,
      qkv,
    ],
    params: { tokens: qkv.rows, query_heads: heads.queries, heads: turned, stride: qkv.stride },
    grid: gridOfValues(qkv.rows * turned),
    cost: 4 * qkv.rows * turned * heads.dim,
  });
  return qkv;
}
