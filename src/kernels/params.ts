// Tested by: test/kernels/gather-rows.gpu.test.ts
/** Packs the params of all steps into one uniform buffer with dynamic offsets. */
import type { Step } from "./kernel.ts";

/** Bytes from one step's params to the next: the spec's minUniformBufferOffsetAlignment. */
export const PARAMS_STRIDE = 256;

/** Returns the params of all steps, each aligned to PARAMS_STRIDE. */
export function packParams(steps: readonly Pick<Step, "kernel" | "params">[]): ArrayBuffer {
  const bytes = new ArrayBuffer(steps.length * PARAMS_STRIDE);
  const view = new DataView(bytes);
  for (const [i, { kernel, params }] of steps.entries()) {
    for (const [field, { name, type }] of kernel.params.entries()) {
      const offset = i * PARAMS_STRIDE + field * 4;
      const value = params[name] ?? Number.NaN;
      if (type === "f32") {
        view.setFloat32(offset, value, true);
      } else {
        view.setUint32(offset, value, true);
      }
    }
  }
  return bytes;
}
