/** Seeded random numbers for planted data. */
import { random } from "../../src/statistics/random.ts";

/** Draws of one seed. */
export class Draws {
  readonly #below: (count: number) => number;

  constructor(seed: number) {
    this.#below = random(seed).below;
  }

  /** A number from 0 to 1, neither of them. */
  uniform(): number {
    return (this.#below(2 ** 32) + 0.5) / 2 ** 32;
  }

  /** A whole number below `count`. */
  below(count: number): number {
    return this.#below(count);
  }

  /** A standard normal number (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}
