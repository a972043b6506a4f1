/**
 * Decides which tensors of a plan can share a buffer: those whose lifetimes do not overlap.
 *
 * Greedy by size, as in "Efficient Memory Management for Deep Neural Net Inference" (arXiv
 * 2001.03288). From the largest on, each tensor gets the smallest buffer that is large enough and
 * free for its lifetime, else a new one. Whole buffers are shared, never parts of one: WebGPU
 * forbids reading one part of a buffer and writing another in the same step.
 */
import type { Tensor } from "../kernels/kernel.ts";
import type { Plan } from "./plan.ts";

/** From the first to the last step that uses a tensor. */
export interface Lifetime {
  readonly tensor: Tensor;
  readonly first: number;
  readonly last: number;
}

/** The buffers that a plan needs, and the buffer of each tensor. */
export interface Layout {
  readonly byteLengths: readonly number[];
  /** By tensor id; undefined for tensors that no step uses. */
  readonly slots: readonly (number | undefined)[];
}

/**
 * Returns lifetimes. Inputs live from the start, because they are uploaded before; outputs to the
 * end.
 */
export function findLifetimes(plan: Plan): Lifetime[] {
  // By id: a tensor in another shape is still the same memory.
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (const [index, { bindings }] of plan.steps.entries()) {
    for (const binding of bindings) {
      if (binding.kind === "tensor") {
        first.set(binding.id, first.get(binding.id) ?? index);
        last.set(binding.id, index);
      }
    }
  }
  const outputs = new Set([...plan.outputs.values()].map(({ id }) => id));
  return plan.tensors.flatMap((tensor) => {
    const begin = first.get(tensor.id);
    const end = last.get(tensor.id);
    if (begin === undefined || end === undefined) {
      return [];
    }
    return {
      tensor,
      first: plan.inputs.has(tensor) ? -1 : begin,
      last: outputs.has(tensor.id) ? plan.steps.length : end,
    };
  });
}

/** Assigns tensors to buffers. */
export function assignBuffers(lives: readonly Lifetime[], tensors: number): Layout {
  const slots: (number | undefined)[] = Array.from({ length: tensors });
  const buffers: { byteLength: number; lives: Lifetime[] }[] = [];
  const bySize = lives.toSorted((a, b) => b.tensor.byteLength - a.tensor.byteLength);
  for (const life of bySize) {
    // Larger tensors came before, so every buffer is large enough; the last one made is the
    // smallest.
    let slot = buffers.findLastIndex((buffer) =>
      buffer.lives.every((other) => isDisjoint(life, other)),
    );
    if (slot < 0) {
      slot = buffers.push({ byteLength: life.tensor.byteLength, lives: [] }) - 1;
    }
    buffers[slot]?.lives.push(life);
    slots[life.tensor.id] = slot;
  }
  return { byteLengths: buffers.map(({ byteLength }) => byteLength), slots };
}

function isDisjoint(a: Lifetime, b: Lifetime): boolean {
  return a.last < b.first || b.last < a.first;
}
