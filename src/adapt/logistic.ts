// Tested by: test/adapt/fit.test.ts
/** The logistic loss of a pair whose target may lie between its two responses. */

/** Returns σ(x). */
export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

/**
 * Returns −t·ln σ(m) − (1 − t)·ln σ(−m) in nats.
 * @param margin score of a minus score of b, calibrated
 * @param target 1 if a is better, 0 if b is, 0.5 for a tie (two half rows)
 */
export function pairLoss(margin: number, target: number): number {
  const lossOfA = Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
  return lossOfA + (1 - target) * margin;
}
