/**
 * The head: one number per token, and which of them is the score. TRL's `v_head.summary` has a bias; transformers' `score`
 * usually has none.
 */
import type { Recorder, Tensor, Weight } from "../../kernels/kernel.ts";
import { valueHead as valueHeadKernel } from "../../kernels/value-head.ts";
import type { Declare } from "../../checkpoint/weight-table.ts";

export interface ValueHeadWeights {
  readonly weight: Weight;
  readonly bias: Weight;
}

/** `name` is `v_head.summary` or `score`. */
export function valueHeadWeights(declare: Declare, name: string, hidden: number): ValueHeadWeights {
  const weight = { name: `${name}.weight`, rows: hidden, shape: [1, hidden] };
  const bias = `${name}.bias`;
  const isBiased = name === "v_head.summary" || declare.has(bias);
  return {
    weight: declare.vector("value_head", "weight", [weight]),
    bias: isBiased
      ? declare.vector("value_head", "bias", [{ name: bias, rows: 1 }])
      : declare.zeros("value_head", "bias", 1),
  };
}

/** Hidden states [tokens, hidden] → values [1, tokens]. */
export function valueHead(plan: Recorder, weights: ValueHeadWeights, x: Tensor): Tensor {
  return valueHeadKernel(plan, "value_head", x, weights.weight, weights.bias);
}

/**
 * The token whose value is the score: the last, or, as transformers' `GenericForSequenceClassification` pools, the last that
 * is not padding; the first where all are.
 */
export function scoredToken(ids: Uint32Array, padTokenId: number | undefined): number {
  return Math.max(
    0,
    ids.findLastIndex((id) => id !== padTokenId),
  );
}
