/**
 * Adapts a judge to labelled pairs, and says whether it is worth it.
 *
 *   labels ─ scale b (temperature) ─ head: published + δ, λ by leaving prompts out ─ gate
 *
 * Below 50 labels the temperature alone is fitted. Above, the head is accepted only if its gain on
 * prompts that were left out exceeds what chance would give; else the published head stays, with
 * the temperature.
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";
import { bootstrap, numberClusters, type Interval } from "../statistics/bootstrap.ts";
import { clopperPearson } from "../statistics/intervals.ts";
import { mean } from "../statistics/moments.ts";
import { dot } from "../statistics/matrix.ts";
import { fitPrior, gram, type Fit, type FitProblem } from "./fit.ts";
import { approximateLeaveOut, exactLeaveOut } from "./leave-out.ts";
import { pairLoss } from "./logistic.ts";
import { fitScale } from "./scale.ts";

/** A labelled pair, as the fit sees it. */
export interface LabelledPair {
  /** State of a minus state of b, [features]. */
  readonly features: ArrayLike<number>;
  /** Published score of a minus that of b. */
  readonly margin: number;
  /** 1 if a is better, 0 if b is, 0.5 for a tie. */
  readonly target: number;
  /** Pairs of one prompt are left out together. */
  readonly prompt: string;
  /**
   * How often the pair counts beside the others; 1 by default. 1 / (chance of being drawn) undoes
   * a choice. Weights are brought to a mean of 1: labels do not become more certain by them.
   */
  readonly weight?: number | undefined;
  /**
   * False for a pair that was chosen by what it teaches: the head is fitted to it, and not judged
   * by it. True by default.
   */
  readonly isRandom?: boolean | undefined;
}

export interface AdaptOptions {
  /**
   * True (the default) if the published score is linear in the features. Otherwise a new head on
   * the features starts from zero and the published score is not part of it.
   */
  readonly isLinear?: boolean;
  /** Labels from which a head is fitted; 50 by default. */
  readonly least?: number;
  /** Seed of the bootstrap; 1 by default. */
  readonly seed?: number;
}

export interface Quality {
  /** Share of decided pairs whose better response scores higher; equal scores count half. */
  readonly accuracy: number;
  /** Mean loss of a label, in nats. ln 2 = 0.693 is what a coin has. */
  readonly logLoss: number;
  /** 95 % interval of the accuracy, by resampling prompts. */
  readonly interval: Interval;
}

export interface Adaptation {
  /** Whether the fitted head replaces the published one. */
  readonly accepted: boolean;
  /** Why, in words. */
  readonly reason: string;
  /** What judges from now on. */
  readonly judge: "published" | "published + labels" | "labels";
  /** Strength of the prior, or undefined if no head was fitted. ∞ is the published head. */
  readonly lambda: number | undefined;
  /** P(a over b) = σ(margin / temperature), with the judge's margins. */
  readonly temperature: number;
  /** Added to the published weights (or the new weights): [features]. All 0 if not accepted. */
  readonly change: Float64Array;
  /** The published head with T = 1, and the judge, each on prompts that it was not fitted to. */
  readonly before: Quality;
  readonly after: Quality;
  /** Mean gain in log-loss of the fitted head over the temperature alone, held out. */
  readonly gain: number | undefined;
  /** Standard error of the gain, over prompts. */
  readonly gainError: number | undefined;
  readonly labels: LabelCounts;
}

export interface LabelCounts {
  readonly all: number;
  readonly decided: number;
  readonly ties: number;
  readonly prompts: number;
}

/** Strengths of the prior, in units of the mean squared length of the differences. */
const STRENGTHS = [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 8, Infinity];
/** The four strengths that look best are refined to exact leave-one-out fits. */
const REFINED = 4;
/**
 * The gain must exceed this number of standard errors: chance alone exceeds it in one of twenty
 * sets of labels. 1.25 let 7 of 100 through where nothing had changed (`npm run bench -- taste`).
 */
const GATE = 1.645;

/**
 * Fits the labels.
 * @throws InputError if there are no labels, or labels of different sizes or not finite
 */
export function adaptHead(
  given: readonly LabelledPair[],
  { isLinear = true, least = 50, seed = 1 }: AdaptOptions = {},
): Adaptation {
  checkPairs(given);
  const pairs = withMeanWeight(given);
  const prompts = numberClusters(pairs.map(({ prompt }) => prompt));
  const targets = pairs.map(({ target }) => target);
  const weights = pairs.map(({ weight = 1 }) => weight);
  const margins = pairs.map(({ margin }) => margin);
  const labels = countLabels(pairs, prompts);
  const scale = fitScale({ margins, targets, weights });
  const quality = (held: ArrayLike<number>): Quality => qualityOf(held, pairs, prompts, seed);
  const before = quality(margins);
  const scaled = heldOutScale(pairs, prompts);
  const published = {
    judge: "published" as const,
    accepted: false,
    temperature: 1 / scale,
    change: new Float64Array(at(pairs, 0).features.length),
    before,
    after: quality(scaled),
    labels,
  };
  if (labels.all < least) {
    const reason =
      `${labels.all} labels: the temperature alone is fitted. ` +
      `From ${least} labels on the head is fitted too.`;
    return { ...published, reason, lambda: undefined, gain: undefined, gainError: undefined };
  }
  const chosen = chooseFit(pairs, prompts, isLinear ? scale : 0);
  // Both sides with one scale: else its own held-out loss would count as the head's gain.
  const rival = isLinear ? margins.map((margin) => scale * margin) : scaled;
  const { gain, error } = gainOf(rival, chosen.heldOut, pairs, prompts);
  const common = { lambda: chosen.fit.lambda, gain, gainError: error };
  if (!(gain > GATE * error)) {
    const reason =
      `No sure gain on prompts left out: ${gain.toFixed(4)} ± ${error.toFixed(4)} nats a label. ` +
      `The published head stays.`;
    return { ...published, ...common, reason };
  }
  return {
    ...common,
    judge: isLinear ? "published + labels" : "labels",
    accepted: true,
    reason:
      `On prompts left out it gains ${gain.toFixed(4)} ± ${error.toFixed(4)} nats a label ` +
      `over the temperature alone.`,
    temperature: isLinear ? 1 / scale : 1,
    change: combine(chosen, isLinear ? 1 / scale : 1),
    before,
    after: quality(chosen.heldOut),
    labels,
  };
}

interface ChosenFit {
  readonly fit: Fit;
  /** Margins on prompts left out. */
  readonly heldOut: Float64Array;
  readonly scaledFeatures: readonly Float64Array[];
  readonly spreads: Float64Array;
}

/** Returns the fit whose held-out loss is least. */
function chooseFit(
  pairs: readonly LabelledPair[],
  prompts: readonly number[],
  scale: number,
): ChosenFit {
  const spreads = featureSpreads(pairs);
  const scaledFeatures = pairs.map(({ features }) =>
    spreads.map((spread, k) => (spread === 0 ? 0 : at(features, k) / spread)),
  );
  const problem: FitProblem = {
    products: gram(scaledFeatures),
    offsets: Float64Array.from(pairs, ({ margin }) => scale * margin),
    targets: Float64Array.from(pairs, ({ target }) => target),
    weights: Float64Array.from(pairs, ({ weight = 1 }) => weight),
  };
  const length = mean(scaledFeatures.map((vector) => dot(vector, vector)));
  const blocks = blocksOf(prompts);
  const tried = STRENGTHS.map((strength) => {
    const fit = fitPrior(problem, strength === Infinity ? Infinity : strength * length);
    return { fit, heldOut: approximateLeaveOut(problem, fit, blocks) };
  });
  const byLoss = <T extends { heldOut: Float64Array }>(list: T[]): T[] =>
    list.toSorted((a, b) => lossOf(a.heldOut, pairs) - lossOf(b.heldOut, pairs));
  const promising = byLoss(tried).slice(0, REFINED);
  const refined = promising.map(({ fit }) => ({
    fit,
    heldOut: exactLeaveOut(problem, fit, blocks),
  }));
  const best = at(byLoss(refined), 0);
  return { ...best, scaledFeatures, spreads };
}

/** Returns the root mean square of each feature's differences. */
function featureSpreads(pairs: readonly LabelledPair[]): Float64Array {
  const squares = new Float64Array(at(pairs, 0).features.length);
  for (const { features } of pairs) {
    for (let k = 0; k < squares.length; k++) squares[k] = at(squares, k) + at(features, k) ** 2;
  }
  return squares.map((square) => Math.sqrt(square / pairs.length));
}

/** Returns δ in the features' own units, times `factor`. */
function combine({ fit, scaledFeatures, spreads }: ChosenFit, factor: number): Float64Array {
  const change = new Float64Array(spreads.length);
  for (const [i, vector] of scaledFeatures.entries()) {
    const coefficient = at(fit.coefficients, i) * factor;
    for (let k = 0; k < change.length; k++) change[k] = at(change, k) + coefficient * at(vector, k);
  }
  return change.map((value, k) => (at(spreads, k) === 0 ? 0 : value / at(spreads, k)));
}

/** Returns the published margins times a scale that is fitted without the pair's prompt. */
function heldOutScale(pairs: readonly LabelledPair[], prompts: readonly number[]): Float64Array {
  const result = new Float64Array(pairs.length);
  // Ten folds of prompts: the scale hardly depends on one prompt.
  const folds = Math.min(10, Math.max(...prompts) + 1);
  for (let fold = 0; fold < folds; fold++) {
    const rest = pairs.filter((_, i) => folds === 1 || at(prompts, i) % folds !== fold);
    const scale = fitScale({
      margins: rest.map(({ margin }) => margin),
      targets: rest.map(({ target }) => target),
      weights: rest.map(({ weight = 1 }) => weight),
    });
    for (const [i, { margin }] of pairs.entries()) {
      if (at(prompts, i) % folds === fold) result[i] = scale * margin;
    }
  }
  return result;
}

function blocksOf(prompts: readonly number[]): number[][] {
  const blocks: number[][] = [];
  for (const [i, prompt] of prompts.entries()) (blocks[prompt] ??= []).push(i);
  return blocks;
}

/** Returns the pairs with weights whose mean is 1. */
function withMeanWeight(pairs: readonly LabelledPair[]): LabelledPair[] {
  const average = mean(pairs.map(({ weight = 1 }) => weight));
  return pairs.map((pair) => ({ ...pair, weight: (pair.weight ?? 1) / average }));
}

/** Returns how much a pair counts when judges are compared: all of them, if none is random. */
function judgingWeights(pairs: readonly LabelledPair[]): number[] {
  const hasRandom = pairs.some(({ isRandom = true, target }) => isRandom && target !== 0.5);
  return pairs.map(({ weight = 1, isRandom = true }) => (isRandom || !hasRandom ? weight : 0));
}

/** Returns the mean gain in loss of `second` over `first`, and its standard error over prompts. */
function gainOf(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  pairs: readonly LabelledPair[],
  prompts: readonly number[],
): { readonly gain: number; readonly error: number } {
  const weights = judgingWeights(pairs);
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  const gains = pairs.map(
    ({ target }, i) =>
      at(weights, i) * (pairLoss(at(first, i), target) - pairLoss(at(second, i), target)),
  );
  const gain = gains.reduce((sum, value) => sum + value, 0) / weightSum;
  const blocks = blocksOf(prompts).filter((block) => block.some((i) => at(weights, i) > 0));
  const deviations = blocks.map((block) =>
    block.reduce((sum, i) => sum + at(gains, i) - gain * at(weights, i), 0),
  );
  const squares = deviations.reduce((sum, value) => sum + value ** 2, 0);
  const correction = blocks.length / Math.max(1, blocks.length - 1);
  return { gain, error: Math.sqrt(squares * correction) / weightSum };
}

function lossOf(
  margins: ArrayLike<number>,
  pairs: readonly LabelledPair[],
  weights: readonly number[] = pairs.map(({ weight = 1 }) => weight),
): number {
  let sum = 0;
  let all = 0;
  for (const [i, { target }] of pairs.entries()) {
    const weight = at(weights, i);
    sum += weight * pairLoss(at(margins, i), target);
    all += weight;
  }
  return sum / all;
}

function qualityOf(
  margins: ArrayLike<number>,
  pairs: readonly LabelledPair[],
  prompts: readonly number[],
  seed: number,
): Quality {
  const weights = judgingWeights(pairs);
  const decided = pairs.flatMap(({ target }, i) => {
    const weight = at(weights, i);
    if (target === 0.5 || weight === 0) return [];
    const toward = (target > 0.5 ? 1 : -1) * at(margins, i);
    const right = toward > 0 ? 1 : toward < 0 ? 0 : 0.5;
    return [{ right, weight, prompt: at(prompts, i) }];
  });
  const accuracyOf = (counts: ArrayLike<number>): number => {
    let right = 0;
    let all = 0;
    for (const [i, one] of decided.entries()) {
      right += at(counts, i) * one.weight * one.right;
      all += at(counts, i) * one.weight;
    }
    return right / all;
  };
  const accuracy = accuracyOf(decided.map(() => 1));
  const clusters = numberClusters(decided.map(({ prompt }) => String(prompt)));
  const [interval] = bootstrap(clusters, [accuracyOf], { seed, resamples: 1000 });
  const isAlike = decided.every(({ right }) => right === at(decided, 0).right);
  return {
    accuracy,
    logLoss: lossOf(margins, pairs, weights),
    // Resampling pairs that are all right, or all wrong, says nothing of how sure that is.
    interval:
      interval === undefined || isAlike
        ? clopperPearson(Math.round(accuracy * decided.length), decided.length)
        : interval,
  };
}

function countLabels(pairs: readonly LabelledPair[], prompts: readonly number[]): LabelCounts {
  const ties = pairs.filter(({ target }) => target === 0.5).length;
  return {
    all: pairs.length,
    decided: pairs.length - ties,
    ties,
    prompts: new Set(prompts).size,
  };
}

function checkPairs(pairs: readonly LabelledPair[]): void {
  const [first] = pairs;
  if (first === undefined || pairs.every(({ target }) => target === 0.5)) {
    throw new InputError({
      where: "labels",
      expected: "pairs, at least one of them decided",
      got: first === undefined ? "none" : `${pairs.length} ties`,
      todo: "Label more pairs",
    });
  }
  for (const [i, pair] of pairs.entries()) {
    const where = `labels[${i}]`;
    if (pair.features.length !== first.features.length) {
      throw new InputError({
        where,
        expected: `${first.features.length} features, as the first has`,
        got: pair.features.length,
        todo: "Take all features from one model",
      });
    }
    const { margin, target, weight = 1 } = pair;
    const isFinite = Number.isFinite(margin) && Array.from(pair.features).every(Number.isFinite);
    if (!isFinite) throw new InputError({ where, expected: "finite numbers", got: "others" });
    if (!(target >= 0 && target <= 1)) {
      throw new InputError({ where, expected: "a target from 0 to 1", got: target });
    }
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new InputError({ where, expected: "a weight above 0", got: weight });
    }
  }
}
