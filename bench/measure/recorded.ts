/**
 * A plan made ready to be submitted again and again: compiled, its inputs uploaded, every tensor in
 * a buffer of its own, so that no run changes what the next one reads.
 */
import type { Device } from "../../src/gpu/device.ts";
import { readBack } from "../../src/gpu/read-back.ts";
import { COPY_DST, COPY_SRC, STORAGE, UNIFORM } from "../../src/gpu/usage.ts";
import type { Tensor } from "../../src/kernels/kernel.ts";
import { PARAMS_STRIDE } from "../../src/kernels/params.ts";
import { createEncoder } from "../../src/pass/encode.ts";
import type { Plan } from "../../src/pass/plan.ts";
import type { WeightHolder } from "../../src/pass/weight-holder.ts";

export interface Recorded {
  submit(): void;
  /**
   * The values of the plan's outputs, one after the other; including padding if rows are padded.
   */
  output(): Promise<Float32Array>;
  destroy(): void;
}

export async function recorded(
  device: Device,
  weights: WeightHolder,
  plan: Plan,
): Promise<Recorded> {
  const buffers = new Map<number, GPUBuffer>();
  const bufferOf = ({ id, label, byteLength }: Tensor): GPUBuffer => {
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const buffer = buffers.get(id) ?? device.buffer(label, byteLength, usage);
    buffers.set(id, buffer);
    return buffer;
  };
  const params = device.buffer("params", plan.steps.length * PARAMS_STRIDE, UNIFORM | COPY_DST);
  const used = plan.steps.flatMap(({ bindings }) => bindings);
  await device.scoped("bench", () => {
    for (const binding of used) if (binding.kind === "tensor") bufferOf(binding);
    for (const [tensor, values] of plan.inputs) {
      device.gpu.queue.writeBuffer(bufferOf(tensor), 0, values as Uint32Array<ArrayBuffer>);
    }
  });
  const encoder = await createEncoder(device, weights, plan, bufferOf, params);
  return {
    submit: () => encoder.submit(plan.steps),
    async output() {
      await device.scoped("bench", () => encoder.submit(plan.steps));
      const sources = [...plan.outputs.values()].map((tensor) => ({
        buffer: bufferOf(tensor),
        byteLength: tensor.byteLength,
      }));
      const parts = await readBack(device, sources);
      return Float32Array.from(parts.flatMap((bytes) => [...new Float32Array(bytes)]));
    },
    destroy() {
      for (const buffer of [...buffers.values(), params]) device.release(buffer);
    },
  };
}
