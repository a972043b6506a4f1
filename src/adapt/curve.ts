// Tested by: test/adapt/adapt.test.ts
/**
 * The learning curve: how good heads are that were fitted to fewer labels, on prompts left out.
 * It answers whether more labels are worth it.
 */
import { at } from "../base/at.ts";
import { numberClusters } from "../statistics/bootstrap.ts";
import { mean, standardDeviation } from "../statistics/moments.ts";
import { random } from "../statistics/random.ts";
import { fitPrior, gram } from "./fit.ts";
import { pairLoss } from "./logistic.ts";
import { fitScale } from "./scale.ts";
import type { AdaptOptions, LabelledPair } from "./adapt.ts";

export interface CurvePoint {
  /** Labels that the head was fitted to. */
  readonly labels: number;
  /** On prompts left out: means over the splits, and the spread of a split. */
  readonly accuracy: number;
  readonly accuracySpread: number;
  readonly logLoss: number;
}

const SHARES = [0.25, 0.5, 0.75, 1];
const SPLITS = 8;
/** The share of prompts that is left out. */
const HELD_OUT = 0.3;

/**
 * Returns the curve for a prior of one strength; empty for fewer than 20 labels.
 * @param lambda in the units of `features` scaled to a root mean square of 1
 */
export function learningCurve(
  given: readonly LabelledPair[],
  lambda: number,
  { seed = 1, isLinear = true }: Pick<AdaptOptions, "seed" | "isLinear"> = {},
): CurvePoint[] {
  if (given.length < 20 || !Number.isFinite(lambda)) return [];
  // A new head starts from zero: the published score is not part of it.
  const pairs = isLinear ? given : given.map((pair) => ({ ...pair, margin: 0 }));
  const prompts = numberClusters(pairs.map(({ prompt }) => prompt));
  const { below } = random(seed);
  const points = SHARES.map((): Collected => ({ labels: [], right: [], loss: [] }));
  for (let split = 0; split < SPLITS; split++) {
    const order = shuffled(Math.max(...prompts) + 1, below);
    const held = new Set(order.slice(0, Math.max(1, Math.round(order.length * HELD_OUT))));
    const test = pairs.filter((_, i) => held.has(at(prompts, i)));
    const rest = pairs.filter((_, i) => !held.has(at(prompts, i)));
    const drawn = shuffled(rest.length, below).map((i) => at(rest, i));
    for (const [k, share] of SHARES.entries()) {
      const train = drawn.slice(0, Math.round(share * drawn.length));
      if (train.length < 5) continue;
      const margins = predict(train, test, lambda);
      const point = at(points, k);
      point.labels.push(train.length);
      point.right.push(
        mean(test.map(({ target }, i) => Number(at(margins, i) > 0 === target > 0.5))),
      );
      point.loss.push(mean(test.map(({ target }, i) => pairLoss(at(margins, i), target))));
    }
  }
  return points.flatMap(({ labels, right, loss }) =>
    labels.length === 0
      ? []
      : [
          {
            labels: Math.round(mean(labels)),
            accuracy: mean(right),
            accuracySpread: standardDeviation(right),
            logLoss: mean(loss),
          },
        ],
  );
}

interface Collected {
  readonly labels: number[];
  readonly right: number[];
  readonly loss: number[];
}

/** Returns the margins of a head that is fitted to `train`, on `test`. */
function predict(
  train: readonly LabelledPair[],
  test: readonly LabelledPair[],
  lambda: number,
): number[] {
  const own = train.map(({ margin }) => margin);
  const targets = Float64Array.from(train, ({ target }) => target);
  const weights = Float64Array.from(train, ({ weight = 1 }) => weight);
  const scale = fitScale({ margins: own, targets, weights });
  const count = at(train, 0).features.length;
  const spreads = new Float64Array(count);
  for (const { features } of train) {
    for (let k = 0; k < count; k++) spreads[k] = at(spreads, k) + at(features, k) ** 2;
  }
  const scaled = ({ features }: LabelledPair): Float64Array =>
    spreads.map((square, k) =>
      square === 0 ? 0 : at(features, k) / Math.sqrt(square / train.length),
    );
  const vectors = train.map(scaled);
  const offsets = Float64Array.from(own, (margin) => scale * margin);
  const fit = fitPrior({ products: gram(vectors), offsets, targets, weights }, lambda);
  const change = new Float64Array(count);
  for (const [i, vector] of vectors.entries()) {
    const coefficient = at(fit.coefficients, i);
    for (let k = 0; k < count; k++) change[k] = at(change, k) + coefficient * at(vector, k);
  }
  return test.map((pair) =>
    scaled(pair).reduce((sum, value, k) => sum + value * at(change, k), scale * pair.margin),
  );
}

function shuffled(count: number, below: (count: number) => number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1);
    [order[i], order[j]] = [at(order, j), at(order, i)];
  }
  return order;
}
