// Tested by: test/kernels/embed.gpu.test.ts
/**
 * The forms of weights on the GPU: their bytes, and the shader parts that read four consecutive
 * values.
 *
 * `f32`, `bf16` and `f16` have the bytes of their files, each row padded with zeros to whole vec4s.
 * `q8` and `q4` are blocks along the depth: see `shaders/lib/weight-q8.wgsl` and `weight-q4.wgsl`.
 */
import stored from "../../shaders/lib/matmul-stored.wgsl?raw";
import bf16 from "../../shaders/lib/weight-bf16.wgsl?raw";
import f16 from "../../shaders/lib/weight-f16.wgsl?raw";
import f32 from "../../shaders/lib/weight-f32.wgsl?raw";
import q4 from "../../shaders/lib/weight-q4.wgsl?raw";
import q8 from "../../shaders/lib/weight-q8.wgsl?raw";
import q8Bytes from "../../shaders/lib/weight-q8-bytes.wgsl?raw";
import type { Form } from "./kernel.ts";

/** Forms in which a weight has the bytes of its file. */
export type StoredForm = "f32" | "bf16" | "f16";

/** Forms made on the GPU at load. */
export type QuantisedForm = Exclude<Form, StoredForm>;

/** `weight4` of a stored form. */
export const weightSources: Readonly<Record<StoredForm, string>> = { f32, bf16, f16 };

/** `block4` and `weight_block` of any form, as the matmuls use them. */
export const matmulWeightSources: Readonly<Record<Form, readonly string[]>> = {
  f32: [stored, f32],
  bf16: [stored, bf16],
  f16: [stored, f16],
  q8: [q8],
  q4: [q4],
};

/** The same for matmuls that only GPUs run: `weight-q8.wgsl` is faster on software adapters. */
export const gpuWeightSources: Readonly<Record<Form, readonly string[]>> = {
  ...matmulWeightSources,
  q8: [q8Bytes],
};

/** Bytes of one value. */
export const formBytes: Readonly<Record<StoredForm, number>> = { f32: 4, bf16: 2, f16: 2 };

/** Consecutive values of a row that share a scale: BLOCK4 of the shaders, times four. */
export const QUANT_BLOCK = 32;

/** Increase it when the bytes of a quantised part change: stored copies are then made again. */
export const BLOCK_LAYOUT = 1;

export function isQuantised(form: Form): form is QuantisedForm {
  return form === "q8" || form === "q4";
}

/** Returns the number of values from one row of a weight to the next. */
export function rowValues(form: Form, columns: number): number {
  const step = isQuantised(form) ? QUANT_BLOCK : 4;
  return Math.ceil(columns / step) * step;
}

/** Returns the bytes of one row, with its share of the scales. */
export function rowByteLength(form: Form, columns: number): number {
  const values = rowValues(form, columns);
  const scales = (values / QUANT_BLOCK) * 4;
  if (form === "q8") return values + scales;
  if (form === "q4") return values / 2 + scales;
  return values * formBytes[form];
}
