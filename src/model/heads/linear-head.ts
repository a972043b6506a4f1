// Tested by: test/model/heads/value-head.gpu.test.ts
/**
 * What heads of one linear layer share: a weight [1, hidden], a bias that some have, one number a
 * token.
 */
import type { Declare } from "../../checkpoint/weight-table.ts";
import type { Recorder, Tensor, Weight } from "../../kernels/kernel.ts";
import { valueHead } from "../../kernels/value-head.ts";
import type { ShapeOf } from "./head.ts";

export interface LinearHeadWeights {
  readonly weight: Weight;
  readonly bias: Weight;
}

/** Returns whether the checkpoint has the head's weight. Its shape is checked with all others. */
export function hasWeight(shapeOf: ShapeOf, prefix: string): boolean {
  return shapeOf(`${prefix}.weight`) !== undefined;
}

/** Declares weight and bias. A missing bias is zero, unless `isBiased` demands it. */
export function linearWeights(
  declare: Declare,
  prefix: string,
  hidden: number,
  isBiased: boolean,
): LinearHeadWeights {
  const weight = { name: `${prefix}.weight`, rows: hidden, shape: [1, hidden] };
  const bias = `${prefix}.bias`;
  return {
    weight: declare.vector("value_head", "weight", [weight]),
    bias:
      isBiased || declare.has(bias)
        ? declare.vector("value_head", "bias", [{ name: bias, rows: 1 }])
        : declare.zeros("value_head", "bias", 1),
  };
}

/** States [tokens, hidden] → values [1, tokens]. */
export function recordLinear(plan: Recorder, weights: LinearHeadWeights, x: Tensor): Tensor {
  return valueHead(plan, "value_head", x, weights.weight, weights.bias);
}

/** Returns the one value that was read: it is the score. */
export function theOne(values: readonly number[]): number {
  const [value = Number.NaN] = values;
  return value;
}
