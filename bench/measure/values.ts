/**
 * The numbers that benchmarks compute with: the same in every form and at every peer.
 *
 * Weights are integers 0 to 15 in steps of 1/64 from -1/8 on, so that f32, bf16, f16, q8, q4 and
 * ONNX Runtime's blocks of four bits all hold them exactly: what differs between two results is
 * rounding alone.
 */

export const WEIGHT_STEP: number = 1 / 64;
export const WEIGHT_LOWEST: number = -8 / 64;

/** [count] integers 0 to 15, the same for the same name. */
export function weightIntegers(name: string, count: number): Uint8Array<ArrayBuffer> {
  const next = random(name);
  const integers = new Uint8Array(count);
  for (let i = 0; i < count; i++) integers[i] = next() >>> 28;
  return integers;
}

/** The weights that the integers encode. */
export function weightValues(integers: Uint8Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(integers.length);
  for (let i = 0; i < integers.length; i++) {
    values[i] = (integers[i] ?? 0) * WEIGHT_STEP + WEIGHT_LOWEST;
  }
  return values;
}

/** [count] values of both signs below 1 that bf16 holds exactly. */
export function activations(name: string, count: number): Float32Array<ArrayBuffer> {
  const next = random(name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = ((next() >>> 24) - 127.5) / 128;
  return values;
}

/** [count] weights of a norm: from 0.5 to 1.5. */
export function normValues(name: string, count: number): Float32Array<ArrayBuffer> {
  return activations(name, count).map((value) => 1 + value / 2);
}

/** [rows, columns] → [columns, rows]. */
export function transposed(
  values: Float32Array,
  rows: number,
  columns: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column] ?? 0;
    }
  }
  return result;
}

/**
 * Returns the largest difference, divided by the largest wanted magnitude. NaN if either side has a
 * NaN, or if lengths differ.
 */
export function relativeDifference(got: Float32Array, wanted: Float32Array): number {
  if (got.length !== wanted.length) return Number.NaN;
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < got.length; i++) {
    const difference = Math.abs((got[i] ?? 0) - (wanted[i] ?? 0));
    if (Number.isNaN(difference)) return Number.NaN;
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(wanted[i] ?? 0));
  }
  return worst / largest;
}

/** xorshift32, seeded by a name. */
function random(name: string): () => number {
  let state = 0x9e3779b9;
  for (const letter of name) {
    state = (Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193) + 1) >>> 0;
  }
  state ||= 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
