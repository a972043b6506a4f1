/**
 * Bind groups, made once for their buffers: most steps of a pass bind the same buffers as in the
 * pass before.
 *
 * A group must not outlive its buffers: code that destroys a buffer calls `forget`.
 */

/**
 * Several times the steps of the largest models: passes of other lengths may place their tensors
 * differently.
 */
const MOST = 4096;

interface Kept {
  readonly group: GPUBindGroup;
  readonly buffers: readonly GPUBuffer[];
}

export class BindGroups {
  readonly #gpu: GPUDevice;
  readonly #groups = new Map<string, Kept>();
  /** Numbers of layouts and buffers, in the order in which they were first bound. */
  readonly #numbers = new WeakMap<GPUBindGroupLayout | GPUBuffer, number>();
  #nextNumber = 0;

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** Returns the group that binds the buffers, each whole, in the order of the layout. */
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

  /** Drops the groups that bind a buffer. */
  forget(buffer: GPUBuffer): void {
    for (const [key, { buffers }] of this.#groups) {
      if (buffers.includes(buffer)) {
        this.#groups.delete(key);
      }
    }
  }

  /** Drops all groups: after a failure any of the latest may be invalid. */
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
