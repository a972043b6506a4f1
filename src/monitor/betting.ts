// Tested by: test/monitor/drift-statistics.test.ts
/**
 * A test that may be looked at after every score: it bets on where scores fall among those of the
 * reference, and its capital exceeds 1/α with a chance of at most α, ever, if nothing changed
 * (Ville; betting as Waudby-Smith and Ramdas 2024).
 */
import { at } from "../base/at.ts";

/** Standard errors of the reference that a shift must exceed. */
const DOUBT = 3.5;
/** The past counts as if ten uniform values had been seen before. */
const PRIOR = 10;
const UNIFORM_VARIANCE = 1 / 12;

/**
 * Two bettors, for a rise and for a fall, with half the capital each. The null hypothesis is that
 * the mean of u = P(reference score < score) is within ε of ½: a reference of m scores knows its
 * own distribution to 1/√(12m) only.
 */
export class BettingTest {
  readonly #sorted: Float64Array;
  readonly #doubt: number;
  readonly #logs = [0, 0];
  #count = 0;
  #sum = 0;
  #squares = 0;
  #most = 0;

  /** @param reference scores, at least two */
  constructor(reference: readonly number[]) {
    this.#sorted = Float64Array.from(reference).toSorted();
    this.#doubt = DOUBT / Math.sqrt(12 * reference.length);
  }

  add(score: number): void {
    const away = this.#place(score) - 0.5;
    const mean = this.#sum / (this.#count + PRIOR);
    const variance = (this.#squares + PRIOR * UNIFORM_VARIANCE) / (this.#count + PRIOR);
    for (const [side, sign] of [1, -1].entries()) {
      const edge = sign * mean - this.#doubt;
      const stake = Math.min(1, Math.max(0, edge / (variance + edge * edge)));
      const gain = Math.log1p(stake * (sign * away - this.#doubt));
      this.#logs[side] = at(this.#logs, side) + gain;
    }
    this.#count += 1;
    this.#sum += away;
    this.#squares += away * away;
    this.#most = Math.max(this.#most, this.logCapital);
  }

  /** The natural logarithm of the capital, which began at 1. */
  get logCapital(): number {
    const [up, down] = [at(this.#logs, 0), at(this.#logs, 1)];
    const larger = Math.max(up, down);
    return larger + Math.log((Math.exp(up - larger) + Math.exp(down - larger)) / 2);
  }

  /** The largest so far: exp(−this) is a p-value at any time. */
  get mostLogCapital(): number {
    return this.#most;
  }

  /** Returns the share of reference scores below a score; equal ones count half. */
  #place(score: number): number {
    const sorted = this.#sorted;
    return (firstAt(sorted, score, false) + firstAt(sorted, score, true)) / 2 / sorted.length;
  }
}

/** Returns how many sorted values are below a value, or not above it. */
function firstAt(sorted: Float64Array, value: number, isAfter: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = at(sorted, middle);
    if (there < value || (isAfter && there === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
