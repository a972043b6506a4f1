/**
 * matmul in double precision, with the bound that rounding in f32 may reach. Twin of
 * shaders/matmul*.wgsl.
 */
import { roundingBound } from "../compare.ts";

export interface MatmulInput {
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  /** [rows, depth] */
  readonly x: ArrayLike<number>;
  /** [columns, depth] */
  readonly weight: ArrayLike<number>;
  /** [columns] */
  readonly bias?: ArrayLike<number> | undefined;
  /** [rows, columns] */
  readonly residual?: ArrayLike<number> | undefined;
  /** Roundings in reading one weight: none as stored, a few in the block forms. */
  readonly weightRoundings: number;
  /**
   * Per column, the value that those roundings are relative to, if it is larger than the weight:
   * for q4, its two terms.
   */
  readonly weightMagnitude?: ArrayLike<number> | undefined;
  /**
   * True if x and weight are scaled and split into two f16 each, as shaders/matmul-matrix.wgsl
   * does.
   */
  readonly isSplit?: boolean;
}

/**
 * Splitting leaves 2⁻²² of x and of the weight, and low · low, which is left out, is as little: in
 * units of f32's 2⁻²⁴ twelve. A GPU may take an f16 below 2⁻¹⁴ for zero, which is 2⁻²⁸ of the
 * largest of a row, since that comes to lie above 2¹⁴.
 */
const SPLIT_TERMS = 12;
const SPLIT_ZERO = 2 ** -28;

export interface Bounded {
  readonly wanted: Float64Array;
  readonly bounds: Float64Array;
}

/** x · weightᵀ (+ bias) (+ residual) → [rows, columns] */
export function matmul(input: MatmulInput): Bounded {
  const { rows, depth, columns, x, weight, bias, residual } = input;
  const magnitudes = input.weightMagnitude ?? weight;
  const wanted = new Float64Array(rows * columns);
  const bounds = new Float64Array(rows * columns);
  const split = input.isSplit ? SPLIT_TERMS : 0;
  const terms = depth + (bias ? 1 : 0) + (residual ? 1 : 0) + 1 + input.weightRoundings + split;
  const zeros = input.isSplit ? takenForZero(input) : () => 0;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      let magnitude = 0;
      for (let k = 0; k < depth; k++) {
        sum += x[r * depth + k]! * weight[c * depth + k]!;
        magnitude += Math.abs(x[r * depth + k]! * magnitudes[c * depth + k]!);
      }
      const at = r * columns + c;
      const extra = [bias?.[c] ?? 0, residual?.[at] ?? 0];
      wanted[at] = sum + extra[0]! + extra[1]!;
      bounds[at] =
        roundingBound(terms, magnitude + Math.abs(extra[0]!) + Math.abs(extra[1]!)) + zeros(r, c);
    }
  }
  return { wanted, bounds };
}

/** The largest sum of the values that are too small for their row's scale. */
function takenForZero({
  x,
  weight,
  rows,
  columns,
  depth,
}: MatmulInput): (r: number, c: number) => number {
  const [xRows, weightRows] = [norms(x, rows, depth), norms(weight, columns, depth)];
  return (r, c) => {
    const [ofX, ofWeight] = [xRows[r]!, weightRows[c]!];
    return SPLIT_ZERO * (ofX.largest * ofWeight.sum + ofWeight.largest * ofX.sum);
  };
}

/** Of each row, the largest magnitude and the sum of all. */
function norms(
  values: ArrayLike<number>,
  rows: number,
  depth: number,
): { largest: number; sum: number }[] {
  return Array.from({ length: rows }, (_, row) => {
    let [largest, sum] = [0, 0];
    for (let i = row * depth; i < (row + 1) * depth; i++) {
      largest = Math.max(largest, Math.abs(values[i]!));
      sum += Math.abs(values[i]!);
    }
    return { largest, sum };
  });
}

/**
 * Relative error of exp in WGSL: (3 + 2|x|) units in the last place; then the division's 2.5 and
 * one for each of the rest.
 */
const expError = (x: number): number => (3 + 2 * Math.abs(x)) * 2 ** -23;

/**
 * silu(gate) * up → [rows, gates], from the two products; errors of the products are carried
 * through.
 */
export function swiglu(gate: Bounded, up: Bounded): Bounded {
  const wanted = gate.wanted.map((g, i) => (g / (1 + Math.exp(-g))) * up.wanted[i]!);
  const bounds = gate.wanted.map((g, i) => {
    const silu = g / (1 + Math.exp(-g));
    // |silu'| is at most 1.1. Far below zero 1 + exp(-g) carries exp's error whole.
    const error = 1.1 * gate.bounds[i]! + Math.abs(silu) * (expError(g) + 6 * 2 ** -23);
    const u = up.bounds[i]!;
    return error * (Math.abs(up.wanted[i]!) + u) + Math.abs(silu) * u + 2 ** -126;
  });
  return { wanted, bounds };
}
