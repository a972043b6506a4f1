/** Encoding uses one compute pass per submit, and creates bind groups only once. */
import { expect, test, vi } from "vitest";
import { gelu } from "../../src/kernels/gelu.ts";
import type { Tensor } from "../../src/kernels/kernel.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { Arena } from "../../src/pass/arena.ts";
import { Plan } from "../../src/pass/plan.ts";
import { run } from "../../src/pass/run.ts";
import type { WeightHolder } from "../../src/pass/weight-holder.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";

const STEPS = 12;

const noWeights: WeightHolder = {
  byteLength: 0,
  passTokens: 1,
  expect() {},
  isReady: () => true,
  async acquire() {},
  buffer: () => {
    throw new Error("this plan has no weights");
  },
  release() {},
  destroy() {},
};

/** Steps in a row, each of the tensor before. */
function planOf(rows: number): Plan {
  const plan = new Plan(PLAIN);
  let x: Tensor = plan.input("x", Float32Array.from({ length: rows * 8 }, Math.sin), rows);
  for (let i = 0; i < STEPS; i++) x = gelu(plan, `gelu ${i}`, x);
  plan.output("out", x);
  return plan;
}

test("encode: a pass of few steps → one submit with one compute pass and all dispatches", async () => {
  const device = await testDevice();
  const arena = new Arena(device);
  const encoders = Object.getPrototypeOf(device.gpu.createCommandEncoder()) as GPUCommandEncoder;
  const begun = vi.spyOn(encoders, "beginComputePass");
  const submitted = vi.spyOn(device.gpu.queue, "submit");
  await run(device, arena, noWeights, planOf(4));
  const counts = [begun.mock.calls.length, submitted.mock.calls.length];
  vi.restoreAllMocks();
  // The second submit reads back.
  expect(counts).toEqual([1, 2]);
  arena.destroy();
});

test("encode: the same steps again, and of another length → no new bind groups, the same values", async () => {
  const device = await testDevice();
  const arena = new Arena(device);
  const first = await run(device, arena, noWeights, planOf(4));
  const made = vi.spyOn(device.gpu, "createBindGroup");
  const again = await run(device, arena, noWeights, planOf(4));
  await run(device, arena, noWeights, planOf(3));
  const labels = made.mock.calls.map(([{ label }]) => label);
  made.mockRestore();
  // Params are bound by plan.
  expect(labels).toEqual(["params", "params"]);
  expect(again.get("out")).toEqual(first.get("out"));
  arena.destroy();
});

test("encode: buffers that grow for a longer pass → bound again, the values of a fresh arena", async () => {
  const device = await testDevice();
  const arena = new Arena(device);
  await run(device, arena, noWeights, planOf(4));
  const grown = await run(device, arena, noWeights, planOf(400));
  const fresh = new Arena(device);
  const wanted = await run(device, fresh, noWeights, planOf(400));
  expect(grown.get("out")).toEqual(wanted.get("out"));
  arena.destroy();
  fresh.destroy();
  expect(device.bindGroups.size).toBe(0);
});
