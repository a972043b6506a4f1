/** Double-precision twins of the kernel gelu-sigmoid. Python: GELUTanh, QuickGELUActivation. */
import { roundingBound } from "../compare.ts";
import type { Bounded } from "./matmul.ts";

/** x · ½ (1 + tanh(√(2/π) (x + 0.044715 x³))) of each value. */
export function geluTanh(x: Float32Array): Bounded {
  return bounded(x, (value) => {
    const u = Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3);
    // ½ (1 + tanh(u)), without the cancellation of negative values.
    return { wanted: value / (1 + Math.exp(-2 * u)), exponent: 2 * u };
  });
}

/** x · sigmoid(1.702 x) of each value. */
export function quickGelu(x: Float32Array): Bounded {
  return bounded(x, (value) => {
    return { wanted: value / (1 + Math.exp(-1.702 * value)), exponent: 1.702 * value };
  });
}

function bounded(
  x: Float32Array,
  of: (value: number) => { wanted: number; exponent: number },
): Bounded {
  const each = Array.from(x, of);
  const wanted = Float64Array.from(each, (one) => one.wanted);
  const bounds = Float64Array.from(each, (one, i) => {
    // Five roundings before the exponential, whose error is 3 + 2 |exponent| ULP; the derivative of
    // the sigmoid's logarithm is 1 at most. A division of 2.5 ULP, a sum, a product.
    const exponent = Math.min(Math.abs(one.exponent), 90);
    const relative = roundingBound(5 + 4, exponent) + roundingBound(3 + 6, 1);
    // Exponents end at 88: the tail beyond it is below this.
    const tail = 90 * Math.exp(-88);
    const flushed = Math.abs(x[i]!) * 2 ** -126;
    return Math.abs(one.wanted) * relative + tail + flushed;
  });
  return { wanted, bounds };
}
