// Tested by: test/preference/ranking.test.ts
/**
 * How far P = σ(margin / T) can be believed: the reliability curve and the expected calibration
 * error (Guo et al. 2017).
 */

import { InputError } from "../errors.ts";
import { checkTemperature } from "../preference/ranking.ts";
import { fitTemperature } from "../preference/temperature.ts";
import { mean } from "../statistics/moments.ts";

export interface ReliabilityBin {
  /** Confidence max(p, 1 − p) from here, to there. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means over the bin's pairs. */
  readonly confidence: number;
  readonly accuracy: number;
}

export interface Calibration {
  /** Fitted on these very pairs; undefined if none fits. */
  readonly temperature: number | undefined;
  /** Why none fits. */
  readonly unfit: string | undefined;
  /** Expected calibration errors: with T = 1, and with the fitted one. */
  readonly errorAtOne: number;
  readonly error: number | undefined;
  /** With the fitted temperature, or T = 1 if none fits. */
  readonly bins: readonly ReliabilityBin[];
}

/** Ten of equal width over the confidences that two choices leave: 0.5 to 1. */
const BINS = 10;

/**
 * Returns the calibration of scores.
 * @param margins score of the preferred response minus that of the other, one for each pair
 * @throws InputError for a margin that is not a finite number
 */
export function calibrate(margins: readonly number[]): Calibration {
  const bad = margins.findIndex((margin) => !Number.isFinite(margin));
  if (bad >= 0) {
    const got = String(margins[bad]);
    const where = `calibrate, margins[${bad}]`;
    throw new InputError({ where, what: "is wrong", got, expected: "a finite number" });
  }
  const atOne = reliability(margins, 1);
  const common = { errorAtOne: calibrationError(atOne, margins.length) };
  try {
    const { temperature } = fitTemperature(margins);
    const bins = reliability(margins, temperature);
    const error = calibrationError(bins, margins.length);
    return { ...common, temperature, unfit: undefined, error, bins };
  } catch (cause) {
    const unfit = cause instanceof Error ? cause.message : String(cause);
    return { ...common, temperature: undefined, unfit, error: undefined, bins: atOne };
  }
}

/**
 * Returns the bins that hold pairs. Equal scores count half.
 * @throws InputError for a temperature that is not a finite number above 0
 */
export function reliability(margins: readonly number[], temperature: number): ReliabilityBin[] {
  checkTemperature(temperature);
  const pairs = margins.map((margin) => {
    const confidence = 1 / (1 + Math.exp(-Math.abs(margin) / temperature));
    const bin = Math.min(BINS - 1, Math.floor((confidence - 0.5) * 2 * BINS));
    return { confidence, right: margin > 0 ? 1 : margin < 0 ? 0 : 0.5, bin };
  });
  return Array.from({ length: BINS }, (_, bin) => {
    const own = pairs.filter((pair) => pair.bin === bin);
    return {
      from: 0.5 + bin / (2 * BINS),
      to: 0.5 + (bin + 1) / (2 * BINS),
      count: own.length,
      confidence: mean(own.map((pair) => pair.confidence)),
      accuracy: mean(own.map((pair) => pair.right)),
    };
  }).filter(({ count }) => count > 0);
}

function calibrationError(bins: readonly ReliabilityBin[], count: number): number {
  const sum = bins.reduce((so, bin) => so + bin.count * Math.abs(bin.accuracy - bin.confidence), 0);
  return sum / count;
}
