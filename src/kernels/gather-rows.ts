/** Records rows in another order. Twin of `shaders/gather-rows.wgsl`. */
import source from "../../shaders/gather-rows.wgsl?raw";
import { gridOfValues, kernel, read, u32, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor } from "./kernel.ts";

export const gatherRowsKernel: Kernel = kernel("gather-rows", [source], {
  bindings: [read("x"), read("order"), write("out")],
  constants: [],
  params: [u32("rows"), u32("stride4")],
});

/** Records x[order] → [order.length, columns]. */
export function gatherRows(plan: Recorder, label: string, x: Tensor, order: Uint32Array): Tensor {
  const out = plan.tensor(label, order.length, x.columns);
  plan.record({
    label,
    kernel: gatherRowsKernel,
    constants: {},
    bindings: [x, plan.input(`${label}.order`, order), out],
    params: { rows: order.length, stride4: x.stride / 4 },
    grid: gridOfValues((order.length * x.stride) / 4),
    cost: order.length * x.columns,
  });
  return out;
}
