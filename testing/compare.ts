/**
 * The three comparisons of the tests, as functions and as vitest matchers.
 *
 *   toEqualBits         copies, gathers, layouts: every element the same bits
 *   toBeWithinRounding  kernels: every element within its own bound, `roundingBound`, of the
 *                       double-precision twin
 *   toMatchGolden       blocks and models: normalised error against the reference at most a limit
 *
 * None takes a bare absolute tolerance. A failure says: name, shape, index of the worst element,
 * got, wanted, limit, and how many elements failed. NaN never passes the last two. Infinity passes
 * only if the same infinity is wanted.
 *
 *   // vitest.config.ts loads this file before every test file.
 *   expect(got).toMatchGolden(wanted, { name: "vision.block.0", shape: [64, 160], limit: 1e-4 });
 */
import { expect } from "vitest";

/** The compared values, as a failure names them. */
export interface Subject {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The outcome of a comparison. */
export interface Comparison {
  readonly pass: boolean;
  /** Elements beyond their limit. */
  readonly failed: number;
  /** Largest error as a share of its limit: how much room is left, or how far it went. */
  readonly worstShare: number;
  readonly message: string;
}

type Numbers = ArrayLike<number>;
type Bits =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | Int32Array;

/** Unit roundoff of f32: half the distance from 1 to the next number. */
const UNIT_ROUNDOFF = 2 ** -24;

/**
 * The standard bound of a dot product computed in f32, for any order of summing and any width of
 * subgroup.
 *
 * @param terms what is added up; count a bias or a residual as one more, and one for each rounding
 *   that follows
 * @param magnitude Σ|aᵢ bᵢ| over those terms, in double precision
 */
export function roundingBound(terms: number, magnitude: number): number {
  return terms * UNIT_ROUNDOFF * magnitude;
}

/** Are all elements the same bits? -0 differs from 0, and a NaN equals only the same NaN. */
export function compareBits(got: Bits, wanted: Bits, subject: Subject): Comparison {
  const left = new Uint8Array(got.buffer, got.byteOffset, got.byteLength);
  const right = new Uint8Array(wanted.buffer, wanted.byteOffset, wanted.byteLength);
  const bytes = wanted.BYTES_PER_ELEMENT;
  const sameKind = got.constructor === wanted.constructor;
  return judge(got, wanted, subject, sameKind, "of other bits", (index) => {
    for (let at = index * bytes; at < (index + 1) * bytes; at++) {
      if (left[at] !== right[at]) return { share: Number.POSITIVE_INFINITY, limit: 0 };
    }
    return { share: 0, limit: 0 };
  });
}

/** Checks that each element is within its own bound of the wanted one. */
export function compareRounding(
  got: Numbers,
  wanted: Numbers,
  bounds: Numbers,
  subject: Subject,
): Comparison {
  const sameLength = bounds.length === wanted.length;
  return judge(got, wanted, subject, sameLength, "beyond rounding", (index) => {
    const limit = bounds[index]!;
    return { share: shareOf(got[index]!, wanted[index]!, limit), limit };
  });
}

/**
 * Checks that the normalised error, max|got − wanted| / rms(wanted), is at most `limit`.
 *
 * Normalising by the root mean square is stricter than by the largest element and than comparing
 * the two root mean squares: a result that passes here passes both. If all wanted elements are
 * zero, all must be zero.
 */
export function compareGolden(
  got: Numbers,
  wanted: Numbers,
  subject: Subject & { readonly limit: number },
): Comparison {
  const limit = subject.limit * rootMeanSquare(wanted);
  return judge(got, wanted, subject, true, `beyond normalised error ${subject.limit}`, (index) => ({
    share: shareOf(got[index]!, wanted[index]!, limit),
    limit,
  }));
}

/** Returns max|got − wanted| / rms(wanted), which `compareGolden` compares with its limit. */
export function normalisedError(got: Numbers, wanted: Numbers): number {
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    const off = Math.abs(got[i]! - wanted[i]!);
    if (Number.isNaN(off)) return Number.NaN;
    worst = Math.max(worst, off);
  }
  return worst === 0 ? 0 : worst / rootMeanSquare(wanted);
}

function rootMeanSquare(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum / values.length);
}

/** Error as a share of its limit: at most 1 passes. */
function shareOf(got: number, wanted: number, limit: number): number {
  if (Object.is(got, wanted)) return Number.isNaN(got) ? Number.POSITIVE_INFINITY : 0;
  const off = Math.abs(got - wanted);
  if (off === 0) return 0;
  return off <= limit && Number.isFinite(limit) ? off / limit : beyond(off / limit);
}

/** Returns a share that fails, even if the division gave NaN. */
function beyond(share: number): number {
  return share > 1 ? share : Number.POSITIVE_INFINITY;
}

interface Verdict {
  readonly share: number;
  readonly limit: number;
}

function judge(
  got: Numbers,
  wanted: Numbers,
  subject: Subject,
  comparable: boolean,
  rule: string,
  verdictOf: (index: number) => Verdict,
): Comparison {
  const { name, shape } = subject;
  const place = `${name} [${shape.join(", ")}]`;
  const elements = shape.reduce((a, b) => a * b, 1);
  if (!comparable || got.length !== wanted.length || elements !== wanted.length) {
    const found = `got ${kind(got)} of ${got.length}, wanted ${kind(wanted)} of ${wanted.length}`;
    return { pass: false, failed: elements, worstShare: Infinity, message: `${place}: ${found}.` };
  }
  let failed = 0;
  let worst = 0;
  let worstVerdict: Verdict = { share: -1, limit: 0 };
  for (let index = 0; index < wanted.length; index++) {
    const verdict = verdictOf(index);
    if (verdict.share > 1) failed++;
    if (verdict.share > worstVerdict.share) [worst, worstVerdict] = [index, verdict];
  }
  const message =
    `${place}: ${failed} of ${wanted.length} elements ${rule}; worst at ` +
    `[${indicesOf(worst, shape).join(", ")}]: got ${got[worst]}, wanted ${wanted[worst]}, ` +
    `off by ${Math.abs(got[worst]! - wanted[worst]!)}, limit ${worstVerdict.limit}.`;
  return { pass: failed === 0, failed, worstShare: Math.max(0, worstVerdict.share), message };
}

function kind(values: Numbers): string {
  return values.constructor.name;
}

/** The indices along each axis of an element of a row-major array. */
function indicesOf(index: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices.unshift(index % shape[axis]!);
    index = Math.floor(index / shape[axis]!);
  }
  return indices;
}

interface Matchers_<R> {
  toEqualBits(wanted: Bits, subject: Subject): R;
  toBeWithinRounding(wanted: Numbers, bounds: Numbers, subject: Subject): R;
  toMatchGolden(wanted: Numbers, subject: Subject & { readonly limit: number }): R;
}

declare module "vitest" {
  // oxlint-disable-next-line typescript/no-empty-object-type
  interface Assertion<T> extends Matchers_<T> {}
}

function outcome(comparison: Comparison): { pass: boolean; message: () => string } {
  return { pass: comparison.pass, message: () => comparison.message };
}

expect.extend({
  toEqualBits: (got: Bits, wanted: Bits, subject: Subject) =>
    outcome(compareBits(got, wanted, subject)),
  toBeWithinRounding: (got: Numbers, wanted: Numbers, bounds: Numbers, subject: Subject) =>
    outcome(compareRounding(got, wanted, bounds, subject)),
  toMatchGolden: (got: Numbers, wanted: Numbers, subject: Subject & { readonly limit: number }) =>
    outcome(compareGolden(got, wanted, subject)),
});
