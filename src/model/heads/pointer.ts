// Tested by: test/model/heads/output.test.ts
/**
 * The pointer head of TinyJev and Kev: the state behind a question asks, the state behind each
 * option answers.
 *
 *   z_k = (K h[option k] + b) · (Q h[decide] + b) / √head_dim / temperature
 */
import { at } from "../../base/at.ts";
import type { Declare } from "../../checkpoint/weight-table.ts";
import type { Recorder, Tensor, Weight } from "../../kernels/kernel.ts";
import { linear } from "../../kernels/matmul.ts";
import type { PointerHead } from "./head.ts";

export interface PointerWeights {
  readonly query: Weight;
  readonly queryBias: Weight;
  readonly key: Weight;
  readonly keyBias: Weight;
}

/** Declares `q.*` and `k.*`. */
export function pointerWeights(
  declare: Declare,
  { headDim }: PointerHead,
  hidden: number,
  group: string,
): PointerWeights {
  const matrix = (name: string): Weight =>
    declare.matrix(group, `${name}.weight`, [{ name: `${name}.weight`, rows: headDim }], hidden);
  const bias = (name: string): Weight =>
    declare.vector(group, `${name}.bias`, [{ name: `${name}.bias`, rows: headDim }]);
  return { query: matrix("q"), queryBias: bias("q"), key: matrix("k"), keyBias: bias("k") };
}

/** Records states [places, hidden] → queries and keys [places, head_dim]. */
export function recordPointer(
  plan: Recorder,
  label: string,
  weights: PointerWeights,
  states: Tensor,
): { readonly queries: Tensor; readonly keys: Tensor } {
  const { query, queryBias, key, keyBias } = weights;
  return {
    queries: linear(plan, `${label}.q`, states, query, { bias: queryBias }),
    keys: linear(plan, `${label}.k`, states, key, { bias: keyBias }),
  };
}

/** Returns z of each option. */
export function pointerLogits(
  { headDim, temperature }: PointerHead,
  query: Float32Array,
  keys: readonly Float32Array[],
): number[] {
  return keys.map((key) => {
    let sum = 0;
    for (let i = 0; i < headDim; i++) sum += at(key, i) * at(query, i);
    return sum / Math.sqrt(headDim) / temperature;
  });
}
