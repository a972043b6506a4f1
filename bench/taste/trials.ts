// Tested by: test/bench/taste.test.ts
/** Trials of the fit: labels drawn, a head fitted, judged on questions that it has not seen. */
import { adaptHead, type LabelledPair } from "../../src/adapt/adapt.ts";
import { sigmoid } from "../../src/adapt/logistic.ts";
import { at } from "../../src/base/at.ts";
import { mean } from "../../src/statistics/moments.ts";
import { quantile } from "../../src/statistics/bootstrap.ts";
import { random, type Random } from "../../src/statistics/random.ts";
import type { TastePoint } from "./curve-figure.ts";
import type { PlantedPair } from "./planted.ts";

/** A pair that the model has read; the margin and the states are of better minus worse. */
export interface ReadPair {
  readonly question: number;
  readonly kind: PlantedPair["kind"];
  readonly margin: number;
  readonly difference: Float32Array;
}

export interface TasteTrial {
  readonly labels: number;
  readonly accepted: boolean;
  /** On held-out questions: of all pairs, of pairs of two right answers, of right against wrong. */
  readonly all: number;
  readonly taste: number;
  readonly right: number;
}

/** One label in twelve is given the wrong way round: people slip. */
const SLIP = 12;
const HELD_OUT = 0.4;

/** Fits one head to `count` labels, and judges it on 40 % of the questions, which it never saw. */
export function tasteTrial(pairs: readonly ReadPair[], count: number, seed: number): TasteTrial {
  const dice = random(seed);
  const questions = shuffled([...new Set(pairs.map(({ question }) => question))], dice);
  const held = new Set(questions.slice(0, Math.round(HELD_OUT * questions.length)));
  const rest = shuffled(
    pairs.filter(({ question }) => !held.has(question)),
    dice,
  ).slice(0, count);
  const labels = rest.map((pair): LabelledPair => {
    // Sides are by chance, as in the Label view.
    const isTurned = dice.below(2) === 1;
    const isSlip = dice.below(SLIP) === 0;
    const sign = isTurned ? -1 : 1;
    return {
      features: pair.difference.map((value) => sign * value),
      margin: sign * pair.margin,
      target: isTurned === isSlip ? 1 : 0,
      prompt: String(pair.question),
    };
  });
  const found = count === 0 ? undefined : adaptHead(labels, { seed });
  const judged = pairs.filter(({ question }) => held.has(question));
  const isRight = ({ margin, difference }: ReadPair): number => {
    const change = found?.change;
    const own =
      change === undefined
        ? margin
        : difference.reduce((sum, value, k) => sum + value * at(change, k), margin);
    return own > 0 ? 1 : own === 0 ? 0.5 : 0;
  };
  const share = (some: readonly ReadPair[]): number => mean(some.map(isRight));
  return {
    labels: count,
    accepted: found?.accepted === true,
    all: share(judged),
    taste: share(judged.filter(({ kind }) => kind === "taste")),
    right: share(judged.filter(({ kind }) => kind === "right")),
  };
}

/** Returns the mean of trials and the range in which 95 % of them lie. */
export function pointOf(labels: number, values: readonly number[]): TastePoint {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    labels,
    mean: mean(values),
    low: quantile(sorted, 0.025),
    high: quantile(sorted, 0.975),
  };
}

/**
 * Returns whether the gate lets a head through if nothing has changed: labels are drawn by the
 * published head's own chances.
 * @param temperature T of those chances
 */
export function isLetThrough(
  pairs: readonly ReadPair[],
  count: number,
  temperature: number,
  seed: number,
): boolean {
  const dice = random(seed);
  const labels = shuffled(pairs, dice)
    .slice(0, count)
    .map((pair): LabelledPair => {
      const chance = sigmoid(pair.margin / temperature);
      return {
        features: pair.difference,
        margin: pair.margin,
        target: dice.below(2 ** 30) / 2 ** 30 < chance ? 1 : 0,
        prompt: String(pair.question),
      };
    });
  return adaptHead(labels, { seed }).accepted;
}

function shuffled<T>(list: readonly T[], { below }: Random): T[] {
  const order = [...list];
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [at(order, j), at(order, i)];
  }
  return order;
}
