// Tested by: test/preference/label-temperature.test.ts
/** Minimises a convex loss in one positive number, such as 1 / T, by Newton's method. */

export interface SlopeLoss {
  readonly lossAt: (slope: number) => number;
  /** Returns the first derivative of the loss divided by its second. */
  readonly stepAt: (slope: number) => number;
}

/** Returns the positive number of least loss; starts at 1. The loss must have a minimum there. */
export function leastSlope({ lossAt, stepAt }: SlopeLoss): number {
  let slope = 1;
  for (let round = 0; round < 100; round++) {
    const step = stepAt(slope);
    let next = slope - step;
    // A step that leaves the positive numbers or climbs is halved until it does neither.
    while (next <= 0 || lossAt(next) > lossAt(slope) + 1e-15) {
      next = (next + slope) / 2;
      if (Math.abs(next - slope) < 1e-15 * slope) {
        break;
      }
    }
    const isDone = Math.abs(next - slope) <= 1e-12 * slope;
    slope = next;
    if (isDone) {
      break;
    }
  }
  return slope;
}
