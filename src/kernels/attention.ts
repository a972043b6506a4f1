/**
 * Records attention in one pass over segments, windows and prefixes.
 *
 * Twin of `shaders/attention.wgsl`, for GPUs. For software adapters it is the twin of
 * `attention-quad.wgsl` (with subgroups), `attention-octet.wgsl` (with subgroups of eight) and
 * `attention-plain.wgsl` (without). All read the same table of tiles.
 */
import workgroupSource from "../../shaders/attention.wgsl?raw";
import octetSource from "../../shaders/attention-octet.wgsl?raw";
import plainSource from "../../shaders/attention-plain.wgsl?raw";
import quadSource from "../../shaders/attention-quad.wgsl?raw";
import scores from "../../shaders/lib/attention-scores.wgsl?raw";
import { UnsupportedError } from "../errors.ts";
import { kernel, read, roundUp, u32, withSubgroupSize, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor } from "./kernel.ts";
import { attentionTunings } from "./tunings.ts";
import type { AttentionTuning, WorkgroupTile } from "./tunings.ts";

type Variant = (typeof attentionTunings)[AttentionTuning]["variant"];

const SHAPE = ["HEAD_DIM", "QUERY_HEADS", "SCALE"];
const bound = {
  bindings: [read("qkv"), read("tiles"), write("out")],
  // Key heads are not a constant: the decoder and the vision tower share a pipeline if only these
  // differ.
  params: [u32("stride4"), u32("out_stride4"), u32("key_heads")],
};

export const attentionKernels: Readonly<Record<Variant, Kernel>> = {
  workgroup: kernel("attention", [workgroupSource], {
    ...bound,
    constants: [...SHAPE, "GROUPS", "LANES", "OWN_KEYS", "DEPTH4", "TOGETHER"],
  }),
  plain: kernel("attention-plain", [plainSource, scores], {
    ...bound,
    constants: [...SHAPE, "SIDE_BY_SIDE"],
  }),
  quad: kernel("attention-quad", [quadSource, scores], {
    ...bound,
    constants: [...SHAPE, "SIDE_BY_SIDE"],
    features: ["subgroups"],
  }),
  octet: kernel("attention-octet", [octetSource, scores], {
    ...bound,
    constants: [...SHAPE, "SIDE_BY_SIDE"],
    features: ["subgroups"],
  }),
};

/** `workgroup` with a width of its subgroups. */
export const sizedAttentionKernel: Kernel = withSubgroupSize(attentionKernels.workgroup);

/** Query heads in one workgroup: enough to fill it, few enough to keep all cores busy. */
const SIDE_BY_SIDE: Readonly<Record<Variant, number>> = {
  workgroup: 1,
  plain: 4,
  quad: 4,
  octet: 2,
};

/** The values that describe a tile: a row of the table. */
const TILE_VALUES = 8;

/** The largest head that the kernels' registers hold (MAX_OWN and MAX_DIM4 there). */
export const MAX_HEAD_DIM = 128;

export interface Heads {
  readonly queries: number;
  /** Key and value heads; each serves queries / keys query heads. */
  readonly keys: number;
  readonly dim: number;
}

/** Tokens [begin, end) that attend to each other, and to the tokens of a prefix before them. */
export interface AttentionRange {
  readonly begin: number;
  readonly end: number;
  readonly prefix?: { readonly begin: number; readonly end: number } | undefined;
}

/**
 * Cuts ranges into a tuning's tiles, and returns its table [tiles, 8]. A causal token sees its
 * range up to itself.
 */
export function attentionTiles(
  ranges: readonly AttentionRange[],
  causal: boolean,
  tuning: AttentionTuning,
): Uint32Array {
  const tiles: number[] = [];
  const tileQueries = attentionTunings[tuning].queries;
  for (const { begin, end, prefix } of ranges) {
    for (let first = begin; first < end; first += tileQueries) {
      const queries = Math.min(tileQueries, end - first);
      const seen = causal ? first + queries : end;
      tiles.push(
        first,
        queries,
        prefix?.begin ?? 0,
        prefix?.end ?? 0,
        begin,
        seen,
        Number(causal),
        0,
      );
    }
  }
  return Uint32Array.from(tiles);
}

/**
 * Records softmax(q kᵀ / √dim) v: qkv [tokens, (queries + 2 keys) * dim] → [tokens, queries * dim].
 */
export function attention(
  plan: Recorder,
  label: string,
  qkv: Tensor,
  heads: Heads,
  tiles: { readonly table: Tensor; readonly pairs: number },
): Tensor {
  if (heads.dim % 4 !== 0 || heads.dim > MAX_HEAD_DIM) {
    throw new UnsupportedError({
      where: label,
      what: "size of a head",
      got: heads.dim,
      expected: `a multiple of 4 up to ${MAX_HEAD_DIM}`,
    });
  }
  const out = plan.tensor(label, qkv.rows, heads.queries * heads.dim);
  const tile = attentionTunings[plan.profile.attention];
  const { variant } = tile;
  const isSized = variant === "workgroup" && tile.subgroup !== undefined;
  const sideBySide = Math.min(SIDE_BY_SIDE[variant], heads.queries);
  plan.record({
    label,
    kernel: isSized ? sizedAttentionKernel : attentionKernels[variant],
    constants: {
      HEAD_DIM: heads.dim,
      QUERY_HEADS: heads.queries,
      SCALE: heads.dim ** -0.5,
      ...(tile.variant === "workgroup"
        ? workgroupConstants(tile, heads.dim)
        : { SIDE_BY_SIDE: sideBySide }),
    },
    bindings: [qkv, tiles.table, out],
    params: {
      stride4: qkv.stride / 4,
      out_stride4: out.stride / 4,
      key_heads: heads.keys,
    },
    grid: [tiles.table.byteLength / (4 * TILE_VALUES), Math.ceil(heads.queries / sideBySide), 1],
    cost: 2 * tiles.pairs * heads.queries * heads.dim,
  });
  return out;
}

/** The most vec4s of queries and keys that are staged together: workgroup memory has 1,024. */
const MOST_STAGED = 512;

/** Returns the constants of a tile in workgroup memory, for heads of a size. */
function workgroupConstants(
  { queries, own, subgroup }: WorkgroupTile,
  dim: number,
): Record<string, number> {
  const [groups, dim4] = [queries / 4, dim / 4];
  const isNamed = subgroup !== undefined;
  if (own === 1) return narrowConstants(groups, dim4);
  // A workgroup has 32 invocations at least; of a named width, whose registers two vec4s for each
  // of 8 lanes would pass, 64.
  const choices = isNamed && dim4 > 8 && dim4 <= 16 ? [16] : groups === 16 ? [4, 8, 16] : [8, 16];
  const lanes = choices.find((each) => dim4 <= each * own) ?? 16;
  const most = Math.min(groups, lanes, dim4, Math.floor(MOST_STAGED / (4 * (groups + lanes))));
  // Pieces of a head with the fewest zeros past its end; of these the largest.
  const padded = (piece: number): number => roundUp(dim4, piece);
  let depth4 = most;
  for (let piece = most; 2 * piece >= most; piece--) {
    if (padded(piece) < padded(depth4)) depth4 = piece;
  }
  // Three vec4s a lane leave a named width no registers for values that are read ahead.
  const together = isNamed && dim4 > 2 * lanes ? 16 : 4;
  const constants = {
    GROUPS: groups,
    LANES: lanes,
    OWN_KEYS: 4,
    DEPTH4: depth4,
    TOGETHER: together,
  };
  return subgroup === undefined ? constants : { ...constants, SUBGROUP_SIZE: subgroup };
}

/**
 * The same for lanes of one vec4 of the output and two keys. Below 20 lanes the values' loop is
 * short enough to be unrolled, and its sums would be in registers twice.
 */
function narrowConstants(groups: number, dim4: number): Record<string, number> {
  const lanes = Math.max(20, roundUp(dim4, 4));
  const depth4 = [6, 4].find((piece) => roundUp(dim4, piece) <= dim4 + 1) ?? 2;
  return { GROUPS: groups, LANES: lanes, OWN_KEYS: 2, DEPTH4: depth4, TOGETHER: 4 };
}

/** Returns the pairs of a query and a key that the tiles visit: the cost of attention. */
export function attentionPairs(table: Uint32Array): number {
  let pairs = 0;
  for (let i = 0; i < table.length; i += TILE_VALUES) {
    const [, queries = 0, prefixBegin = 0, prefixEnd = 0, begin = 0, end = 0] = table.subarray(
      i,
      i + 6,
    );
    pairs += queries * (prefixEnd - prefixBegin + end - begin);
  }
  return pairs;
}
