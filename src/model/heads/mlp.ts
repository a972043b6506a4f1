// Tested by: test/golden/heads.gpu.test.ts
/**
 * A head of linear layers with functions between them: TRL's and transformers' one layer, HPSv3's
 * three, a process reward model's two. In f32, at every token.
 */
import { at } from "../../base/at.ts";
import type { Declare } from "../../checkpoint/weight-table.ts";
import { WeightsError } from "../../errors.ts";
import { activate } from "../../kernels/activation.ts";
import type { Recorder, Tensor, Weight } from "../../kernels/kernel.ts";
import { linear } from "../../kernels/matmul.ts";
import { valueHead } from "../../kernels/value-head.ts";
import type { Activation, MlpHead, ShapeOf } from "./head.ts";

interface LayerWeights {
  readonly weight: Weight;
  readonly bias: Weight | undefined;
  readonly activation: Activation | undefined;
}

/** The layers of a head; a single one with a single output is a vector. */
export type MlpWeights =
  | { readonly vector: Weight; readonly bias: Weight }
  | { readonly layers: readonly LayerWeights[] };

/**
 * Declares the weights under their names in the checkpoint.
 * @param group the unit that is loaded together
 * @throws WeightsError if the layers do not fit one another
 */
export function mlpWeights(
  declare: Declare,
  shapeOf: ShapeOf,
  { layers, isScalar = false }: MlpHead,
  hidden: number,
  group: string,
): MlpWeights {
  const [first] = layers;
  const isVector = layers.length === 1 && first?.activation === undefined;
  if (first && isVector && (isScalar || (shapeOf(`${first.name}.weight`)?.[0] ?? 1) === 1)) {
    const weight = { name: `${first.name}.weight`, rows: hidden, shape: [1, hidden] };
    const bias = `${first.name}.bias`;
    return {
      vector: declare.vector(group, "weight", [weight]),
      bias: declare.has(bias)
        ? declare.vector(group, "bias", [{ name: bias, rows: 1 }])
        : declare.zeros(group, "bias", 1),
    };
  }
  let width = hidden;
  return {
    layers: layers.map(({ name, activation }) => {
      const shape = shapeOf(`${name}.weight`);
      const [rows = 1] = shape ?? [];
      if (shape && (shape.length !== 2 || shape[1] !== width)) {
        throw new WeightsError({
          where: `${name}.weight`,
          what: "the layer does not fit what it reads",
          got: `[${shape.join(", ")}]`,
          expected: `[outputs, ${width}]`,
          todo: "Correct the order of head.layers in reward.json",
        });
      }
      const weight = declare.matrix(group, name, [{ name: `${name}.weight`, rows }], width);
      const bias = declare.has(`${name}.bias`)
        ? declare.vector(group, `${name}.bias`, [{ name: `${name}.bias`, rows }])
        : undefined;
      width = rows;
      return { weight, bias, activation };
    }),
  };
}

/** Declares TRL's value head, for benchmarks of a decoder. */
export function valueHeadWeights(declare: Declare, hidden: number): MlpWeights {
  const head: MlpHead = { kind: "mlp", layers: [{ name: "v_head.summary" }], isScalar: true };
  return mlpWeights(declare, () => undefined, head, hidden, "value_head");
}

/** Records states [tokens, hidden] → outputs [tokens, outputs], or [1, tokens] of a single one. */
export function recordMlp(plan: Recorder, label: string, weights: MlpWeights, x: Tensor): Tensor {
  if ("vector" in weights) return valueHead(plan, label, x, weights.vector, weights.bias);
  let value = x;
  for (const [i, { weight, bias, activation }] of weights.layers.entries()) {
    value = linear(plan, `${label}.layer.${i}`, value, weight, { bias });
    if (activation) value = activate(plan, `${label}.${activation}.${i}`, value, activation);
  }
  return value;
}

/** Returns how many outputs the weights give. */
export function outputsOf(weights: MlpWeights): number {
  return "vector" in weights ? 1 : at(weights.layers, weights.layers.length - 1).weight.rows;
}
