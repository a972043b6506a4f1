/**
 * Inputs of the kernel tests: exactly representable in bf16 and f16, so that only the kernel
 * rounds.
 */

/**
 * Values between −1 and 1 in steps of 1/128, of both signs, with no period that a tile could hide.
 */
export function evenValues(count: number, seed: number, factor = 1): Float32Array {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((((state >>> 16) % 255) - 127) / 128) * factor;
  });
}

/** Values whose sizes differ by many powers of two: tiny, huge, zero, both signs. */
export function hostileValues(count: number, seed: number): Float32Array {
  const exponents = [-40, -20, -8, 0, 0, 3, 12, 17];
  return evenValues(count, seed).map((value, i) => value * 2 ** exponents[i % exponents.length]!);
}
