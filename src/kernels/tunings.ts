/**
 * The tunings of the hot kernels: each is a variant, with constants for a kind of GPU. Plain data.
 *
 * The speeds on software adapters were measured (`bench/LOG.md`). For GPUs they are
 * compiled and counted (`docs/compiled.md`). Workgroup memory stays within the 16 KiB that every
 * adapter has.
 */

export type MatmulTuning =
  | "plain"
  | "plain-64"
  | "quad"
  | "quad-64"
  | "shared"
  | "shared-tall"
  | "shared-low"
  | "shared-rows"
  | "shared-8"
  | "shared-16"
  | "shared-32"
  | MatrixTuning;

/** M × N × K, and the width of its subgroups if it names one; else they are 32 wide by nature. */
export type MatrixTuning =
  | "matrix-8x8x8"
  | "matrix-8x8x8-8"
  | "matrix-8x8x16-8"
  | "matrix-8x16x16-16"
  | "matrix-16x16x16"
  | "matrix-16x16x16-32";

/** For `matmul.wgsl` and `matmul-quad.wgsl`: invocations side by side along the columns. */
interface RegisterTile {
  readonly variant: "plain" | "quad";
  readonly workgroup: number;
}

/**
 * For `matmul-shared.wgsl`: invocations along the rows and columns of a tile, rows of each, and the
 * depth that is staged together.
 */
interface SharedTile {
  readonly variant: "shared";
  readonly rows: number;
  readonly columns: number;
  readonly ownRows: 4 | 8;
  readonly staged: 8 | 16 | 28;
  /** Whether rows are staged one by one: fewer registers, more stores. */
  readonly isByRow?: boolean;
  /** The width of its subgroups; the compiler's choice if there is none. */
  readonly subgroup?: SubgroupSize;
}

/** For GPUs with the feature `subgroup-size-control`. */
type SubgroupSize = 8 | 16 | 32;

/**
 * For `matmul-matrix.wgsl`: what the GPU's matrix units multiply, M × K by K × N in f16 with sums
 * in f32, and how wide a subgroup is that does it. Runs only if it passes the self-test.
 */
export interface MatrixTile {
  readonly variant: "matrix";
  readonly shape: MatrixShape;
  readonly width: SubgroupSize;
  /** Whether the kernel asks for that width. Else the device has no other. */
  readonly isNamed: boolean;
}

export type MatrixShape = readonly [m: 8 | 16, n: 8 | 16, k: 8 | 16];

type MatmulTile = RegisterTile | SharedTile | MatrixTile;

/**
 * Each is for the units of one kind of GPU. Of several shapes that a GPU has, it is the largest:
 * the fewest instructions, and the fewest reads of workgroup memory a product.
 */
export const matrixTunings: Readonly<Record<MatrixTuning, MatrixTile>> = {
  /** Apple's units. */
  "matrix-8x8x8": { variant: "matrix", shape: [8, 8, 8], width: 32, isNamed: false },
  /** Those of Mesa 26's software device, for tests. */
  "matrix-8x8x8-8": { variant: "matrix", shape: [8, 8, 8], width: 8, isNamed: true },
  /** Intel's from Gen12 (Arc) on: its units work in subgroups of 8. */
  "matrix-8x8x16-8": { variant: "matrix", shape: [8, 8, 16], width: 8, isNamed: true },
  /** Intel's from Xe2 on, in subgroups of 16. */
  "matrix-8x16x16-16": { variant: "matrix", shape: [8, 16, 16], width: 16, isNamed: true },
  /** NVIDIA's largest: fewest instructions. */
  "matrix-16x16x16": { variant: "matrix", shape: [16, 16, 16], width: 32, isNamed: false },
  /** AMD's from RDNA3 on. Its subgroups may be 64 wide too, which would be two for a workgroup. */
  "matrix-16x16x16-32": { variant: "matrix", shape: [16, 16, 16], width: 32, isNamed: true },
};

export const matmulTunings: Readonly<Record<MatmulTuning, MatmulTile>> = {
  plain: { variant: "plain", workgroup: 16 },
  "plain-64": { variant: "plain", workgroup: 64 },
  quad: { variant: "quad", workgroup: 16 },
  "quad-64": { variant: "quad", workgroup: 64 },
  /** 64 × 64 by 64 invocations. */
  shared: { variant: "shared", rows: 8, columns: 8, ownRows: 8, staged: 16 },
  /** 128 × 64 by 128: each staged weight serves twice as many rows. */
  "shared-tall": { variant: "shared", rows: 16, columns: 8, ownRows: 8, staged: 16 },
  /** 32 × 64 by 64: half the registers, and more workgroups if rows are few. */
  "shared-low": { variant: "shared", rows: 8, columns: 8, ownRows: 4, staged: 16 },
  /**
   * 64 × 64 by 128, for registers that hold 64 values: 32 sums, and no row of the tile beside the
   * next. A depth of 28, because compilers unroll 16 turns, which doubles the sums' registers.
   */
  "shared-rows": {
    variant: "shared",
    rows: 16,
    columns: 8,
    ownRows: 4,
    staged: 28,
    isByRow: true,
  },
  /** By subgroups of a width: an Intel GPU's registers hold the sums of 8 (or 16) lanes, not 16. */
  "shared-8": { variant: "shared", rows: 8, columns: 8, ownRows: 8, staged: 16, subgroup: 8 },
  "shared-16": { variant: "shared", rows: 8, columns: 8, ownRows: 8, staged: 16, subgroup: 16 },
  "shared-32": { variant: "shared", rows: 8, columns: 8, ownRows: 8, staged: 16, subgroup: 32 },
  ...matrixTunings,
};

/** The tunings in f16, and the replacement of each that fails its self-test. */
export const f16Below: Readonly<Record<MatrixTuning, MatmulTuning>> = {
  "matrix-8x8x8": "shared",
  "matrix-8x8x8-8": "shared",
  "matrix-8x8x16-8": "shared-8",
  "matrix-8x16x16-16": "shared-16",
  "matrix-16x16x16": "shared",
  "matrix-16x16x16-32": "shared",
};

/** Whether a tuning multiplies in f16. */
export function isInF16(tuning: string): tuning is MatrixTuning {
  return tuning in matrixTunings;
}

export type AttentionTuning =
  | "plain"
  | "quad"
  | "octet"
  | "workgroup"
  | "workgroup-tall"
  | "workgroup-narrow"
  | "workgroup-deep"
  | "workgroup-wide"
  | "workgroup-tall-8"
  | "workgroup-tall-16"
  | "workgroup-tall-32";

/**
 * Queries of a tile. If keys are staged in workgroup memory: the most vec4s of the output that a
 * lane owns for each of four queries, so that 8 lanes (4 if there are 64 queries) do for a head of
 * 32 (16) times `own` numbers, else 16.
 */
type AttentionTile =
  | { readonly variant: "plain" | "quad" | "octet"; readonly queries: number }
  | WorkgroupTile;

export interface WorkgroupTile {
  readonly variant: "workgroup";
  readonly queries: 16 | 32 | 64;
  readonly own: 1 | 2 | 3 | 4 | 5;
  /** The width of its subgroups; the compiler's choice if there is none. */
  readonly subgroup?: SubgroupSize;
}

export const attentionTunings: Readonly<Record<AttentionTuning, AttentionTile>> = {
  plain: { variant: "plain", queries: 16 },
  quad: { variant: "quad", queries: 16 },
  octet: { variant: "octet", queries: 32 },
  /** Few queries: less is wasted on short segments. */
  workgroup: { variant: "workgroup", queries: 16, own: 2 },
  /** For registers that hold 64 values: a vec4 of the output and two keys a lane. */
  "workgroup-narrow": { variant: "workgroup", queries: 16, own: 1 },
  /** Each staged key serves twice as many queries. */
  "workgroup-tall": { variant: "workgroup", queries: 32, own: 3 },
  /** Fewest reads of workgroup memory, most registers. */
  "workgroup-deep": { variant: "workgroup", queries: 32, own: 4 },
  /** Twice as many queries again: four lanes are enough for a head of 80, with no zeros past it. */
  "workgroup-wide": { variant: "workgroup", queries: 64, own: 5 },
  "workgroup-tall-8": { variant: "workgroup", queries: 32, own: 3, subgroup: 8 },
  "workgroup-tall-16": { variant: "workgroup", queries: 32, own: 3, subgroup: 16 },
  "workgroup-tall-32": { variant: "workgroup", queries: 32, own: 3, subgroup: 32 },
};
