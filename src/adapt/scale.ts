// Tested by: test/adapt/adapt.test.ts
/**
 * Fits the scale b = 1 / T of a head's margins with a prior on ln b, so that few labels move it
 * little: minimise Σ w·loss(b·m, t) + (ln b)² / (2·0.5²).
 */
import { at } from "../base/at.ts";
import { pairLoss, sigmoid } from "./logistic.ts";

/** The standard deviation of the prior on ln b. */
const SPREAD = 0.5;
const RANGE = 6;
const STEP = 0.1;

export interface ScaleProblem {
  readonly margins: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** Returns b, above 0: the best point of a grid in ln b, then Newton's method. */
export function fitScale(problem: ScaleProblem): number {
  let log = 0;
  let least = Infinity;
  for (let tried = -RANGE; tried <= RANGE; tried += STEP) {
    const objective = objectiveAt(problem, tried);
    if (objective < least) {
      least = objective;
      log = tried;
    }
  }
  for (let round = 0; round < 50; round++) {
    const { slope, curvature } = derivatives(problem, log);
    const step = Math.min(STEP, Math.max(-STEP, slope / Math.max(curvature, 1e-9)));
    log -= step;
    if (Math.abs(step) < 1e-14) break;
  }
  return Math.exp(log);
}

function objectiveAt({ margins, targets, weights }: ScaleProblem, log: number): number {
  const scale = Math.exp(log);
  let sum = log ** 2 / (2 * SPREAD ** 2);
  for (let i = 0; i < margins.length; i++) {
    sum += at(weights, i) * pairLoss(scale * at(margins, i), at(targets, i));
  }
  return sum;
}

function derivatives(
  { margins, targets, weights }: ScaleProblem,
  log: number,
): { slope: number; curvature: number } {
  const scale = Math.exp(log);
  let slope = log / SPREAD ** 2;
  let curvature = 1 / SPREAD ** 2;
  for (let i = 0; i < margins.length; i++) {
    const margin = scale * at(margins, i);
    const chance = sigmoid(margin);
    const first = at(weights, i) * (chance - at(targets, i)) * margin;
    slope += first;
    curvature += first + at(weights, i) * chance * (1 - chance) * margin ** 2;
  }
  return { slope, curvature };
}
