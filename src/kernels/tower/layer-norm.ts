/**
 * Records the layer norm of each row: mean zero, variance one, times a weight, plus a bias.
 *
 * Twin of `shaders/layer-norm.wgsl`, for GPUs, and of `shaders/layer-norm-plain.wgsl`, for software
 * adapters.
 */
import workgroupSource from "../../../shaders/layer-norm.wgsl?raw";
import plainSource from "../../../shaders/layer-norm-plain.wgsl?raw";
import { foldIntoTwo, kernel, read, u32, vectorPart, write } from "../kernel.ts";
import type { Kernel, Recorder, Tensor, Weight } from "../kernel.ts";
import type { Profile } from "../profile.ts";

const common = {
  bindings: [read("x"), read("weight"), read("bias"), write("out")],
  params: [u32("rows"), u32("columns"), u32("stride4")],
};

export const layerNormKernels: Readonly<Record<Profile["norm"], Kernel>> = {
  workgroup: kernel("layer-norm", [workgroupSource], { ...common, constants: ["EPS"] }),
  plain: kernel("layer-norm-plain", [plainSource], {
    ...common,
    constants: ["EPS", "WORKGROUP_SIZE"],
  }),
};

/** Invocations of a workgroup of `plain`: few, to keep all cores busy. */
const PLAIN_WORKGROUP = 8;
const PLAIN_ROWS = 2;

/** The weight and the bias of a norm, [columns] each. */
export interface NormWeights {
  readonly weight: Weight;
  readonly bias: Weight;
}

/**
 * Records x [rows, columns] at mean zero and variance one, times weight plus bias → [rows,
 * columns].
 */
export function layerNorm(
  plan: Recorder,
  label: string,
  x: Tensor,
  { weight, bias }: NormWeights,
  eps: number,
): Tensor {
  const out = plan.tensor(label, x.rows, x.columns);
  const variant = plan.profile.norm;
  const isPlain = variant === "plain";
  plan.record({
    label,
    kernel: layerNormKernels[variant],
    constants: isPlain ? { EPS: eps, WORKGROUP_SIZE: PLAIN_WORKGROUP } : { EPS: eps },
    bindings: [x, vectorPart(weight), vectorPart(bias), out],
    params: { rows: x.rows, columns: x.columns, stride4: x.stride / 4 },
    grid: foldIntoTwo(isPlain ? Math.ceil(x.rows / (PLAIN_WORKGROUP * PLAIN_ROWS)) : x.rows),
    cost: 8 * x.rows * x.columns,
  });
  return out;
}
