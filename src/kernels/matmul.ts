/**
 * Records linear layers: out = x · weightᵀ, with an optional bias, residual or SwiGLU.
 *
 * Twin of `shaders/matmul.wgsl` and its variants; the profile chooses the variant and its tuning.
 * All have the same bindings and params, and read weights in every form. A weight too large to bind
 * is multiplied part by part.
 */
import plainSource from "../../shaders/matmul.wgsl?raw";
import matrixSource from "../../shaders/matmul-matrix.wgsl?raw";
import quadSource from "../../shaders/matmul-quad.wgsl?raw";
import sharedSource from "../../shaders/matmul-shared.wgsl?raw";
import range from "../../shaders/lib/f16-range.wgsl?raw";
import store from "../../shaders/lib/matmul-store.wgsl?raw";
import { GpuError } from "../errors.ts";
import { SUBGROUP_MATRIX } from "../gpu/device.ts";
import { kernel, read, roundUp, u32, vectorPart, withSubgroupSize, write } from "./kernel.ts";
import type { Form, Kernel, Recorder, Tensor, Weight } from "./kernel.ts";
import type { Profile } from "./profile.ts";
import { matmulTunings, matrixTunings } from "./tunings.ts";
import type { MatmulTuning, MatrixTile, MatrixTuning } from "./tunings.ts";
import { gpuWeightSources, isQuantised, matmulWeightSources, rowValues } from "./weight-forms.ts";

const common = {
  bindings: [read("x"), read("weight"), read("bias"), read("residual"), write("out")],
  params: [
    "rows",
    "columns",
    "first4",
    "depth4",
    "x_stride4",
    "weight_stride4",
    "out_stride4",
    "has_bias",
    "has_residual",
    "swiglu",
  ].map(u32),
};

const plain = (form: Form): Kernel =>
  kernel("matmul", [plainSource, store, ...matmulWeightSources[form]], {
    ...common,
    constants: ["WORKGROUP_SIZE"],
  });

const quad = (form: Form): Kernel =>
  kernel("matmul-quad", [quadSource, store, ...matmulWeightSources[form]], {
    ...common,
    constants: ["WORKGROUP_SIZE"],
    features: ["subgroups"],
  });

const shared = (form: Form): Kernel =>
  kernel("matmul-shared", [sharedSource, store, ...gpuWeightSources[form]], {
    ...common,
    constants: ["ROWS", "COLUMNS", "OWN_ROWS4", "STAGED", "BY_ROW"],
  });

/** The sizes of types must be literals, so they are not overrides. */
const matrix = ({ shape, width, isNamed }: MatrixTile, form: Form): Kernel => {
  const sizes = Object.entries({ M: shape[0], N: shape[1], K: shape[2], WIDTH: width });
  const units = sizes.map(([name, size]) => `const ${name}: u32 = ${size}u;`).join(" ");
  const sources = [matrixSource, units, range, store, ...gpuWeightSources[form]];
  const unnamed = kernel("matmul-matrix", sources, {
    ...common,
    constants: ["WEIGHT_TERMS"],
    features: ["shader-f16", "subgroups", SUBGROUP_MATRIX as GPUFeatureName],
  });
  return isNamed ? withSubgroupSize(unnamed) : unnamed;
};

const forms = (declare: (form: Form) => Kernel): Readonly<Record<Form, Kernel>> => ({
  f32: declare("f32"),
  bf16: declare("bf16"),
  f16: declare("f16"),
  q8: declare("q8"),
  q4: declare("q4"),
});

type ByForm = Readonly<Record<Form, Kernel>>;

/** Every variant with every form of weight, but that of matrix units. */
export const matmulKernels: Readonly<Record<"plain" | "quad" | "shared", ByForm>> = {
  plain: forms(plain),
  quad: forms(quad),
  shared: forms(shared),
};

/** The variant of matrix units, with the sizes of each tuning. */
export const matrixKernels: Readonly<Record<MatrixTuning, ByForm>> = Object.fromEntries(
  Object.entries(matrixTunings).map(([name, tile]) => [name, forms((form) => matrix(tile, form))]),
) as Record<MatrixTuning, ByForm>;

/** `shared` with a width of its subgroups. */
export const sizedMatmulKernels: ByForm = forms((form) =>
  withSubgroupSize(matmulKernels.shared[form]),
);

/** Rows and columns of a workgroup of matmul-matrix.wgsl: SIDE. */
const MATRIX_TILE = [64, 64] as const;

/** Returns the kernels of a tuning. */
export function matmulKernelsOf(tuning: MatmulTuning): ByForm {
  const knobs = matmulTunings[tuning];
  if (knobs.variant === "matrix") return matrixKernels[tuning as MatrixTuning];
  const isSized = knobs.variant === "shared" && knobs.subgroup !== undefined;
  return isSized ? sizedMatmulKernels : matmulKernels[knobs.variant];
}

/**
 * Returns the constants of a tuning, and the rows and columns of the output that one workgroup
 * computes.
 */
function resolveTuning(
  tuning: MatmulTuning,
  form: Form,
): {
  constants: Record<string, number>;
  tile: readonly [number, number];
} {
  const knobs = matmulTunings[tuning];
  if (knobs.variant === "matrix") {
    // One f16 holds the bits of a bf16 or an f16; values of other forms need two.
    const own = { WEIGHT_TERMS: form === "bf16" || form === "f16" ? 1 : 2 };
    const constants = knobs.isNamed ? { ...own, SUBGROUP_SIZE: knobs.width } : own;
    return { constants, tile: MATRIX_TILE };
  }
  if (knobs.variant === "shared") {
    const { rows, columns, ownRows, staged, isByRow = false, subgroup } = knobs;
    const own = {
      ROWS: rows,
      COLUMNS: columns,
      OWN_ROWS4: ownRows / 4,
      STAGED: staged,
      BY_ROW: Number(isByRow),
    };
    return {
      constants: subgroup === undefined ? own : { ...own, SUBGROUP_SIZE: subgroup },
      tile: [rows * ownRows, columns * 8],
    };
  }
  const { variant, workgroup } = knobs;
  const tile = [variant === "quad" ? 16 : 8, 8 * workgroup] as const;
  return { constants: { WORKGROUP_SIZE: workgroup }, tile };
}

/** Returns the profile's tuning for weights of a form. */
function tuningOf({ matmul: stored, matmulQuantised }: Profile, form: Form): MatmulTuning {
  return isQuantised(form) ? matmulQuantised : stored;
}

export interface LinearOptions {
  /** [1, weight.rows] */
  readonly bias?: Weight | undefined;
  /** [rows, weight.rows], added to the product. */
  readonly residual?: Tensor | undefined;
}

/** Records x [rows, depth] · weight [columns, depth]ᵀ (+ bias) (+ residual) → [rows, columns]. */
export function linear(
  plan: Recorder,
  label: string,
  x: Tensor,
  weight: Weight,
  { bias, residual }: LinearOptions = {},
): Tensor {
  const out = plan.tensor(label, x.rows, weight.rows);
  if (residual && (residual.rows !== out.rows || residual.columns !== out.columns)) {
    throw shapes(label, "residual", residual, `[${out.rows}, ${out.columns}]`);
  }
  matmul(plan, label, x, weight, { bias, residual, out, swiglu: false });
  return out;
}

/**
 * Records silu(x · gateᵀ) * (x · upᵀ) → [rows, gates]. In `weight` the rows of gate and up are
 * interleaved in fours: gates 0–3, ups 0–3, gates 4–7, … Both are padded with zero rows to a
 * multiple of four.
 */
export function swigluLinear(
  plan: Recorder,
  label: string,
  x: Tensor,
  weight: Weight,
  gates: number,
  bias?: Weight,
): Tensor {
  if (weight.rows !== 2 * roundUp(gates, 4)) {
    throw shapes(label, "weight", weight, `[${2 * roundUp(gates, 4)}, ${x.columns}]`);
  }
  const out = plan.tensor(label, x.rows, gates);
  matmul(plan, label, x, weight, { bias, residual: undefined, out, swiglu: true });
  return out;
}

function matmul(
  plan: Recorder,
  label: string,
  x: Tensor,
  weight: Weight,
  { bias, residual, out, swiglu }: LinearOptions & { out: Tensor; swiglu: boolean },
): void {
  if (x.columns !== weight.columns) {
    throw shapes(label, "x", x, `[rows, ${weight.columns}]`);
  }
  const tuning = tuningOf(plan.profile, weight.form);
  const kernels = matmulKernelsOf(tuning);
  const { constants, tile } = resolveTuning(tuning, weight.form);
  const [tileRows, tileColumns] = tile;
  for (const part of weight.parts) {
    plan.record({
      label,
      kernel: kernels[weight.form],
      constants,
      bindings: [x, part, bias ? vectorPart(bias) : x, residual ?? x, out],
      params: {
        rows: x.rows,
        columns: part.rows,
        first4: part.firstRow / 4,
        depth4: roundUp(weight.columns, 4) / 4,
        x_stride4: x.stride / 4,
        weight_stride4: rowValues(weight.form, weight.columns) / 4,
        out_stride4: out.stride / 4,
        has_bias: bias ? 1 : 0,
        has_residual: residual ? 1 : 0,
        swiglu: swiglu ? 1 : 0,
      },
      grid: [Math.ceil(x.rows / tileRows), Math.ceil(part.rows / tileColumns), 1],
      cost: x.rows * part.rows * weight.columns,
    });
  }
}

function shapes(
  label: string,
  what: string,
  got: { rows: number; columns: number },
  wanted: string,
): GpuError {
  return new GpuError({
    where: label,
    what: `shape of ${what} does not fit`,
    got: `[${got.rows}, ${got.columns}]`,
    expected: wanted,
  });
}
