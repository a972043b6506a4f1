/**
 * What a label of each pair would teach a head: W·xᵀSx, the Fisher information of the pair in the
 * directions that the labels so far leave open ("Reviving the Classics", arXiv 2502.04354).
 *
 * Greedy use of it picks pairs that are far from all others, which are often toss-ups. So only
 * pairs between the 10th and the 60th percentile of |margin| count, and the draw is by chance
 * (`order.ts`).
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";
import { cholesky, dot, solveCholesky } from "../statistics/matrix.ts";

/** What a model says of a pair; undefined if it has not read it yet. */
export interface KnownPair {
  /** Score of a minus score of b, calibrated. */
  readonly margin: number;
  /** State of a minus state of b, [features]. */
  readonly difference: ArrayLike<number>;
}

const LOWEST = 0.1;
const HIGHEST = 0.6;
/** The prior's strength, in units of the mean squared length of the differences. */
const STRENGTH = 0.1;

/**
 * Returns a value for each pair, 0 for those that are not to be chosen.
 * @param labelled numbers of the pairs with a label
 * @throws InputError for differences of two lengths
 */
export function teachingValues(
  pairs: readonly (KnownPair | undefined)[],
  labelled: readonly number[],
): Float64Array {
  const values = new Float64Array(pairs.length);
  const known = pairs.flatMap((pair, i) => (pair === undefined ? [] : [{ ...pair, i }]));
  const [first] = known;
  if (first === undefined) return values;
  const size = first.difference.length;
  const odd = known.find(({ difference }) => difference.length !== size);
  if (odd !== undefined) {
    const where = `pairs[${odd.i}]`;
    throw new InputError({ where, expected: `${size} features`, got: odd.difference.length });
  }
  const spreads = spreadsOf(known, size);
  const vectors = new Map(
    known.map(({ i, difference }) => [
      i,
      spreads.map((spread, k) => (spread === 0 ? 0 : at(difference, k) / spread)),
    ]),
  );
  const done = new Set(labelled);
  const open = known.filter(({ i }) => !done.has(i));
  const chosen = withinLimits(open);
  // The differences are scaled, so that their mean squared length is their number of features.
  const lambda = STRENGTH * size;
  const seen = known.filter(({ i }) => done.has(i));
  const basis = seen.map(({ i }) => at([vectors.get(i)], 0));
  const weights = seen.map(({ margin }) => slope(margin));
  const variance = varianceAfter(basis, weights, lambda);
  for (const { i, margin } of chosen) {
    values[i] = slope(margin) * variance(at([vectors.get(i)], 0));
  }
  return values;
}

/** Returns σ(m)·σ(−m). */
function slope(margin: number): number {
  const chance = 1 / (1 + Math.exp(-Math.abs(margin)));
  return chance * (1 - chance);
}

/** Returns the root mean square of each feature. */
function spreadsOf(known: readonly KnownPair[], size: number): Float64Array {
  const squares = new Float64Array(size);
  for (const { difference } of known) {
    for (let k = 0; k < size; k++) squares[k] = at(squares, k) + at(difference, k) ** 2;
  }
  return squares.map((square) => Math.sqrt(square / known.length));
}

/** Returns the pairs whose margins are neither toss-ups nor settled. */
function withinLimits<T extends KnownPair>(pairs: readonly T[]): T[] {
  const sizes = pairs.map(({ margin }) => Math.abs(margin)).toSorted((a, b) => a - b);
  if (sizes.length === 0) return [];
  const low = at(sizes, Math.floor(LOWEST * (sizes.length - 1)));
  const high = at(sizes, Math.ceil(HIGHEST * (sizes.length - 1)));
  return pairs.filter(({ margin }) => Math.abs(margin) >= low && Math.abs(margin) <= high);
}

/**
 * Returns a function for xᵀSx with S = (λI + Σ wᵢ·xᵢ·xᵢᵀ)⁻¹, in one dimension a label:
 * S = (I − Xᵀ·(λ·W⁻¹ + X·Xᵀ)⁻¹·X) / λ.
 */
function varianceAfter(
  basis: readonly Float64Array[],
  weights: readonly number[],
  lambda: number,
): (x: Float64Array) => number {
  const n = basis.length;
  const matrix = new Float64Array(n * n);
  for (const [i, a] of basis.entries()) {
    for (const [j, b] of basis.entries()) matrix[i * n + j] = dot(a, b);
    // A pair whose outcome is certain says nothing: its weight must not become infinite.
    matrix[i * n + i] = at(matrix, i * n + i) + lambda / Math.max(at(weights, i), 1e-9);
  }
  const factor = cholesky(matrix, n);
  return (x) => {
    const products = Float64Array.from(basis, (own) => dot(own, x));
    const solved = solveCholesky(factor, n, products);
    return Math.max(0, (dot(x, x) - dot(products, solved)) / lambda);
  };
}
