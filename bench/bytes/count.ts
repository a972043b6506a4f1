/** What a pass is made of: launches, products and bytes, by kernel. Read from its plan alone. */
import type { Step } from "../../src/kernels/kernel.ts";
import { productsOf } from "../../src/load/inspection/forecast.ts";

export interface StepCount {
  readonly kernel: string;
  /** Multiply-adds. */
  readonly products: number;
  /** Bytes of every binding, read or written once: what the step needs if nothing is cached. */
  readonly least: number;
  /** Bytes that its workgroups ask for, again and again; caches answer most of the repeats. */
  readonly asked: number;
}

export interface KernelCount extends StepCount {
  readonly launches: number;
}

/** Returns the counts of a step. */
export function countStep(step: Step): StepCount {
  const { kernel, bindings, cost, grid } = step;
  // An unused binding repeats another one, so a buffer counts once; rope's is read and written.
  const sizes = new Map(bindings.map((one) => [keyOf(one), one.byteLength]));
  let least = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (kernel.name === "rope") least += bindings.at(-1)?.byteLength ?? 0;
  const isMatmul = kernel.name.startsWith("matmul");
  const products = productsOf([step]);
  let asked = least;
  if (isMatmul) {
    const [x, weight] = bindings;
    const [rowTiles, columnTiles] = grid;
    // Each tile of columns reads all of x, each tile of rows all of the weight.
    asked += (columnTiles - 1) * (x?.byteLength ?? 0) + (rowTiles - 1) * (weight?.byteLength ?? 0);
  } else if (kernel.name.startsWith("attention")) {
    // Each tile of each head reads its keys and values: as many vec4s as it has pairs, by queries.
    asked += (2 * 4 * cost) / 2 / queriesOf(step);
  }
  return { kernel: kernel.name, products, least, asked };
}

function keyOf(binding: Step["bindings"][number]): string {
  return binding.kind === "tensor" ? `tensor ${binding.id}` : binding.key;
}

/** Queries that share what a workgroup of attention reads. */
function queriesOf({ constants }: Step): number {
  const { QUERIES, GROUPS } = constants;
  return QUERIES ?? (GROUPS === undefined ? 1 : 4 * GROUPS);
}

/** Sums steps by kernel, those with most products first, then those with most bytes. */
export function countPlan(steps: readonly Step[]): KernelCount[] {
  const sums = new Map<string, KernelCount>();
  for (const one of steps.map(countStep)) {
    const sum = sums.get(one.kernel) ?? { ...one, launches: 0, products: 0, least: 0, asked: 0 };
    sums.set(one.kernel, {
      kernel: one.kernel,
      launches: sum.launches + 1,
      products: sum.products + one.products,
      least: sum.least + one.least,
      asked: sum.asked + one.asked,
    });
  }
  return [...sums.values()].toSorted((a, b) => b.products - a.products || b.least - a.least);
}

export interface Limits {
  /** Multiply-adds a second. */
  readonly products: number;
  /** Bytes a second. */
  readonly bytes: number;
  /** Seconds of a launch. */
  readonly launch: number;
  /** The part of the products that a kernel's code can reach. */
  readonly shareOf: (kernel: string) => number;
}

/**
 * Returns the seconds that a pass takes at least: each step as long as its products or its bytes,
 * and its launch.
 */
export function leastSeconds(steps: readonly Step[], limits: Limits): number {
  return steps.map(countStep).reduce((sum, { kernel, products, least }) => {
    const computing = products / (limits.products * limits.shareOf(kernel));
    return sum + Math.max(computing, least / limits.bytes) + limits.launch;
  }, 0);
}
