/**
 * Fits the temperature of decisions, p = softmax(logits / T), on answers whose right option is
 * known: the T of least log-loss. "On Calibration of Modern Neural Networks", Guo et al., 2017.
 */
import { at } from "../base/at.ts";
import { kindOf } from "../base/json.ts";
import { InputError } from "../errors.ts";
import { leastSlope } from "./newton.ts";
import type { FittedTemperature } from "./temperature.ts";

/** One answer of `decide`, and the option that is right. */
export interface LabelledAnswer {
  /** The `outputs` of the answer, from a call with temperature 1: one logit for each option. */
  readonly outputs: readonly number[];
  /** The index of the right option: of a noul 0 is false and 1 is true, of a score the level. */
  readonly label: number;
}

const WHERE = "fitLabelTemperature";

/**
 * Fits the temperature for `decide`; the losses are of an answer, in nats.
 * @throws InputError if no finite temperature fits: every answer right (T → 0), or logits that say
 *   no more than chance (T → ∞)
 */
export function fitLabelTemperature(answers: readonly LabelledAnswer[]): FittedTemperature {
  check(answers);
  const isSeparable = answers.every(({ outputs, label }) =>
    outputs.every((value) => value <= at(outputs, label)),
  );
  // The slope of the loss at 1 / T = 0.
  const isHopeless =
    answers.reduce((sum, { outputs, label }) => sum + mean(outputs) - at(outputs, label), 0) >= 0;
  if (isSeparable || isHopeless) {
    throw new InputError({
      where: WHERE,
      what: "these answers fit no temperature",
      got: isSeparable
        ? "not one answer that is wrong, or no answer"
        : "answers no better than chance",
      expected: "answers that are mostly, but not always, right",
      todo: "Label more answers",
    });
  }
  const lossAt = (slope: number): number => meanLoss(answers, slope);
  const slope = leastSlope({ lossAt, stepAt: (one) => newtonStep(answers, one) });
  return { temperature: 1 / slope, loss: lossAt(slope), lossAtOne: lossAt(1) };
}

function check(answers: readonly LabelledAnswer[]): void {
  if (!Array.isArray(answers)) {
    throw new InputError({
      where: WHERE,
      expected: "a list of { outputs, label }",
      got: kindOf(answers),
    });
  }
  for (const [i, one] of answers.entries()) {
    const outputs: unknown = one?.outputs;
    if (!Array.isArray(outputs) || outputs.length < 2 || !outputs.every(Number.isFinite)) {
      throw new InputError({
        where: `${WHERE}, answers[${i}].outputs`,
        expected: "two finite logits or more, as decide() gives them",
        got: Array.isArray(outputs) ? JSON.stringify(outputs).slice(0, 80) : kindOf(outputs),
      });
    }
    if (!Number.isInteger(one.label) || one.label < 0 || one.label >= outputs.length) {
      throw new InputError({
        where: `${WHERE}, answers[${i}].label`,
        expected: `the index of an option, 0 to ${outputs.length - 1}`,
        got: String(one.label),
      });
    }
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns e^(slope · (value − largest)) of each value, and their sum. */
function powers(outputs: readonly number[], slope: number) {
  const most = Math.max(...outputs);
  const each = outputs.map((value) => Math.exp(slope * (value - most)));
  return { most, each, sum: each.reduce((sum, value) => sum + value, 0) };
}

function meanLoss(answers: readonly LabelledAnswer[], slope: number): number {
  const losses = answers.map(({ outputs, label }) => {
    const { most, sum } = powers(outputs, slope);
    return Math.log(sum) + slope * (most - at(outputs, label));
  });
  return mean(losses);
}

/** The first derivative is the mean logit minus the right one's, the second the variance. */
function newtonStep(answers: readonly LabelledAnswer[], slope: number): number {
  let first = 0;
  let second = 0;
  for (const { outputs, label } of answers) {
    const { each, sum, most } = powers(outputs, slope);
    const p = each.map((value) => value / sum);
    const expected = outputs.reduce((total, value, i) => total + at(p, i) * (value - most), 0);
    first += expected - (at(outputs, label) - most);
    second += outputs.reduce(
      (total, value, i) => total + at(p, i) * (value - most - expected) ** 2,
      0,
    );
  }
  return first / Math.max(second, 1e-300);
}
