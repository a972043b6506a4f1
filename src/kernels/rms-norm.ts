/**
 * Records the root mean square norm of each row.
 *
 * Twin of `shaders/rms-norm.wgsl`, for GPUs, and of `shaders/rms-norm-plain.wgsl`, for software
 * adapters.
 */
import workgroupSource from "../../shaders/rms-norm.wgsl?raw";
import plainSource from "../../shaders/rms-norm-plain.wgsl?raw";
import { foldIntoTwo, kernel, read, u32, vectorPart, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor, Weight } from "./kernel.ts";
import type { Profile } from "./profile.ts";

const common = {
  bindings: [read("x"), read("weight"), write("out")],
  params: [u32("rows"), u32("columns"), u32("stride4")],
};

export const rmsNormKernels: Readonly<Record<Profile["norm"], Kernel>> = {
  workgroup: kernel("rms-norm", [workgroupSource], { ...common, constants: ["EPS"] }),
  plain: kernel("rms-norm-plain", [plainSource], {
    ...common,
    constants: ["EPS", "WORKGROUP_SIZE"],
  }),
};

/** Invocations of a workgroup of `plain`, with a row each: few, to keep all cores busy. */
const PLAIN_WORKGROUP = 8;
const PLAIN_ROWS = 4;

/**
 * Records x [rows, columns] scaled to unit mean square, times weight [columns] → [rows, columns].
 */
export function rmsNorm(
  plan: Recorder,
  label: string,
  x: Tensor,
  weight: Weight,
  eps: number,
): Tensor {
  const out = plan.tensor(label, x.rows, x.columns);
  const variant = plan.profile.norm;
  const isPlain = variant === "plain";
  plan.record({
    label,
    kernel: rmsNormKernels[variant],
    constants: isPlain ? { EPS: eps, WORKGROUP_SIZE: PLAIN_WORKGROUP } : { EPS: eps },
    bindings: [x, vectorPart(weight), out],
    params: { rows: x.rows, columns: x.columns, stride4: x.stride / 4 },
    grid: foldIntoTwo(isPlain ? Math.ceil(x.rows / (PLAIN_WORKGROUP * PLAIN_ROWS)) : x.rows),
    cost: 4 * x.rows * x.columns,
  });
  return out;
}
