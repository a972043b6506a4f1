/**
 * Times candidates on the test's device: which one wins, and what happens if one fails or the
 * device is lost.
 */
import { expect, test } from "vitest";
import { GpuError } from "../../src/errors.ts";
import { Device } from "../../src/gpu/device.ts";
import type { Weight } from "../../src/kernels/kernel.ts";
import { linear } from "../../src/kernels/matmul.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { Plan } from "../../src/pass/plan.ts";
import { tune } from "../../src/tuning/tune.ts";
import type { Candidate } from "../../src/tuning/tune.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { testDevice, testGpu } from "../../testing/gpu/gpu.ts";

/** Enough for a machine that is busy with other tests. */
const AMPLE_MS = 20_000;
const SIDE = 64;

/** Returns a candidate of `products` small products: more products take longer on any GPU. */
function candidate(name: string, products: number): Candidate {
  const plan = new Plan(PLAIN);
  const part = { kind: "weight", key: "w", group: "w", firstRow: 0, rows: SIDE } as const;
  const parts = [{ ...part, byteLength: SIDE * SIDE * 4 }];
  const weight: Weight = { label: "w", group: "w", form: "f32", rows: SIDE, columns: SIDE, parts };
  const x = plan.tensor("x", SIDE, SIDE);
  for (let i = 0; i < products; i++) linear(plan, name, x, weight);
  return { name, plan };
}

/** A candidate with something wrong in its only step. */
function broken(name: string, fault: "shader" | "grid"): Candidate {
  const { plan } = candidate(name, 1);
  const [step] = plan.steps;
  if (!step) throw new Error("a candidate without a step");
  const { kernel } = step;
  plan.steps[0] =
    fault === "shader"
      ? { ...step, kernel: { ...kernel, source: `${kernel.source}\nfn (` } }
      : { ...step, grid: [70_000, 1, 1] };
  return { name, plan };
}

const slow = candidate("slow", 40);
const fast = candidate("fast", 1);

test.each([
  ["slow first", [slow, fast]],
  ["fast first", [fast, slow]],
])("tune: one that does forty times the work, %s → the other wins", async (_, candidates) => {
  const device = await testDevice();
  const before = device.liveBuffers;
  const winners = await tune(device, [{ name: "work", candidates }], { budgetMs: AMPLE_MS });
  expect([...winners]).toEqual([["work", "fast"]]);
  expect(device.liveBuffers).toBe(before);
});

test("tune: no time → nothing is decided, nothing is left on the GPU", async () => {
  const device = await testDevice();
  const before = device.liveBuffers;
  const contest = { name: "work", candidates: [slow, fast] };
  expect([...(await tune(device, [contest], { budgetMs: 0 }))]).toEqual([]);
  expect(device.liveBuffers).toBe(before);
});

test("tune: candidates that do not compile, or do not run → out, the others are compared", async () => {
  const device = await testDevice();
  const candidates = [broken("no shader", "shader"), slow, broken("no grid", "grid"), fast];
  const winners = await tune(device, [{ name: "work", candidates }], { budgetMs: AMPLE_MS });
  expect([...winners]).toEqual([["work", "fast"]]);
});

test("tune: only one that runs → nothing is decided", async () => {
  const device = await testDevice();
  const candidates = [fast, broken("no shader", "shader")];
  const contests = [{ name: "work", candidates }];
  expect([...(await tune(device, contests, { budgetMs: AMPLE_MS }))]).toEqual([]);
});

test("tune: aborted → the signal's reason, nothing is left on the GPU", async () => {
  const device = await testDevice();
  const before = device.liveBuffers;
  const reason = new Error("enough");
  const abort = new AbortController();
  const contests = [{ name: "work", candidates: [slow, fast] }];
  const tuned = tune(device, contests, { signal: abort.signal, budgetMs: AMPLE_MS });
  setTimeout(() => abort.abort(reason), 1);
  await expect(tuned).rejects.toBe(reason);
  expect(device.liveBuffers).toBe(before);
});

test("tune: the device is lost meanwhile → GpuError, whenever it happens", async () => {
  const contests = [{ name: "work", candidates: [slow, fast] }];
  for (const at of [1, 10, 40]) {
    const faulty = faultyGpu(testGpu());
    const device = await Device.open(faulty.gpu);
    faulty.arm({ kind: "lost", at });
    await expect(tune(device, contests, { budgetMs: AMPLE_MS })).rejects.toBeInstanceOf(GpuError);
    expect(device.isLost).toBe(true);
    expect(device.liveBuffers).toBe(0);
    device.destroy();
  }
});
