/** Records the reward at every token. Twin of `shaders/value-head.wgsl`. */
import source from "../../shaders/value-head.wgsl?raw";
import { foldIntoTwo, kernel, read, u32, vectorPart, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor, Weight } from "./kernel.ts";

export const valueHeadKernel: Kernel = kernel("value-head", [source], {
  bindings: [read("x"), read("weight"), read("bias"), write("values")],
  constants: ["WORKGROUP_SIZE"],
  params: [u32("tokens"), u32("stride4")],
});

/** Tokens of a workgroup: few, to keep all cores busy. */
const WORKGROUP_SIZE = 16;

/**
 * Records x [tokens, hidden] · weight [hidden] + bias [1] → [1, tokens]. A weight that is a tensor
 * is padded to the rows of x.
 */
export function valueHead(
  plan: Recorder,
  label: string,
  x: Tensor,
  weight: Weight | Tensor,
  bias: Weight | Tensor,
): Tensor {
  const out = plan.tensor(label, 1, x.rows);
  plan.record({
    label,
    kernel: valueHeadKernel,
    constants: { WORKGROUP_SIZE },
    bindings: [x, ...[weight, bias].map((one) => ("kind" in one ? one : vectorPart(one))), out],
    params: { tokens: x.rows, stride4: x.stride / 4 },
    grid: foldIntoTwo(Math.ceil(x.rows / WORKGROUP_SIZE)),
    cost: x.rows * x.columns,
  });
  return out;
}
