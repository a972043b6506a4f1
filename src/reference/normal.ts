/**
 * A normal distribution in many dimensions from few rows: its largest directions as they are, all
 * others together. It measures how unlike the rows another one is (Mahalanobis).
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";

/** A fitted distribution. */
export interface Normal {
  readonly mean: Float32Array;
  /** Unit vectors, one row each: [kept, dimensions]. */
  readonly directions: Float32Array;
  /** Variance along each direction. */
  readonly variances: Float32Array;
  /** Mean variance along the directions that are not kept. */
  readonly restVariance: number;
}

/** Directions that are kept at most. */
const MOST_DIRECTIONS = 50;
/** Rows that are needed for one direction. */
const ROWS_PER_DIRECTION = 3;
/** Fewer rows say nothing of a distribution. */
export const LEAST_ROWS = 8;

/**
 * Fits a distribution by principal components.
 * @param rows of one length each
 * @throws InputError for too few rows, or rows without any spread
 */
export function fitNormal(rows: readonly Float32Array[]): Normal {
  const where = "reference set";
  if (rows.length < LEAST_ROWS) {
    const got = `${rows.length}`;
    throw new InputError({ where, expected: `${LEAST_ROWS} rows of a kind or more`, got });
  }
  const dimensions = at(rows, 0).length;
  const mean = new Float64Array(dimensions);
  for (const row of rows)
    for (let i = 0; i < dimensions; i++) mean[i] = at(mean, i) + at(row, i) / rows.length;
  const centred = rows.map((row) => Float64Array.from(row, (value, i) => value - at(mean, i)));
  const { values, vectors } = components(centred, dimensions);
  const total = centred.reduce((sum, row) => sum + dot(row, row), 0) / rows.length;
  if (total < 1e-12 * dot(mean, mean))
    throw new InputError({ where, what: "all rows are the same" });
  const rank = Math.min(rows.length - 1, dimensions);
  const kept = Math.max(
    1,
    Math.min(MOST_DIRECTIONS, Math.floor(rows.length / ROWS_PER_DIRECTION), rank),
  );
  const variances = values.slice(0, kept);
  const explained = variances.reduce((sum, value) => sum + value, 0);
  const smallest = at(variances, kept - 1);
  const rest = kept < rank ? Math.max(0, total - explained) / (rank - kept) : smallest;
  const directions = new Float32Array(kept * dimensions);
  for (const [k, vector] of vectors.slice(0, kept).entries())
    directions.set(vector, k * dimensions);
  return {
    mean: Float32Array.from(mean),
    directions,
    variances: Float32Array.from(variances),
    restVariance: Math.max(rest, total * 1e-9),
  };
}

/**
 * Returns the root mean square of a row's distance from the mean, in standard deviations: about 1
 * for rows like the fitted ones.
 */
export function distanceTo(normal: Normal, row: Float32Array): number {
  const { mean, directions, variances, restVariance } = normal;
  const size = mean.length;
  const centred = Float64Array.from(row, (value, i) => value - at(mean, i));
  let known = 0;
  let sum = 0;
  for (let k = 0; k < variances.length; k++) {
    const along = dot(centred, directions.subarray(k * size, (k + 1) * size));
    known += along ** 2;
    sum += along ** 2 / at(variances, k);
  }
  const rest = Math.max(0, dot(centred, centred) - known);
  return Math.sqrt((sum + rest / restVariance) / size);
}

/** Returns principal components, largest first, by the smaller of both symmetric matrices. */
function components(
  rows: readonly Float64Array[],
  dimensions: number,
): { readonly values: number[]; readonly vectors: Float64Array[] } {
  const isWide = rows.length < dimensions;
  const size = isWide ? rows.length : dimensions;
  const columns = isWide
    ? rows
    : Array.from({ length: dimensions }, (_, i) => Float64Array.from(rows, (row) => at(row, i)));
  const matrix = columns.map((a) => Float64Array.from(columns, (b) => dot(a, b) / rows.length));
  const { values, vectors } = eigen(matrix);
  const order = Array.from({ length: size }, (_, i) => i).toSorted(
    (a, b) => at(values, b) - at(values, a),
  );
  return {
    values: order.map((i) => Math.max(at(values, i), 1e-300)),
    vectors: order.map((i) => {
      const vector = at(vectors, i);
      return isWide ? combine(rows, vector, dimensions) : vector;
    }),
  };
}

/** Returns the sum of rows by weights, of length 1. */
function combine(
  rows: readonly Float64Array[],
  weights: Float64Array,
  dimensions: number,
): Float64Array {
  const sum = new Float64Array(dimensions);
  for (const [k, row] of rows.entries()) {
    for (let i = 0; i < dimensions; i++) sum[i] = at(sum, i) + at(row, i) * at(weights, k);
  }
  const norm = Math.sqrt(dot(sum, sum)) || 1;
  return sum.map((value) => value / norm);
}

const SWEEPS = 60;

/** Returns all eigenvalues and unit eigenvectors of a symmetric matrix, by Jacobi's rotations. */
function eigen(matrix: readonly Float64Array[]): {
  readonly values: Float64Array;
  readonly vectors: Float64Array[];
} {
  const size = matrix.length;
  const a = matrix.map((row) => row.slice());
  const v = a.map((_, i) => Float64Array.from({ length: size }, (__, j) => (i === j ? 1 : 0)));
  const scale = a.reduce((sum, row) => sum + dot(row, row), 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off += at(at(a, p), q) ** 2;
    if (off <= 1e-24 * scale) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, v, p, q);
    }
  }
  return { values: Float64Array.from(a, (row, i) => at(row, i)), vectors: v };
}

/** Makes the element (p, q) zero; the rows of `v` turn with it. */
function rotate(
  a: readonly Float64Array[],
  v: readonly Float64Array[],
  p: number,
  q: number,
): void {
  const [ap, aq] = [at(a, p), at(a, q)];
  const apq = at(ap, q);
  if (apq === 0) return;
  const theta = (at(aq, q) - at(ap, p)) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (const row of a) {
    const x = row[p] ?? 0;
    const y = row[q] ?? 0;
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  for (const [first, second] of [
    [ap, aq],
    [at(v, p), at(v, q)],
  ] as const) {
    for (let i = 0; i < first.length; i++) {
      const x = first[i] ?? 0;
      const y = second[i] ?? 0;
      first[i] = c * x - s * y;
      second[i] = s * x + c * y;
    }
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
