// Tested by: test/statistics/golden-values.test.ts
/** Distribution functions and quantiles, held to scipy.stats in test/statistics/golden. */
import { complementaryError, incompleteBeta, upperGamma, lowerGamma, logGamma } from "./special.ts";

/** Returns P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return complementaryError(-z / Math.SQRT2) / 2;
}

/** Returns z with P(Z ≤ z) = p: Acklam's start, then Halley's steps on `normalCdf`. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return NaN;
  if (p === 0) return -Infinity;
  if (p === 1) return Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  let z = start(p);
  for (let round = 0; round < 4; round++) {
    const error = (normalCdf(z) - p) * Math.sqrt(2 * Math.PI) * Math.exp((z * z) / 2);
    const step = error / (1 + (z * error) / 2);
    z -= step;
    if (Math.abs(step) <= 1e-16 * Math.abs(z)) break;
  }
  return z;
}

/** Returns a normal quantile for p ≤ 0.5 to about 4.5e-4 (Abramowitz and Stegun 26.2.23). */
function start(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  const top = 2.515517 + t * (0.802853 + t * 0.010328);
  const bottom = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return top / bottom - t;
}

/** Returns P(X > x) of chi-square with `degrees` of freedom. */
export function chiSquareTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, Math.max(x, 0) / 2);
}

/** Returns P(X ≤ x) of chi-square with `degrees` of freedom. */
export function chiSquareCdf(x: number, degrees: number): number {
  return lowerGamma(degrees / 2, Math.max(x, 0) / 2);
}

/** Returns x with P(X ≤ x) = p of chi-square. */
export function chiSquareQuantile(p: number, degrees: number): number {
  if (p >= 1) return Infinity;
  let high = Math.max(1, degrees);
  while (chiSquareCdf(high, degrees) < p) high *= 2;
  return bisect((x) => chiSquareCdf(x, degrees) - p, 0, high);
}

/** Returns P(X ≤ x) of the beta distribution. */
export function betaCdf(x: number, a: number, b: number): number {
  return incompleteBeta(Math.min(1, Math.max(0, x)), a, b);
}

/** Returns x with P(X ≤ x) = p of the beta distribution. */
export function betaQuantile(p: number, a: number, b: number): number {
  return bisect((x) => betaCdf(x, a, b) - p, 0, 1);
}

/** Returns P(K ≤ k) of `n` trials with chance `p` each. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incompleteBeta(1 - p, n - Math.floor(k), Math.floor(k) + 1);
}

/** Returns P(|T| ≥ |t|) of Student's distribution. */
export function studentTwoSided(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** Returns ln of the number of ways to choose `k` of `n`. */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** Halves a bracket until it is as narrow as a double allows. The function rises. */
function bisect(rises: (x: number) => number, low: number, high: number): number {
  for (let round = 0; round < 200; round++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (rises(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
