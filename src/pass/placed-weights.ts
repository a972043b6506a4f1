// Tested by: test/tuning/hostile-values.gpu.test.ts
/** Holds weights that all stay on the GPU until they are destroyed. */
import { GpuError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { WeightPart } from "../kernels/kernel.ts";
import type { WeightHolder } from "./weight-holder.ts";

/** Enough to keep a GPU busy, few enough for frequent progress reports. */
const PASS_TOKENS = 4096;

export class PlacedWeights implements WeightHolder {
  readonly passTokens: number = PASS_TOKENS;
  readonly #device: Device;
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** Makes the buffer of a part; the caller fills it. */
  make({ key, byteLength }: Pick<WeightPart, "key" | "byteLength">, usage: number): GPUBuffer {
    const buffer = this.#device.buffer(key, byteLength, usage);
    this.#buffers.set(key, buffer);
    return buffer;
  }

  holds({ key }: WeightPart): boolean {
    return this.#buffers.has(key);
  }

  get byteLength(): number {
    return [...this.#buffers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  expect(): void {}

  isReady(): boolean {
    return true;
  }

  async acquire(): Promise<void> {}

  buffer({ key }: WeightPart): GPUBuffer {
    const buffer = this.#buffers.get(key);
    if (!buffer) {
      throw new GpuError({ where: key, what: "the weight is not on the GPU" });
    }
    return buffer;
  }

  release(): void {}

  destroy(): void {
    this.#buffers.forEach((buffer) => this.#device.release(buffer));
    this.#buffers.clear();
  }
}
