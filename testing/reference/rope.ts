/**
 * Double-precision twin of the kernel rope. Python: apply_multimodal_rotary_pos_emb,
 * Qwen3Attention.q_norm.
 */
import { roundingBound } from "../compare.ts";
import type { Bounded } from "./matmul.ts";

export interface RopeTables {
  readonly headDim: number;
  /** [positions, frequencies] cosine and sine */
  readonly angles: Float32Array;
  readonly frequencies: number;
  /** [headDim / 2] axis and frequency */
  readonly channels: Uint32Array;
  /** [tokens, axes] */
  readonly positions: Uint32Array;
  readonly axes: number;
}

/** Norms of the heads: [2, headDim], queries' then keys'. */
export interface Norms {
  readonly weight: Float32Array;
  readonly eps: number;
}

/** qkv [tokens, (queries + 2 keys) * headDim] with queries and keys turned, values as they are. */
export function rope(
  qkv: Float32Array,
  queries: number,
  keys: number,
  tables: RopeTables,
  norms?: Norms,
): Bounded {
  const { headDim, positions, axes } = tables;
  const values = Float64Array.from(qkv);
  const bounds = new Float64Array(qkv.length);
  const stride = (queries + 2 * keys) * headDim;
  for (let token = 0; token < qkv.length / stride; token++) {
    const position = positions.subarray(token * axes, (token + 1) * axes);
    for (let head = 0; head < queries + keys; head++) {
      const begin = token * stride + head * headDim;
      const row = values.subarray(begin, begin + headDim);
      if (norms) normalise(row, norms, head < queries ? 0 : headDim);
      turn(row, bounds.subarray(begin, begin + headDim), position, tables, norms !== undefined);
    }
  }
  return { wanted: values, bounds };
}

function normalise(row: Float64Array, { weight, eps }: Norms, first: number): void {
  const squares = row.reduce((sum, value) => sum + value ** 2, 0);
  const scale = 1 / Math.sqrt(squares / row.length + eps);
  row.forEach((value, i) => (row[i] = value * scale * weight[first + i]!));
}

function turn(
  row: Float64Array,
  bounds: Float64Array,
  position: Uint32Array,
  { angles, frequencies, channels }: RopeTables,
  isNormalised: boolean,
): void {
  const half = row.length / 2;
  // Two products and a sum; before them the norm, as in rms-norm.
  const terms = 2 + (isNormalised ? half + 10 : 0);
  for (let j = 0; j < half; j++) {
    const at = (position[channels[2 * j]!]! * frequencies + channels[2 * j + 1]!) * 2;
    const [cos, sin] = [angles[at]!, angles[at + 1]!];
    const [low, high] = [row[j]!, row[j + half]!];
    row[j] = low * cos - high * sin;
    row[j + half] = high * cos + low * sin;
    bounds[j] = roundingBound(terms, Math.abs(low * cos) + Math.abs(high * sin));
    bounds[j + half] = roundingBound(terms, Math.abs(high * cos) + Math.abs(low * sin));
  }
}
