/**
 * Fits what is added to a published head so that it follows labelled pairs: Bradley and Terry's
 * model with a Gaussian prior that is centred on the published head.
 *
 *   minimise  Σ wᵢ·loss(oᵢ + δ·xᵢ, tᵢ) + λ/2·‖δ‖²
 *
 * xᵢ are differences of features, oᵢ margins of the published head. δ is a sum of the xᵢ, so it is
 * found in n dimensions (one a label) and not in one a feature: Newton's method in the form that
 * Rasmussen and Williams give in section 3.4 of "Gaussian Processes for Machine Learning".
 */
import { cholesky, dot, multiply, solveCholesky } from "../statistics/matrix.ts";
import { pairLoss, sigmoid } from "./logistic.ts";

/** What a fit is made from. All lists have one entry a label. */
export interface FitProblem {
  /** xᵢ·xⱼ, [n, n]. */
  readonly products: Float64Array;
  /** Margins of the published head, calibrated. */
  readonly offsets: Float64Array;
  /** 1 if a is better, 0 if b is, 0.5 for a tie. */
  readonly targets: Float64Array;
  /** How often a label counts; above 0. */
  readonly weights: Float64Array;
}

export interface Fit {
  readonly lambda: number;
  /** δ = Σ coefficientsᵢ·xᵢ. */
  readonly coefficients: Float64Array;
  /** oᵢ + δ·xᵢ. */
  readonly margins: Float64Array;
}

const ROUNDS = 100;

/** Returns [n, n] dot products of vectors. */
export function gram(vectors: readonly Float64Array[]): Float64Array {
  const n = vectors.length;
  const products = new Float64Array(n * n);
  for (const [i, vector] of vectors.entries()) {
    for (let j = 0; j <= i; j++) {
      const product = dot(vector, vectors[j]!);
      products[i * n + j] = product;
      products[j * n + i] = product;
    }
  }
  return products;
}

/** Returns the fit with a prior of this strength. λ = ∞ leaves the published head as it is. */
export function fitPrior(problem: FitProblem, lambda: number): Fit {
  const { offsets, targets, weights } = problem;
  const n = offsets.length;
  if (lambda === Infinity) {
    return { lambda, coefficients: new Float64Array(n), margins: Float64Array.from(offsets) };
  }
  const kernel = problem.products.map((product) => product / lambda);
  let dual = new Float64Array(n);
  let margins = Float64Array.from(offsets);
  let objective = objectiveOf(problem, dual, margins);
  for (let round = 0; round < ROUNDS; round++) {
    const { slopes, roots } = derivatives(margins, targets, weights);
    const factor = cholesky(curvature(kernel, roots), n);
    const wanted = slopes.map((slope, i) => slope + roots[i]! ** 2 * (margins[i]! - offsets[i]!));
    const pulled = multiply(kernel, n, wanted).map((value, i) => value * roots[i]!);
    const solved = solveCholesky(factor, n, pulled);
    const target = wanted.map((value, i) => value - roots[i]! * solved[i]!);
    const step = target.map((value, i) => value - dual[i]!);
    let next = { dual, margins, objective };
    // A full step may climb far from the minimum: it is halved until it does not.
    for (let length = 1; length > 1e-9; length /= 2) {
      const tried = dual.map((value, i) => value + length * step[i]!);
      const moved = multiply(kernel, n, tried).map((value, i) => value + offsets[i]!);
      const reached = objectiveOf(problem, tried, moved);
      if (reached <= objective + 1e-12 * Math.abs(objective)) {
        next = { dual: tried, margins: moved, objective: reached };
        break;
      }
    }
    const change = largestChange(next.dual, dual);
    ({ dual, margins, objective } = next);
    if (change < 1e-12) break;
  }
  return { lambda, coefficients: dual.map((value) => value / lambda), margins };
}

/** Returns −dloss/dm of each label, and the roots of its second derivatives. */
export function derivatives(
  margins: Float64Array,
  targets: Float64Array,
  weights: Float64Array,
): { readonly slopes: Float64Array; readonly roots: Float64Array } {
  const n = margins.length;
  const slopes = new Float64Array(n);
  const roots = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const chance = sigmoid(margins[i]!);
    slopes[i] = weights[i]! * (targets[i]! - chance);
    roots[i] = Math.sqrt(weights[i]! * chance * (1 - chance));
  }
  return { slopes, roots };
}

/** Returns I + S·K·S, the curvature of the fit in its own scale. */
export function curvature(kernel: Float64Array, roots: Float64Array): Float64Array {
  const n = roots.length;
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      result[i * n + j] = roots[i]! * kernel[i * n + j]! * roots[j]!;
    }
    result[i * n + i] = result[i * n + i]! + 1;
  }
  return result;
}

function objectiveOf(problem: FitProblem, dual: Float64Array, margins: Float64Array): number {
  let loss = 0;
  let penalty = 0;
  for (let i = 0; i < dual.length; i++) {
    loss += problem.weights[i]! * pairLoss(margins[i]!, problem.targets[i]!);
    penalty += dual[i]! * (margins[i]! - problem.offsets[i]!);
  }
  return loss + penalty / 2;
}

function largestChange(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
