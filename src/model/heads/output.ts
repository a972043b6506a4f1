/**
 * What becomes of a head's numbers: the score, and what a caller may see beside it.
 */
import { at } from "../../base/at.ts";
import type { Aggregate, Output } from "./head.ts";
import { sigmoid, softmax } from "./labels.ts";

/** What an mlp said. */
export interface MlpResult {
  readonly score: number;
  /** The head's outputs, at each place that is read. */
  readonly outputs: readonly (readonly number[])[];
  /** A value for each place, if places are steps. */
  readonly stepValues: readonly number[] | undefined;
  readonly aggregates: Readonly<Record<Aggregate, number>> | undefined;
}

/**
 * Returns the score of an mlp's outputs.
 * @param rows the outputs at each place that is read; one place at least
 * @param isSteps whether the places are steps
 */
export function readMlp(
  { kind, index, mean, std, aggregate }: Output,
  rows: readonly (readonly number[])[],
  isSteps: boolean,
): MlpResult {
  const valueOf = (row: readonly number[]): number => {
    if (kind === "softmax") return at(softmax(row), index);
    const value = (at(row, index) - mean) / std;
    return kind === "sigmoid" ? sigmoid(value) : value;
  };
  const values = rows.map(valueOf);
  const hasSteps = isSteps || kind === "softmax";
  const aggregates = hasSteps ? aggregatesOf(values) : undefined;
  const last = at(values, values.length - 1);
  return {
    score: aggregates && aggregate !== undefined ? aggregates[aggregate] : last,
    outputs: rows,
    stepValues: hasSteps ? values : undefined,
    aggregates,
  };
}

export function aggregatesOf(values: readonly number[]): Readonly<Record<Aggregate, number>> {
  return {
    min: Math.min(...values),
    product: values.reduce((product, value) => product * value, 1),
    last: at(values, values.length - 1),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  };
}

/** Returns an output's value at each token, in the form that the reference lists. */
export function tokenValuesOf(
  { kind, index }: Output,
  values: Float32Array,
  width: number,
): Float32Array {
  if (width === 1 && kind !== "softmax") return values;
  const tokens = values.length / width;
  return Float32Array.from({ length: tokens }, (_, token) => {
    const row = values.subarray(token * width, (token + 1) * width);
    return kind === "softmax" ? at(softmax([...row]), index) : at(row, index);
  });
}

/** What labels said. */
export interface LabelsResult {
  readonly score: number;
  /** The labels' logits. */
  readonly outputs: readonly number[];
  /** Among the labels, in their order. */
  readonly probabilities: readonly number[];
  /** Of all tokens; undefined if the vocabulary was not asked. */
  readonly vocabularyProbabilities: readonly number[] | undefined;
}

/**
 * Returns the score of labels' logits.
 * @param logSum the logarithm of the sum of the powers of all tokens' logits
 */
export function readLabels(
  { kind }: Output,
  logits: readonly number[],
  logSum: number | undefined,
): LabelsResult {
  const probabilities = softmax(logits);
  const vocabularyProbabilities =
    logSum === undefined ? undefined : logits.map((value) => Math.exp(value - logSum));
  const difference = at(logits, 0) - at(logits, 1);
  const scores = {
    raw: difference,
    sigmoid: sigmoid(difference),
    softmax: at(probabilities, 0),
    vocabulary: vocabularyProbabilities?.[0] ?? Number.NaN,
  };
  return { score: scores[kind], outputs: logits, probabilities, vocabularyProbabilities };
}
