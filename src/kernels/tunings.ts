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
  | "half"
  | "matrix";

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
  readonly staged: 8 | 16;
}

/**
 * For `matmul-half.wgsl` and `matmul-matrix.wgsl`: rows and columns. They need f16, and run only if
 * they pass the self-test.
 */
interface F16Tile<Variant extends "half" | "matrix"> {
  readonly variant: Variant;
  readonly tile: readonly [64, 64];
}

type MatmulTile = RegisterTile | SharedTile | F16Tile<"half"> | F16Tile<"matrix">;

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
  half: { variant: "half", tile: [64, 64] },
  matrix: { variant: "matrix", tile: [64, 64] },
};

/** The tunings in f16, and the replacement of each that fails its self-test. */
export const f16Below: Readonly<Partial<Record<MatmulTuning, MatmulTuning>>> = {
  matrix: "half",
  half: "shared",
};

export type AttentionTuning =
  | "plain"
  | "quad"
  | "octet"
  | "workgroup"
  | "workgroup-tall"
  | "workgroup-deep";

/**
 * Queries of a tile, and the keys that they read together if these are staged in workgroup memory.
 */
type AttentionTile =
  | { readonly variant: "plain" | "quad" | "octet"; readonly queries: number }
  | { readonly variant: "workgroup"; readonly queries: 16 | 32; readonly own: 2 | 3 | 4 };

export const attentionTunings: Readonly<Record<AttentionTuning, AttentionTile>> = {
  plain: { variant: "plain", queries: 16 },
  quad: { variant: "quad", queries: 16 },
  octet: { variant: "octet", queries: 32 },
  workgroup: { variant: "workgroup", queries: 16, own: 2 },
  /** Each staged key serves twice as many queries. */
  "workgroup-tall": { variant: "workgroup", queries: 32, own: 3 },
  /** Fewest reads of workgroup memory, most registers. */
  "workgroup-deep": { variant: "workgroup", queries: 32, own: 4 },
};
