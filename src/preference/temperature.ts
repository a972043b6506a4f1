// Tested by: test/preference/ranking.test.ts
/**
 * Fitting the temperature of P(a over b) = σ((a − b) / T) on pairs whose winner people have
 * labelled.
 *
 * The loss in 1 / T is convex, so that Newton's method with halved steps finds its one minimum.
 */
import { kindOf } from "../base/json.ts";
import { InputError } from "../errors.ts";
import { leastSlope } from "./newton.ts";

export interface FittedTemperature {
  readonly temperature: number;
  /** Mean negative log-likelihood of a pair, in nats: with this temperature, and with 1. */
  readonly loss: number;
  readonly lossAtOne: number;
}

/**
 * Fits the temperature.
 * @param margins score of the preferred response minus that of the other, one for each labelled
 *   pair
 * @throws InputError if no finite temperature fits: all pairs right (T → 0) or at best a coin's
 *   throw (T → ∞)
 */
export function fitTemperature(margins: readonly number[]): FittedTemperature {
  if (!Array.isArray(margins)) {
    const where = "fitTemperature, margins";
    throw new InputError({ where, expected: "a list of numbers", got: kindOf(margins) });
  }
  const bad = margins.findIndex((margin) => !Number.isFinite(margin));
  if (bad >= 0) {
    const got = String(margins[bad]);
    const where = `fitTemperature, margins[${bad}]`;
    throw new InputError({ where, got, expected: "a finite number" });
  }
  const isSeparable = margins.every((margin) => margin >= 0);
  const isHopeless = margins.reduce((sum, margin) => sum + margin, 0) <= 0;
  if (margins.length === 0 || isSeparable || isHopeless) {
    throw new InputError({
      where: "fitTemperature",
      what: "these pairs fit no temperature",
      got: isHopeless ? "scores no better than chance" : "not one pair that the scores get wrong",
      expected: "scores that are mostly, but not always, right",
      todo: "Label more pairs",
    });
  }
  const slope = leastSlope({
    lossAt: (one) => meanLoss(margins, one),
    stepAt: (one) => newtonStep(margins, one),
  });
  return {
    temperature: 1 / slope,
    loss: meanLoss(margins, slope),
    lossAtOne: meanLoss(margins, 1),
  };
}

function meanLoss(margins: readonly number[], slope: number): number {
  const losses = margins.map((margin) => {
    const z = -slope * margin;
    return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** Returns the first derivative of the loss divided by its second. */
function newtonStep(margins: readonly number[], slope: number): number {
  let first = 0;
  let second = 0;
  for (const margin of margins) {
    const wrong = 1 / (1 + Math.exp(slope * margin));
    first -= margin * wrong;
    second += margin ** 2 * wrong * (1 - wrong);
  }
  return first / Math.max(second, 1e-300);
}
