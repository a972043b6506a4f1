// Tested by: test/monitor/drift-statistics.test.ts
/**
 * The two-sided CUSUM (Page 1954): it adds up how far scores are from their old mean, and alarms at
 * a sum that scores without drift reach once in a wanted number of scores.
 */
import { InputError } from "../errors.ts";

/** One score counts at most four standard deviations: a wild one is not a drift. */
const MOST = 4;

export interface CusumState {
  /** The sums of excesses above the mean, and below it, in standard deviations. */
  readonly high: number;
  readonly low: number;
  /** The largest of both so far. */
  readonly most: number;
  /** How many values it took to pass the limit first; undefined if it never did. */
  readonly alarmAt: number | undefined;
  /** How often a sum has passed the limit; it begins at 0 again each time. */
  readonly alarms: number;
}

export class Cusum {
  readonly #k: number;
  readonly #limit: number;
  #high = 0;
  #low = 0;
  #most = 0;
  #count = 0;
  #alarms = 0;
  #alarmAt: number | undefined;

  /**
   * @param k half the shift that is to be found, in standard deviations
   * @param limit from `limitForRunLength`
   */
  constructor(k: number, limit: number) {
    this.#k = k;
    this.#limit = limit;
  }

  /** @param z how far a score is above the old mean, in standard deviations */
  add(z: number): void {
    const bounded = Math.min(MOST, Math.max(-MOST, z));
    this.#count += 1;
    this.#high = Math.max(0, this.#high + bounded - this.#k);
    this.#low = Math.max(0, this.#low - bounded - this.#k);
    const now = Math.max(this.#high, this.#low);
    this.#most = Math.max(this.#most, now);
    if (now <= this.#limit) return;
    this.#alarmAt ??= this.#count;
    this.#alarms += 1;
    this.#high = 0;
    this.#low = 0;
  }

  get state(): CusumState {
    return {
      high: this.#high,
      low: this.#low,
      most: this.#most,
      alarmAt: this.#alarmAt,
      alarms: this.#alarms,
    };
  }
}

/** Siegmund's correction of the limit for steps in place of a continuous path. */
const OVERSHOOT = 1.166;

/** Returns how many scores pass without drift until an alarm, on the mean (Siegmund 1985). */
export function runLength(k: number, limit: number): number {
  const b = 2 * k * (limit + OVERSHOOT);
  return (Math.expm1(b) - b) / (2 * k * k) / 2;
}

/**
 * Returns the limit h that gives a wanted mean run length without drift.
 * @throws InputError for k or a length that no limit fits
 */
export function limitForRunLength(k: number, wanted: number): number {
  if (!(k > 0) || !(wanted > runLength(k, 0)) || !Number.isFinite(wanted)) {
    throw new InputError({
      where: "CUSUM",
      expected: "k above 0 and a run length of more than a few scores",
      got: `k = ${k}, run length ${wanted}`,
    });
  }
  let low = 0;
  let high = 1;
  while (runLength(k, high) < wanted) high *= 2;
  for (let round = 0; round < 100; round++) {
    const middle = (low + high) / 2;
    if (runLength(k, middle) < wanted) low = middle;
    else high = middle;
  }
  return high;
}
