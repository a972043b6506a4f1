/** Double-precision twin of the kernels rms-norm. Python: Qwen2RMSNorm.forward. */
import { roundingBound } from "../compare.ts";
import type { Bounded } from "./matmul.ts";

/** x [rows, columns] scaled to unit mean square, times weight [columns]. */
export function rmsNorm(x: Float32Array, weight: Float32Array, eps: number): Bounded {
  const columns = weight.length;
  const values = new Float64Array(x.length);
  const bounds = new Float64Array(x.length);
  for (let begin = 0; begin < x.length; begin += columns) {
    let squares = 0;
    for (let i = 0; i < columns; i++) squares += x[begin + i]! ** 2;
    const scale = 1 / Math.sqrt(squares / columns + eps);
    for (let i = 0; i < columns; i++) {
      const value = x[begin + i]! * scale * weight[i]!;
      values[begin + i] = value;
      // The root halves the error of the sum; beside it a square, a mean, an eps, a root of 2 ULP,
      // two products.
      bounds[begin + i] = roundingBound(columns / 2 + 10, Math.abs(value));
    }
  }
  return { wanted: values, bounds };
}
