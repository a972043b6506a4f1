/** Double-precision twin of the kernels layer-norm. Python: torch.nn.LayerNorm. */
import { roundingBound } from "../compare.ts";
import type { Bounded } from "./matmul.ts";

/** x [rows, columns] at mean zero and variance one, times weight [columns], plus bias [columns]. */
export function layerNorm(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  eps: number,
): Bounded {
  const columns = weight.length;
  const wanted = new Float64Array(x.length);
  const bounds = new Float64Array(x.length);
  for (let begin = 0; begin < x.length; begin += columns) {
    const row = x.subarray(begin, begin + columns);
    const mean = row.reduce((sum, value) => sum + value, 0) / columns;
    const squares = row.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const scale = 1 / Math.sqrt(squares / columns + eps);
    const magnitude = row.reduce((sum, value) => sum + Math.abs(value), 0) / columns;
    const meanError = roundingBound(columns + 1, magnitude);
    for (let i = 0; i < columns; i++) {
      const difference = row[i]! - mean;
      const value = difference * scale * weight[i]!;
      wanted[begin + i] = value + bias[i]!;
      // The error of the mean moves each difference. Beside it the sum of squares, halved by the
      // root, a mean, an eps, a root of 2 ULP, two products, a sum. A mean that is off adds its
      // square to the variance: the scale shrinks by that share.
      const share = (meanError * scale) ** 2;
      bounds[begin + i] =
        meanError * scale * Math.abs(weight[i]!) +
        share * Math.abs(value) +
        roundingBound(columns / 2 + 12, Math.abs(value)) +
        roundingBound(2, Math.abs(value) + Math.abs(bias[i]!));
    }
  }
  return { wanted, bounds };
}
