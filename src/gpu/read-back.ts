// Tested by: test/residency/upload.gpu.test.ts
/** Reads values from the GPU to JavaScript. No other code turns GPU memory into results. */
import { GpuError } from "../errors.ts";
import type { Device } from "./device.ts";
import { COPY_DST, MAP_MODE_READ, MAP_READ } from "./usage.ts";

export interface ReadBack {
  readonly buffer: GPUBuffer;
  /** The first byte, a multiple of 4; 0 by default. */
  readonly offset?: number;
  readonly byteLength: number;
}

/**
 * Copies buffers and waits for their bytes, in the order given.
 * @throws GpuError if the device is lost before the bytes arrive; zeros are never returned instead
 */
export async function readBack(
  device: Device,
  sources: readonly ReadBack[],
): Promise<ArrayBuffer[]> {
  device.check();
  const offsets: number[] = [];
  let total = 0;
  for (const { byteLength } of sources) {
    offsets.push(total);
    total += Math.ceil(byteLength / 16) * 16;
  }
  const staging = device.buffer("read back", total, MAP_READ | COPY_DST);
  try {
    await device.scoped("read back", () => {
      const encoder = device.gpu.createCommandEncoder({ label: "read back" });
      for (const [i, { buffer, offset = 0, byteLength }] of sources.entries()) {
        const bytes = Math.ceil(byteLength / 4) * 4;
        encoder.copyBufferToBuffer(buffer, offset, staging, offsets[i] ?? 0, bytes);
      }
      device.gpu.queue.submit([encoder.finish()]);
    });
    await device.answer("read back", staging.mapAsync(MAP_MODE_READ));
    device.check();
    const bytes = mappedRange(staging);
    return sources.map(({ byteLength }, i) => {
      const begin = offsets[i] ?? 0;
      return bytes.slice(begin, begin + byteLength);
    });
  } finally {
    device.release(staging);
  }
}

/** Returns the mapped bytes. JavaScript may lack the memory for them. */
function mappedRange(staging: GPUBuffer): ArrayBuffer {
  try {
    return staging.getMappedRange();
  } catch (cause) {
    const what = `the values cannot be reached (${String(cause)})`;
    throw new GpuError({ where: "read back", what, todo: "Score less at a time", cause });
  }
}
