// Tested by: test/monitor/drift-statistics.test.ts
/** Numbers of a stream in bounded memory: exact moments, and a random sample of fixed size. */
import { random, type Random } from "../statistics/random.ts";

/** Values that a sample keeps: both sides of an exact Kolmogorov-Smirnov test take 0.1 s then. */
const KEPT = 4096;

/**
 * A uniform random sample of a stream (Vitter's algorithm R), seeded, with the count, mean and
 * standard deviation of the whole stream (Welford).
 */
export class Sample {
  readonly values: number[] = [];
  readonly #most: number;
  readonly #random: Random;
  #count = 0;
  #mean = 0;
  #squares = 0;

  constructor(most: number = KEPT, seed: number = 1) {
    this.#most = most;
    this.#random = random(seed);
  }

  add(value: number): void {
    this.#count += 1;
    const difference = value - this.#mean;
    this.#mean += difference / this.#count;
    this.#squares += difference * (value - this.#mean);
    if (this.values.length < this.#most) {
      this.values.push(value);
      return;
    }
    const place = this.#random.below(this.#count);
    if (place < this.#most) this.values[place] = value;
  }

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#count === 0 ? NaN : this.#mean;
  }

  /** With n − 1; NaN for fewer than two values. */
  get standardDeviation(): number {
    return this.#count < 2 ? NaN : Math.sqrt(this.#squares / (this.#count - 1));
  }
}
