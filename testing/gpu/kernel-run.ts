/**
 * Runs kernels as the model does: records steps into a plan, runs it on the test device, reads one
 * tensor back.
 *
 *   const got = await runKernel(profile, ({ plan, rows, vector }) =>
 *     rmsNorm(plan, "norm", rows(x, 3), vector(weight), 1e-6));
 */
import type { Device } from "../../src/gpu/device.ts";
import { COPY_DST, STORAGE } from "../../src/gpu/usage.ts";
import type { Tensor, Weight, WeightPart } from "../../src/kernels/kernel.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { Arena } from "../../src/pass/arena.ts";
import { Plan } from "../../src/pass/plan.ts";
import { run } from "../../src/pass/run.ts";
import { PlacedWeights } from "../../src/pass/placed-weights.ts";
import type { WeightHolder } from "../../src/pass/weight-holder.ts";
import { testDevice } from "./gpu.ts";

export interface Bench {
  readonly plan: Plan;
  /** An input [rows, values / rows], its rows padded with zeros as the tensors of a pass are. */
  rows(values: Float32Array, rows: number): Tensor;
  /** A norm's weight or a bias. */
  vector(values: Float32Array): Weight;
}

/** The values of the tensor that `record` returns, without the padding of its rows. */
export async function runKernel(
  profile: Profile,
  record: (bench: Bench) => Tensor,
): Promise<Float32Array> {
  const device = await testDevice();
  const plan = new Plan(profile);
  const vectors = new Map<string, Float32Array>();
  plan.output("out", record(benchOf(plan, vectors)));
  const arena = new Arena(device);
  const weights = hold(device, vectors);
  try {
    const outputs = await run(device, arena, weights, plan);
    return outputs.get("out")!;
  } finally {
    arena.destroy();
    weights.destroy();
  }
}

function benchOf(plan: Plan, vectors: Map<string, Float32Array>): Bench {
  return {
    plan,
    rows(values, rows) {
      const columns = values.length / rows;
      const stride = Math.ceil(columns / 4) * 4;
      const padded = new Float32Array(rows * stride);
      for (let row = 0; row < rows; row++) {
        padded.set(values.subarray(row * columns, (row + 1) * columns), row * stride);
      }
      const made = plan.input("rows", padded, rows);
      const tensor: Tensor = { ...made, columns };
      plan.tensors[made.id] = tensor;
      plan.inputs.delete(made);
      plan.inputs.set(tensor, padded);
      return tensor;
    },
    vector(values) {
      const columns = values.length;
      const key = `vector ${vectors.size}`;
      const padded = new Float32Array(Math.ceil(columns / 4) * 4);
      padded.set(values);
      vectors.set(key, padded);
      const { byteLength } = padded;
      const part: WeightPart = {
        kind: "weight",
        key,
        group: "test",
        firstRow: 0,
        rows: columns,
        byteLength,
      };
      return { label: key, group: "test", form: "f32", rows: columns, columns: 1, parts: [part] };
    },
  };
}

function hold(device: Device, vectors: ReadonlyMap<string, Float32Array>): WeightHolder {
  const weights = new PlacedWeights(device);
  for (const [key, values] of vectors) {
    const buffer = weights.make({ key, byteLength: values.byteLength }, STORAGE | COPY_DST);
    device.gpu.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
  }
  return weights;
}
