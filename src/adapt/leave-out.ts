// Tested by: test/adapt/fit.test.ts
/**
 * Margins that a fit would give to labels that it was not made from, without fitting again from
 * scratch: all labels of one prompt are left out together, else its other pairs give it away.
 *
 * From the full fit, Newton's method goes on with the curvature that remains after the removal
 * (the inverse without a block is a correction of the whole inverse). The first step is the usual
 * approximation; the steps after it make it exact.
 */
import { cholesky, invertCholesky, multiply, solveCholesky } from "../statistics/matrix.ts";
import { curvature, derivatives, fitPrior, type Fit, type FitProblem } from "./fit.ts";

/** Newton's steps end once no margin moves by more. */
const SETTLED = 1e-6;
/** Steps that shrink by less than this factor, after a few, do not settle. */
const SHRINKING = 0.7;
const FIRST = 4;
const ROUNDS = 50;

/**
 * Returns, for each label, its margin under the fit without the labels of its prompt: by one
 * step of Newton's method, which costs no more than the fit itself.
 *
 * With P the block of the inverse curvature: m − S⁻¹·(P⁻¹ − I)·S⁻¹·g.
 * @param blocks lists of labels that are left out together; each label is in one list
 */
export function approximateLeaveOut(
  problem: FitProblem,
  fit: Fit,
  blocks: readonly (readonly number[])[],
): Float64Array {
  if (fit.lambda === Infinity) return Float64Array.from(problem.offsets);
  const { inverse, roots } = fullFit(problem, fit);
  const { slopes } = derivatives(fit.margins, problem.targets, problem.weights);
  const result = new Float64Array(roots.length);
  for (const block of blocks) {
    const factor = cholesky(subMatrix(inverse, roots.length, block), block.length);
    const scaled = Float64Array.from(block, (label) => slopes[label]! / roots[label]!);
    const solved = solveCholesky(factor, block.length, scaled);
    for (const [k, label] of block.entries()) {
      result[label] = fit.margins[label]! - (solved[k]! - scaled[k]!) / roots[label]!;
    }
  }
  return result;
}

/**
 * Returns the same, exactly: as if each fit without a prompt had been made.
 * @param settled the steps end once no margin moves by more
 */
export function exactLeaveOut(
  problem: FitProblem,
  fit: Fit,
  blocks: readonly (readonly number[])[],
  settled: number = SETTLED,
): Float64Array {
  if (fit.lambda === Infinity) return Float64Array.from(problem.offsets);
  const full = fullFit(problem, fit);
  const result = new Float64Array(problem.offsets.length);
  for (const block of blocks) {
    const margins = withoutBlock(full, block, settled);
    for (const label of block) result[label] = margins[label]!;
  }
  return result;
}

function fullFit(problem: FitProblem, fit: Fit): FullFit {
  const n = problem.offsets.length;
  const kernel = problem.products.map((product) => product / fit.lambda);
  const { roots } = derivatives(fit.margins, problem.targets, problem.weights);
  return {
    problem,
    lambda: fit.lambda,
    kernel,
    roots,
    inverse: invertCholesky(cholesky(curvature(kernel, roots), n), n),
    dual: fit.coefficients.map((value) => value * fit.lambda),
  };
}

interface FullFit {
  readonly problem: FitProblem;
  readonly lambda: number;
  readonly kernel: Float64Array;
  readonly inverse: Float64Array;
  readonly roots: Float64Array;
  readonly dual: Float64Array;
}

function withoutBlock(full: FullFit, block: readonly number[], settled: number): Float64Array {
  const { problem, kernel, roots } = full;
  const n = roots.length;
  const factor = cholesky(subMatrix(full.inverse, n, block), block.length);
  const dual = Float64Array.from(full.dual);
  for (const label of block) dual[label] = 0;
  let margins = addTo(problem.offsets, multiply(kernel, n, dual));
  let before = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const { slopes } = derivatives(margins, problem.targets, problem.weights);
    const rest = slopes.map((slope, i) => slope - dual[i]!);
    for (const label of block) rest[label] = 0;
    const step = newtonStep(full, block, factor, rest);
    for (let i = 0; i < n; i++) dual[i] = dual[i]! + step[i]!;
    const moved = addTo(problem.offsets, multiply(kernel, n, dual));
    const change = moved.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - margins[i]!)),
      0,
    );
    margins = moved;
    if (change < settled) return margins;
    if (round >= FIRST && change > SHRINKING * before) break;
    before = change;
  }
  return refitWithout(problem, full.lambda, block);
}

/** Fits again: with a weak prior the steps of the full fit's curvature may turn in a circle. */
function refitWithout(
  { products, offsets, targets, weights }: FitProblem,
  lambda: number,
  block: readonly number[],
): Float64Array {
  const n = offsets.length;
  const rest = Array.from(offsets.keys()).filter((i) => !block.includes(i));
  const pick = (values: Float64Array): Float64Array => Float64Array.from(rest, (i) => values[i]!);
  const { coefficients } = fitPrior(
    {
      products: subMatrix(products, n, rest),
      offsets: pick(offsets),
      targets: pick(targets),
      weights: pick(weights),
    },
    lambda,
  );
  return offsets.map((offset, i) =>
    rest.reduce((sum, j, k) => sum + products[i * n + j]! * coefficients[k]!, offset),
  );
}

/** Returns (I + W·K)⁻¹·rest with W = 0 for the labels of the block. */
function newtonStep(
  { kernel, inverse, roots }: FullFit,
  block: readonly number[],
  factor: Float64Array,
  rest: Float64Array,
): Float64Array {
  const n = roots.length;
  const pulled = multiply(kernel, n, rest).map((value, i) => value * roots[i]!);
  for (const label of block) pulled[label] = 0;
  const solved = multiply(inverse, n, pulled);
  const correction = solveCholesky(
    factor,
    block.length,
    Float64Array.from(block, (label) => solved[label]!),
  );
  return rest.map((value, i) => {
    let inside = solved[i]!;
    for (const [k, label] of block.entries()) {
      inside -= inverse[i * n + label]! * correction[k]!;
    }
    return value - roots[i]! * inside;
  });
}

function subMatrix(matrix: Float64Array, n: number, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows.flatMap((row) => rows.map((column) => matrix[row * n + column]!)));
}

function addTo(offsets: Float64Array, values: Float64Array): Float64Array {
  return values.map((value, i) => value + offsets[i]!);
}
