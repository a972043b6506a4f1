/** Double-precision twin of the kernel gelu. Python: torch.nn.GELU. */
import { roundingBound } from "../compare.ts";
import type { Bounded } from "./matmul.ts";

/** x · ½ (1 + erf(x / √2)) of each value. */
export function gelu(x: Float32Array): Bounded {
  const values = Float64Array.from(x, (value) => value * 0.5 * erfc(-value / Math.SQRT2));
  const bounds = Float64Array.from(x, (value, i) => {
    const z = Math.abs(value) / Math.SQRT2;
    // The fit is good to 1.2e-7; its exponent is rounded six times; WGSL's exp is off by 3 + 2
    // |exponent| ULP of 2⁻²³.
    const exponent = z * z + 1.3;
    const tail = 1.2e-7 + roundingBound(6 + 4, exponent) + roundingBound(6 + 4, 1);
    // Values that underflow may be flushed to zero.
    const flushed = Math.abs(value) * 2 ** -126;
    return (
      Math.abs(value) * 0.5 * erfc(z) * tail + roundingBound(3, Math.abs(values[i]!)) + flushed
    );
  });
  return { wanted: values, bounds };
}

/** 1 − erf(z) in double precision: a series near zero, a continued fraction beyond. */
function erfc(z: number): number {
  if (z < 0) return 2 - erfc(-z);
  if (z < 2) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 60; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 80; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction);
}
