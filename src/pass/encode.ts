/**
 * Turns steps into commands: pipelines are compiled before, all params are in one uniform buffer,
 * and bind groups are cached from pass to pass.
 */
import { GpuError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { Pipeline } from "../gpu/pipelines.ts";
import type { Step, Tensor } from "../kernels/kernel.ts";
import { packParams, PARAMS_STRIDE } from "../kernels/params.ts";
import type { Plan } from "./plan.ts";
import type { WeightHolder } from "./weight-holder.ts";

export interface Encoder {
  /** Encodes the steps, in order, and submits them. */
  submit(steps: readonly Step[]): void;
}

/** Compiles missing pipelines and uploads the params of all steps. */
export async function createEncoder(
  device: Device,
  weights: WeightHolder,
  plan: Plan,
  bufferOf: (tensor: Tensor) => GPUBuffer,
  params: GPUBuffer,
): Promise<Encoder> {
  const { gpu, pipelines, bindGroups } = device;
  const compiled = new Map<Step, { pipeline: Pipeline; offset: number }>();
  const wanted = plan.steps.map((step) => pipelines.get(step.kernel, step.constants));
  for (const [i, pipeline] of (await device.race(Promise.all(wanted))).entries()) {
    const step = plan.steps[i];
    if (step) {
      compiled.set(step, { pipeline, offset: i * PARAMS_STRIDE });
    }
  }
  const paramsGroup = await device.scoped("params", () => {
    gpu.queue.writeBuffer(params, 0, packParams(plan.steps));
    return gpu.createBindGroup({
      label: "params",
      layout: pipelines.paramsLayout,
      entries: [{ binding: 0, resource: { buffer: params, size: PARAMS_STRIDE } }],
    });
  });

  const buffersOf = ({ bindings }: Step): GPUBuffer[] =>
    bindings.map((binding) =>
      binding.kind === "weight" ? weights.buffer(binding) : bufferOf(binding),
    );

  return {
    submit(steps) {
      const encoder = gpu.createCommandEncoder({ label: steps[0]?.label ?? "pass" });
      const pass = encoder.beginComputePass();
      for (const step of steps) {
        const entry = compiled.get(step);
        if (!entry) {
          throw new GpuError({ where: step.label, what: "the step is not of this plan" });
        }
        const { pipeline, storageLayout } = entry.pipeline;
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroups.get(step.label, storageLayout, buffersOf(step)));
        pass.setBindGroup(1, paramsGroup, [entry.offset]);
        pass.dispatchWorkgroups(...step.grid);
      }
      pass.end();
      gpu.queue.submit([encoder.finish()]);
    },
  };
}
