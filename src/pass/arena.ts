// Tested by: test/pass/encode.gpu.test.ts
/**
 * Holds the buffers that the tensors of plans share. They are reused by the next plan, and grow if
 * one needs more.
 */
import type { Device } from "../gpu/device.ts";
import { COPY_DST, COPY_SRC, STORAGE, UNIFORM } from "../gpu/usage.ts";
import type { Layout } from "./lifetimes.ts";

export class Arena {
  readonly #device: Device;
  /** By slot; undefined if one could not be made. */
  #buffers: (GPUBuffer | undefined)[] = [];
  #params: GPUBuffer | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  get byteLength(): number {
    return this.#buffers.reduce((sum, held) => sum + (held?.size ?? 0), this.#params?.size ?? 0);
  }

  /** Returns one buffer for each of the layout's, at least as large. */
  async reserve(layout: Layout): Promise<readonly GPUBuffer[]> {
    const device = this.#device;
    // Frees small buffers first: old and new need not fit side by side.
    for (const [slot, byteLength] of layout.byteLengths.entries()) {
      const held = this.#buffers[slot];
      if (held && held.size < byteLength) {
        this.#buffers[slot] = undefined;
        device.release(held);
      }
    }
    const usage = STORAGE | COPY_SRC | COPY_DST;
    const buffers = await device.scoped("activations", () =>
      layout.byteLengths.map(
        (byteLength, slot) =>
          this.#buffers[slot] ?? device.buffer(`activations ${slot}`, byteLength, usage),
      ),
    );
    buffers.forEach((buffer, slot) => (this.#buffers[slot] = buffer));
    return buffers;
  }

  /** Returns the uniform buffer for the params of all steps. */
  async params(byteLength: number): Promise<GPUBuffer> {
    const device = this.#device;
    const held = this.#params;
    if (held && held.size >= byteLength) {
      return held;
    }
    if (held) {
      this.#params = undefined;
      device.release(held);
    }
    const made = await device.scoped("params", () =>
      device.buffer("params", byteLength, UNIFORM | COPY_DST),
    );
    this.#params = made;
    return made;
  }

  destroy(): void {
    for (const buffer of [...this.#buffers, this.#params]) {
      if (buffer) {
        this.#device.release(buffer);
      }
    }
    this.#buffers = [];
    this.#params = undefined;
  }
}
