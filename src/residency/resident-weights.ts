// Tested by: test/residency/residency.gpu.test.ts
/** Loads all weights together; they stay on the GPU. */
import type { Device } from "../gpu/device.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../gpu/usage.ts";
import type { WeightPart } from "../kernels/kernel.ts";
import { PlacedWeights } from "../pass/placed-weights.ts";
import { Uploader } from "./upload.ts";
import type { UploadOptions } from "./upload.ts";
import type { WeightTable } from "../checkpoint/weight-table.ts";

/**
 * Makes all buffers and fills them. So a lack of memory is reported before anything is read. If it
 * fails, no buffer stays.
 */
export async function loadResident(
  device: Device,
  table: WeightTable,
  options: UploadOptions,
): Promise<PlacedWeights> {
  const weights = new PlacedWeights(device);
  const uploader = new Uploader(device, table, options);
  const make = (part: WeightPart): GPUBuffer => weights.make(part, STORAGE | COPY_DST | COPY_SRC);
  try {
    const groups = [...table.groups];
    const parts = groups.flatMap(([, own]) => own);
    await Promise.all(groups.map(([group, own]) => device.scoped(group, () => own.map(make))));
    await uploader.upload(parts, (part) => weights.buffer(part));
  } catch (error) {
    weights.destroy();
    throw error;
  } finally {
    uploader.destroy();
  }
  return weights;
}
