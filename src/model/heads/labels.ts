// Tested by: test/model/heads/output.test.ts
/**
 * A head that is made of the output embedding: the rows of a few label tokens. The engine reads the
 * states of the places that count back, and multiplies the few rows here.
 */
import { at } from "../../base/at.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";
import { valueHead } from "../../kernels/value-head.ts";

/**
 * Records what the first label is ahead of the second at every token: x [tokens, hidden] times the
 * difference of their rows → [1, tokens].
 */
export function recordDifference(
  plan: Recorder,
  label: string,
  x: Tensor,
  difference: Float32Array,
): Tensor {
  const padded = new Float32Array(x.stride);
  padded.set(difference);
  const weight = plan.input(`${label}.difference`, padded);
  const bias = plan.input(`${label}.bias`, new Float32Array(4));
  return valueHead(plan, label, x, weight, bias);
}

/** Returns the difference of two rows. */
export function differenceOf(first: Float32Array, second: Float32Array): Float32Array {
  return first.map((value, i) => value - (second[i] ?? Number.NaN));
}

/** Returns the product of a state and a row, summed in f64. */
export function logit(state: Float32Array, row: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < state.length; i++) sum += at(state, i) * at(row, i);
  return sum;
}

/** Returns the probabilities of logits; there is at least one. */
export function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

export function sigmoid(value: number): number {
  // The form whose power does not overflow.
  return value >= 0 ? 1 / (1 + Math.exp(-value)) : Math.exp(value) / (1 + Math.exp(value));
}
