/**
 * Matrix products: x [rows, depth] · weightᵀ, weight [columns, depth], in each form against ONNX
 * Runtime's own.
 */
import type { Form } from "../../src/kernels/kernel.ts";
import { linear } from "../../src/kernels/matmul.ts";
import { HeldWeights } from "../measure/held-weights.ts";
import { activations } from "../measure/values.ts";
import { matmulGraph } from "../peers/operators.ts";
import type { PeerForm } from "../peers/operators.ts";
import type { Bench, Case, Contender } from "./case.ts";
import { ours } from "./ours.ts";
import { peer } from "./peer.ts";

/** [rows, depth, columns] */
const SHAPES = [
  [256, 256, 1024],
  [512, 1024, 1024],
  [256, 3584, 3584],
] as const;

/** Activations rounded to int8 in blocks: about 1/254 of the largest, over hundreds of terms. */
const INT8_LIMIT = 0.02;

type Shape = readonly [rows: number, depth: number, columns: number];

const oursIn = async (bench: Bench, form: Form, shape: Shape): Promise<Contender> => {
  const [rows, depth, columns] = shape;
  const weights = new HeldWeights(bench.device, form);
  const weight = weights.matrix("bench", "weight", [{ name: "weight", rows: columns }], depth);
  return await ours(bench, form, weights, (plan) =>
    linear(plan, "matmul", plan.input("x", activations("x", rows * depth), rows), weight),
  );
};

const peerIn = async (
  bench: Bench,
  name: string,
  form: PeerForm,
  [rows, depth, columns]: Shape,
): Promise<Contender> => {
  const x = { name: "x", values: activations("x", rows * depth), dims: [1, rows, depth] };
  const model = matmulGraph(rows, depth, columns, form);
  const limit = form !== "f32" && form.accuracy === 4 ? INT8_LIMIT : undefined;
  return await peer(bench.device, name, model, [x], [1, rows, columns], limit);
};

export const matmulCases: readonly Case[] = SHAPES.flatMap((shape): Case[] => {
  const [rows, depth, columns] = shape;
  const size = `${rows}x${depth}x${columns}`;
  const flops = 2 * rows * depth * columns;
  return [
    {
      name: `matmul ${size}`,
      flops,
      target: { swiftshader: 8, lavapipe: 3 },
      build: async (bench) => [
        await oursIn(bench, "f32", shape),
        await oursIn(bench, "bf16", shape),
        await peerIn(bench, "MatMul f32", "f32", shape),
      ],
    },
    {
      name: `matmul q4 ${size}`,
      flops,
      target: { swiftshader: 3, lavapipe: 1.5 },
      build: async (bench) => [
        await oursIn(bench, "q4", shape),
        await peerIn(bench, "MatMulNBits accuracy 0", { accuracy: 0 }, shape),
        await peerIn(bench, "MatMulNBits accuracy 4", { accuracy: 4 }, shape),
      ],
    },
  ];
});
