/**
 * Bind groups, made once for the buffers that they bind: most steps of a pass bind what they bound in the pass before.
 *
 * A group lives no longer than its buffers: whoever destroys one says so.
 */

/** Several times the steps of the largest models: passes of other lengths may lay out their tensors differently. */
const MOST = 4096;

interface Kept {
  readonly group: GPUBindGroup;
  readonly buffers: readonly GPUBuffer[];
}

export class BindGroups {
  readonly #gpu: GPUDevice;
  readonly #groups = new Map<string, Kept>();
  /** Of layouts and buffers, in the order in which they were first bound. */
  readonly #numbers = new WeakMap<GPUBindGroupLayout | GPUBuffer, number>();
  #nextNumber = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** The group that binds the buffers, each whole, in the order of the layout. */
  get(label: string, layout: GPUBindGroupLayout, buffers: readonly GPUBuffer[]): GPUBindGroup {
    const key = [layout, ...buffers].map((bound) => this.#number(bound)).join();
    const kept = this.#groups.get(key);
    if (kept) {
      return kept.group;
    }
    if (this.#groups.size >= MOST) {
      this.clear();
    }
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const group = this.#gpu.createBindGroup({ label, layout, entries });
    this.#groups.set(key, { group, buffers });
    return group;
  }

  /** Lets go of the groups that bind a buffer. */
  forget(buffer: GPUBuffer): void {
    for (const [key, { buffers }] of this.#groups) {
      if (buffers.includes(buffer)) {
        this.#groups.delete(key);
      }
    }
  }

  /** Lets go of all: after a failure any of the latest may be invalid. */
  clear(): void {
    this.#groups.clear();
  }

  #number(bound: GPUBindGroupLayout | GPUBuffer): number {
    let number = this.#numbers.get(bound);
    if (number === undefined) {
      number = this.#nextNumber++;
      this.#numbers.set(bound, number);
    }
    return number;
  }
}
