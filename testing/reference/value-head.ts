/** Double-precision twin of the kernel value-head. Python: trl ValueHead.forward. */
import { roundingBound } from "../compare.ts";
import type { Bounded } from "./matmul.ts";

/** x [tokens, hidden] · weight [hidden] + bias → [tokens]. */
export function valueHead(x: Float32Array, weight: Float32Array, bias: number): Bounded {
  const hidden = weight.length;
  const tokens = x.length / hidden;
  const values = new Float64Array(tokens);
  const bounds = new Float64Array(tokens);
  for (let token = 0; token < tokens; token++) {
    let sum = bias;
    let magnitude = Math.abs(bias);
    for (let i = 0; i < hidden; i++) {
      const product = x[token * hidden + i]! * weight[i]!;
      sum += product;
      magnitude += Math.abs(product);
    }
    values[token] = sum;
    bounds[token] = roundingBound(hidden + 2, magnitude);
  }
  return { wanted: values, bounds };
}
