// Tested by: test/audit/golden.test.ts
/**
 * Linear and logistic regression with few covariates, their errors by clusters, held to
 * statsmodels.
 */
import { at } from "../base/at.ts";
import { studentTwoSided } from "./distributions.ts";
import { cholesky, invertCholesky, multiply } from "./matrix.ts";

export interface Fit {
  readonly coefficients: readonly number[];
  /** Cluster-robust (CR1, as statsmodels' `cov_type="cluster"`). */
  readonly errors: readonly number[];
  /** Two-sided, by Student's t with one degree of freedom less than clusters. */
  readonly pValues: readonly number[];
}

/**
 * Returns the least-squares fit.
 * @param rows [n, k] covariates; a column of ones is an intercept
 * @param clusters for each row, which cluster it is in: 0, 1, …
 * @returns undefined if the covariates depend on each other, or are not fewer than rows or clusters
 */
export function leastSquares(
  rows: readonly (readonly number[])[],
  y: readonly number[],
  clusters: readonly number[],
): Fit | undefined {
  const k = rows[0]?.length ?? 0;
  const ones = rows.map(() => 1);
  const bread = invert(gram(rows, ones), k);
  if (bread === undefined || rows.length <= k) return undefined;
  const right = new Float64Array(k);
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < k; j++) right[j] = at(right, j) + at(row, j) * at(y, i);
  }
  const coefficients = [...multiply(bread, k, right)];
  const residuals = rows.map((row, i) => at(y, i) - dot(row, coefficients));
  const n = rows.length;
  return robust(rows, residuals, clusters, bread, coefficients, (n - 1) / (n - k));
}

/**
 * Returns the fit of P(y = 1) = σ(rows · coefficients) by Newton's method.
 * @returns undefined if a covariate separates the rows, so that no finite coefficient fits
 */
export function logisticFit(
  rows: readonly (readonly number[])[],
  y: readonly number[],
  clusters: readonly number[],
): Fit | undefined {
  const k = rows[0]?.length ?? 0;
  let coefficients = Array.from<number>({ length: k }).fill(0);
  for (let round = 0; round < 60; round++) {
    const chances = rows.map((row) => sigmoid(dot(row, coefficients)));
    const weights = chances.map((p) => p * (1 - p));
    const bread = invert(gram(rows, weights), k);
    if (bread === undefined) return undefined;
    const residuals = chances.map((p, i) => at(y, i) - p);
    const score = new Float64Array(k);
    for (const [i, row] of rows.entries()) {
      for (let j = 0; j < k; j++) score[j] = at(score, j) + at(row, j) * at(residuals, i);
    }
    const step = multiply(bread, k, score);
    coefficients = coefficients.map((value, j) => value + at(step, j));
    // Beyond this the data are separated: the likelihood rises for ever.
    if (coefficients.some((value) => Math.abs(value) > 50)) return undefined;
    if (step.every((value) => Math.abs(value) < 1e-13)) {
      const n = rows.length;
      return robust(rows, residuals, clusters, bread, coefficients, (n - 1) / (n - k));
    }
  }
  return undefined;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function dot(row: readonly number[], coefficients: readonly number[]): number {
  return row.reduce((sum, value, j) => sum + value * at(coefficients, j), 0);
}

/** Returns Σ w · x · xᵀ. */
function gram(rows: readonly (readonly number[])[], weights: readonly number[]): Float64Array {
  const k = rows[0]?.length ?? 0;
  const sums = new Float64Array(k * k);
  for (const [i, row] of rows.entries()) {
    for (let a = 0; a < k; a++) {
      for (let b = 0; b < k; b++) {
        sums[a * k + b] = at(sums, a * k + b) + at(weights, i) * at(row, a) * at(row, b);
      }
    }
  }
  return sums;
}

function invert(matrix: Float64Array, k: number): Float64Array | undefined {
  try {
    return invertCholesky(cholesky(matrix, k), k);
  } catch {
    // Not positive definite: covariates that depend on each other.
    return undefined;
  }
}

/** Returns coefficients with the sandwich errors of clusters. */
function robust(
  rows: readonly (readonly number[])[],
  residuals: readonly number[],
  clusters: readonly number[],
  bread: Float64Array,
  coefficients: readonly number[],
  correction: number,
): Fit | undefined {
  const k = coefficients.length;
  const sums = new Map<number, Float64Array>();
  for (const [i, row] of rows.entries()) {
    const cluster = at(clusters, i);
    const sum = sums.get(cluster) ?? new Float64Array(k);
    for (let j = 0; j < k; j++) sum[j] = at(sum, j) + at(row, j) * at(residuals, i);
    sums.set(cluster, sum);
  }
  const groups = sums.size;
  if (groups < 2) return undefined;
  const variances = new Float64Array(k);
  for (const sum of sums.values()) {
    const moved = multiply(bread, k, sum);
    for (let j = 0; j < k; j++) variances[j] = at(variances, j) + at(moved, j) ** 2;
  }
  const factor = (groups / (groups - 1)) * correction;
  const errors = [...variances].map((variance) => Math.sqrt(variance * factor));
  const pValues = coefficients.map((value, j) =>
    studentTwoSided(value / at(errors, j), groups - 1),
  );
  return { coefficients, errors, pValues };
}
