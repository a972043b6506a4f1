/**
 * Records the approximations of GELU that are a sigmoid. Twin of `shaders/gelu-sigmoid.wgsl`.
 *
 * The exact one is `gelu.ts`. They differ by up to 0.02 (QuickGELU) and 0.0005 (tanh): a score
 * stays plausible with the wrong one.
 */
import source from "../../../shaders/gelu-sigmoid.wgsl?raw";
import { f32, gridOfValues, kernel, read, u32, write } from "../kernel.ts";
import type { Kernel, Recorder, Tensor } from "../kernel.ts";

export const geluSigmoidKernel: Kernel = kernel("gelu-sigmoid", [source], {
  bindings: [read("x"), write("out")],
  constants: [],
  params: [u32("values4"), f32("linear"), f32("cubic")],
});

/** 2 √(2 / π): a tanh is a sigmoid of twice its argument. */
const TANH = 2 * Math.sqrt(2 / Math.PI);

/** Records x · ½ (1 + tanh(√(2/π) (x + 0.044715 x³))) → the shape of x. */
export function geluTanh(plan: Recorder, label: string, x: Tensor): Tensor {
  return record(plan, label, x, { linear: TANH, cubic: TANH * 0.044715 });
}

/** Records x · sigmoid(1.702 x) → the shape of x. */
export function quickGelu(plan: Recorder, label: string, x: Tensor): Tensor {
  return record(plan, label, x, { linear: 1.702, cubic: 0 });
}

function record(
  plan: Recorder,
  label: string,
  x: Tensor,
  polynomial: { readonly linear: number; readonly cubic: number },
): Tensor {
  const out = plan.tensor(label, x.rows, x.columns);
  const values4 = (x.rows * x.stride) / 4;
  plan.record({
    label,
    kernel: geluSigmoidKernel,
    constants: {},
    bindings: [x, out],
    params: { values4, ...polynomial },
    grid: gridOfValues(values4),
    cost: 8 * x.rows * x.columns,
  });
  return out;
}
