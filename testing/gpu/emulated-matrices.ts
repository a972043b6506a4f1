/**
 * matmul-matrix.wgsl for devices without matrix units: the same source, and so the same indices,
 * with the units' types and functions replaced by loops. Each lane computes its own sums of a
 * matrix, from the workgroup memory that a matrix was loaded from. f16 is emulated by f32.
 *
 *   await withEmulatedMatrices("matrix-8x16x16-16", undefined, async () => await compareThem());
 */
import type { Kernel } from "../../src/kernels/kernel.ts";
import type { MatrixTuning } from "../../src/kernels/tunings.ts";
import { withKernels } from "./faulty-matmul.ts";

/** Matrix units of less precision than the kernel needs. */
const FAULTS = {
  "sums in f16": { sum: "quantizeToF16(clamp(sum, -65504.0, 65504.0))" },
  "factors of ten bits": {
    factor: "bitcast<f32>(bitcast<u32>(value) & 0xffffc000u)",
  },
  "factors below 1 taken for zero": { factor: "select(0.0, value, abs(value) >= 1.0)" },
  "sums of sixteen bits": { sum: "bitcast<f32>(bitcast<u32>(sum) & 0xffffff00u)" },
} as const;

export type UnitFault = keyof typeof FAULTS;

export const UNIT_FAULTS: readonly UnitFault[] = Object.keys(FAULTS) as UnitFault[];

/** Runs `work` while a tuning's units are emulated, soundly or with a fault. */
export async function withEmulatedMatrices<T>(
  tuning: MatrixTuning,
  fault: UnitFault | undefined,
  work: () => Promise<T>,
): Promise<T> {
  return await withKernels(tuning, `emulated: ${fault}`, (own) => emulated(own, fault), work);
}

function emulated(own: Kernel, fault: UnitFault | undefined): Kernel {
  const { sum = "sum", factor = "value" }: { sum?: string; factor?: string } =
    fault === undefined ? {} : FAULTS[fault];
  const source = own.source
    .replaceAll(/^(?:enable|requires|diagnostic)\b[^;]*;/gm, "")
    .replaceAll(/enable subgroup_size_control;|@subgroup_size\(\w+\)/g, "")
    .replaceAll(/vec4<f16>\(/g, "to_f16(")
    .replaceAll(/\bf16\b/g, "f32")
    .replaceAll(/subgroup_matrix_(?:left|right)<[^>]*>/g, "Factor")
    .replaceAll(/subgroup_matrix_result<[^>]*>/g, "array<f32, M * N / WIDTH>")
    .replaceAll(/subgroupMatrixLoad<\w+, (\w+)_major>\(&(\w+),/g, "Factor(IN_$2, BY_$1,")
    .replaceAll(/subgroupMatrixStore<(\w+)_major>\(&finished,/g, "store_sums(BY_$1,")
    .replaceAll(
      /@builtin\(subgroup_id\) (\w+): u32,\s*\) \{/g,
      ") {\n let $1 = local / WIDTH; lane = local % WIDTH;\n",
    );
  const units = `
const IN_high = true; const IN_low = false; const BY_row = true; const BY_col = false;
struct Factor { in_high: bool, by_rows: bool, first: u32, stride: u32 }
var<private> lane: u32;
fn to_f16(values: vec4<f32>) -> vec4<f32> { return quantizeToF16(values); }
fn factor_at(one: Factor, row: u32, column: u32) -> f32 {
  let line = select(column, row, one.by_rows);
  let along = select(row, column, one.by_rows);
  let at = one.first + line * one.stride + along / 4u;
  let value = select(low[at][along % 4u], high[at][along % 4u], one.in_high);
  return ${factor};
}
fn subgroupMatrixMultiplyAccumulate(left: Factor, right: Factor, sums: Sums) -> Sums {
  var result = sums;
  for (var i = 0u; i < M * N / WIDTH; i++) {
    let at = lane + i * WIDTH;
    var sum = result[i];
    for (var k = 0u; k < K; k++) {
      sum += factor_at(left, at / N, k) * factor_at(right, k, at % N);
    }
    result[i] = ${sum};
  }
  return result;
}
fn store_sums(by_rows: bool, first: u32, sums: Sums, stride: u32) {
  for (var i = 0u; i < M * N / WIDTH; i++) {
    let at = lane + i * WIDTH;
    let line = select(at % N, at / N, by_rows);
    let along = select(at / N, at % N, by_rows);
    finished[first + line * stride + along / 4u][along % 4u] = sums[i];
  }
}
`;
  const left = /\b(?:subgroup_?[mM]atrix|enable f16)\w*/.exec(source)?.[0];
  if (left !== undefined && left !== "subgroupMatrixMultiplyAccumulate") {
    throw new Error(`${own.name}: ${left} is not emulated`);
  }
  return { ...own, source: source + units, features: [] };
}
