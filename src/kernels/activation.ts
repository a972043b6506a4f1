/** Records the functions between the layers of a head. Twin of `shaders/activation.wgsl`. */
import source from "../../shaders/activation.wgsl?raw";
import { gelu } from "./gelu.ts";
import { gridOfValues, kernel, read, u32, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor } from "./kernel.ts";

export const activationKernel: Kernel = kernel("activation", [source], {
  bindings: [read("x"), write("out")],
  constants: ["FUNCTION"],
  params: [u32("values4")],
});

/** FUNCTION of the shader. */
const FUNCTIONS = { relu: 0, silu: 1, selu: 2, tanh: 3 } as const;

/** Records the function of each value → the shape of x. `gelu` is the one with erf. */
export function activate(
  plan: Recorder,
  label: string,
  x: Tensor,
  name: keyof typeof FUNCTIONS | "gelu",
): Tensor {
  if (name === "gelu") return gelu(plan, label, x);
  const out = plan.tensor(label, x.rows, x.columns);
  const values4 = (x.rows * x.stride) / 4;
  plan.record({
    label,
    kernel: activationKernel,
    constants: { FUNCTION: FUNCTIONS[name] },
    bindings: [x, out],
    params: { values4 },
    grid: gridOfValues(values4),
    cost: 8 * x.rows * x.columns,
  });
  return out;
}
