/** Records the exact Gaussian error linear unit. Twin of `shaders/gelu.wgsl`. */
import source from "../../shaders/gelu.wgsl?raw";
import { gridOfValues, kernel, read, u32, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor } from "./kernel.ts";

export const geluKernel: Kernel = kernel("gelu", [source], {
  bindings: [read("x"), write("out")],
  constants: [],
  params: [u32("values4")],
});

/** Records x · ½ (1 + erf(x / √2)) → the shape of x. */
export function gelu(plan: Recorder, label: string, x: Tensor): Tensor {
  const out = plan.tensor(label, x.rows, x.columns);
  const values4 = (x.rows * x.stride) / 4;
  plan.record({
    label,
    kernel: geluKernel,
    constants: {},
    bindings: [x, out],
    params: { values4 },
    grid: gridOfValues(values4),
    cost: 16 * x.rows * x.columns,
  });
  return out;
}
