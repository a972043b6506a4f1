/** All weights on the GPU, from loading to the end. */
import { GpuError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { COPY_DST, COPY_SRC, STORAGE } from "../gpu/usage.ts";
import type { WeightPart } from "../kernels/kernel.ts";
import type { WeightHolder } from "../scheduler/weight-holder.ts";
import { Uploader } from "./upload.ts";
import type { UploadOptions } from "./upload.ts";
import type { WeightTable } from "./weight-table.ts";

export class ResidentWeights implements WeightHolder {
  readonly #device: Device;
  readonly #buffers = new Map<string, GPUBuffer>();

  private constructor(device: Device) {
    this.#device = device;
  }

  /** Makes all buffers, so that a lack of memory is told before anything is read, and fills them; none stays where that fails. */
  static async load(
    device: Device,
    table: WeightTable,
    options: UploadOptions,
  ): Promise<ResidentWeights> {
    const weights = new ResidentWeights(device);
    const uploader = new Uploader(device, table, options);
    try {
      const groups = [...table.groups];
      const parts = groups.flatMap(([, own]) => own);
      uploader.prepare(parts);
      await Promise.all(
        groups.map(([group, own]) => device.scoped(group, () => weights.#allocate(own))),
      );
      await uploader.upload(parts, (part) => weights.buffer(part));
    } catch (error) {
      weights.destroy();
      throw error;
    } finally {
      uploader.destroy();
    }
    return weights;
  }

  #allocate(parts: readonly WeightPart[]): void {
    for (const { key, byteLength } of parts) {
      this.#buffers.set(key, this.#device.buffer(key, byteLength, STORAGE | COPY_DST | COPY_SRC));
    }
  }

  get byteLength(): number {
    return [...this.#buffers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  expect(): void {}

  isReady(): boolean {
    return true;
  }

  async acquire(): Promise<void> {}

  buffer(part: WeightPart): GPUBuffer {
    const buffer = this.#buffers.get(part.key);
    if (!buffer) {
      throw new GpuError({ where: part.key, what: "the weight was not loaded" });
    }
    return buffer;
  }

  release(): void {}

  destroy(): void {
    this.#buffers.forEach((buffer) => this.#device.release(buffer));
    this.#buffers.clear();
  }
}
