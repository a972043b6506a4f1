// Tested by: test/kernels/matmul.gpu.test.ts
/**
 * Defines a kernel, and a recorded step of it: plain data, readable without a GPU.
 *
 * A twin (`matmul.ts` of `matmul.wgsl`) declares its kernel with `kernel(…)` and exports functions
 * that check shapes and record steps into a `Recorder`. The recorder is `Plan` of the room `pass`;
 * it does not know any single kernel.
 */
import { GpuError } from "../errors.ts";
import { SUBGROUP_SIZE_CONTROL } from "../gpu/device.ts";
import type { Profile } from "./profile.ts";

/** How a kernel uses a buffer. */
export type Access = "read" | "write";

export interface Kernel {
  /** The base name of the `.wgsl` file; the entry point is the same in snake_case. */
  readonly name: string;
  /** The kernel, then the shared parts that it needs: so the kernel's line numbers stay right. */
  readonly source: string;
  /** The storage buffers of group 0, in the order of their numbers. */
  readonly bindings: readonly { readonly name: string; readonly access: Access }[];
  /** Override constants that the host must supply. */
  readonly constants: readonly string[];
  /** The fields of `Params` at group 1, each four bytes, in order. */
  readonly params: readonly { readonly name: string; readonly type: "u32" | "f32" }[];
  /** Device features that the source enables. */
  readonly features: readonly GPUFeatureName[];
}

/**
 * Values of a pass: [rows, columns] of f32, each row padded with zeros to whole vec4s; or a table
 * of u32.
 */
export interface Tensor {
  readonly kind: "tensor";
  readonly id: number;
  /** As errors and traces show it: `decoder.3.attention.out`. */
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  /** Values from one row to the next. */
  readonly stride: number;
  readonly byteLength: number;
}

/** The GPU layout of a weight's values. */
export type Form = "f32" | "bf16" | "f16" | "q8" | "q4";

/**
 * A weight as the model declares it: one or more tensors of the checkpoint, with their rows
 * stacked.
 */
export interface Weight {
  readonly label: string;
  /** The unit that is loaded and released: `vision.block.3`, `decoder.layer.5`. */
  readonly group: string;
  readonly form: Form;
  readonly rows: number;
  readonly columns: number;
  /** Ranges of rows, each small enough to bind. */
  readonly parts: readonly WeightPart[];
}

export interface WeightPart {
  readonly kind: "weight";
  /** Names the part in its group: the weight's label and the part's number. */
  readonly key: string;
  readonly group: string;
  readonly firstRow: number;
  readonly rows: number;
  readonly byteLength: number;
}

export interface Step {
  readonly label: string;
  readonly kernel: Kernel;
  readonly constants: Readonly<Record<string, number>>;
  /** One for each of the kernel's bindings. */
  readonly bindings: readonly (Tensor | WeightPart)[];
  readonly params: Readonly<Record<string, number>>;
  readonly grid: readonly [number, number, number];
  /** About how many multiplications: how long the step takes, compared with others. */
  readonly cost: number;
}

export interface Recorder {
  readonly profile: Profile;
  /** Returns a new tensor of f32, to be written by a later step. */
  tensor(label: string, rows: number, columns: number): Tensor;
  /** Returns a tensor whose values are known when the plan is made. */
  input(label: string, values: Float32Array | Uint32Array, rows?: number): Tensor;
  record(step: Step): void;
}

export function read(name: string): { name: string; access: Access } {
  return { name, access: "read" };
}

export function write(name: string): { name: string; access: Access } {
  return { name, access: "write" };
}

export function u32(name: string): { name: string; type: "u32" } {
  return { name, type: "u32" };
}

export function f32(name: string): { name: string; type: "f32" } {
  return { name, type: "f32" };
}

/** Declares a kernel from its file and the shared parts that are appended to it. */
export function kernel(
  name: string,
  sources: readonly string[],
  rest: Pick<Kernel, "bindings" | "constants" | "params"> & {
    features?: readonly GPUFeatureName[];
  },
): Kernel {
  return { name, source: sources.join("\n"), features: [], ...rest };
}

/**
 * Returns the kernel with a constant SUBGROUP_SIZE, the width of its subgroups, which the device's
 * compiler would choose else. WGSL has no attribute that may be left open, so this is the only
 * place where a shader's text is changed. Lines keep their numbers.
 */
export function withSubgroupSize(base: Kernel): Kernel {
  const source = base.source.replace("@compute ", "@compute @subgroup_size(SUBGROUP_SIZE) ");
  return {
    ...base,
    // The kernel may begin with directives of its own, which no declaration may come before.
    source: `enable subgroup_size_control; ${source}\noverride SUBGROUP_SIZE: u32;`,
    constants: [...base.constants, "SUBGROUP_SIZE"],
    features: [...base.features, SUBGROUP_SIZE_CONTROL as GPUFeatureName],
  };
}

/** The spec's maxComputeWorkgroupsPerDimension. */
const MAX_WORKGROUPS = 65_535;

/**
 * Returns a grid of at least `workgroups`, folded into y if x is too small. Kernels guard the
 * surplus.
 */
export function foldIntoTwo(workgroups: number): [number, number, number] {
  const rows = Math.ceil(workgroups / MAX_WORKGROUPS);
  return [Math.ceil(workgroups / rows), rows, 1];
}

/** Returns a grid for one invocation per value, 64 to a workgroup. */
export function gridOfValues(values: number): [number, number, number] {
  return foldIntoTwo(Math.ceil(values / 64));
}

/** Returns `count` rounded up to a multiple of `step`. */
export function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}

/** Returns the only part of a norm's weight or of a bias: vectors are small and never split. */
export function vectorPart(vector: Weight): WeightPart {
  const [part] = vector.parts;
  if (!part || vector.parts.length > 1 || vector.form !== "f32") {
    throw new GpuError({
      where: vector.label,
      what: "a vector must be held in f32 and in one part",
      got: `${vector.parts.length} of ${vector.form}`,
    });
  }
  return part;
}
