/**
 * Every call of WebGPU may fail. Whichever does: the right score or a typed error, no buffer left,
 * nothing pending.
 *
 * Here are samples; `npm run soak -- gpu` lets every call fail.
 */
import { afterEach, expect, test } from "vitest";
import { RewardError } from "../../src/errors.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Source } from "../../src/files/source.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import type { Fault, FaultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { countCalls, FAULT_MODEL, faultConversation, runWithFault } from "../../soak/parts/gpu.ts";

const source = (): Source => fileSystemSource(modelFolder(FAULT_MODEL));
const models: RewardModel[] = [];

async function loadFaulty(
  options: LoadOptions = {},
): Promise<{ faulty: FaultyGpu; model: RewardModel }> {
  const faulty = faultyGpu(testGpu());
  const model = await RewardModel.fromPretrained(source(), { gpu: faulty.gpu, ...options });
  models.push(model);
  return { faulty, model };
}

afterEach(async () => {
  await Promise.all(models.splice(0).map(async (model) => await model.dispose()));
});

/** Where in the calls of a loading and a scoring a fault falls. */
const samples: readonly (Omit<Fault, "at"> & { share: number })[] = [
  { kind: "validation", share: 0.3 },
  { kind: "out-of-memory", share: 0.1 },
  { kind: "out-of-memory", share: 0.97, isPersistent: true },
  { kind: "rejected", share: 0.99 },
  { kind: "lost", share: 0.5 },
  { kind: "lost", share: 0.98, isPersistent: true },
];

test("fault: at samples of all calls → the score or a typed error, no buffer left", async () => {
  const { calls, value } = await countCalls(source(), testGpu());
  expect(calls).toBeGreaterThan(50);
  for (const { share, ...rest } of samples) {
    const fault = { ...rest, at: Math.ceil(share * calls) };
    const { outcome, next, left, failed } = await runWithFault(source(), testGpu(), fault);
    const where = `${fault.kind} at call ${fault.at} of ${calls}, ${failed ?? "none"}`;
    expect(failed, where).toBeDefined();
    expect(left, where).toBe(0);
    expect(next ?? value, where).toBe(value);
    if (outcome instanceof Error) {
      expect(outcome, where).toBeInstanceOf(RewardError);
    } else {
      expect(outcome, where).toBe(value);
    }
  }
}, 120_000);

test("loss: in mid-score, streamed → back by itself with the same bits, and queued calls survive", async () => {
  const { faulty, model } = await loadFaulty({ residency: "streamed", memoryBudgetBytes: 2 ** 16 });
  const before = await model.score(faultConversation);
  const inFlight = model.score(faultConversation);
  const queued = model.score(faultConversation);
  setTimeout(() => faulty.lose(), 10);
  const [a, b] = await Promise.all([inFlight, queued]);
  expect(a.tokenValues).toEqual(before.tokenValues);
  expect(b.tokenValues).toEqual(before.tokenValues);
  expect(faulty.devices).toBe(2);
  await model.dispose();
  expect(faulty.liveBuffers).toBe(0);
}, 120_000);

test("loss: between load and score, four times → three come back, the fourth is a typed error", async () => {
  const { faulty, model } = await loadFaulty();
  const first = await model.score(faultConversation);
  for (let times = 0; times < 3; times++) {
    faulty.lose();
    expect((await model.score(faultConversation)).value).toBe(first.value);
  }
  faulty.lose();
  await expect(model.score(faultConversation)).rejects.toThrow("lost 4 times in ten minutes");
  await model.dispose();
  expect(faulty.liveBuffers).toBe(0);
}, 120_000);

test("loss: a device that is lost when it opens → loading opens another, and reports it", async () => {
  const warnings: string[] = [];
  const faulty = faultyGpu(testGpu());
  faulty.arm({ kind: "lost", at: 1 });
  const model = await RewardModel.fromPretrained(source(), {
    gpu: faulty.gpu,
    onWarning: (warning) => void warnings.push(warning),
  });
  models.push(model);
  expect(faulty.devices).toBe(2);
  expect(warnings.join("\n")).toContain("with a new device");
  expect(Number.isFinite((await model.score(faultConversation)).value)).toBe(true);
}, 120_000);

test("abort: in mid-pass many times, streamed → the next score is right", async () => {
  const { model } = await loadFaulty({ residency: "streamed", memoryBudgetBytes: 2 ** 16 });
  const before = await model.score(faultConversation);
  for (let delayMs = 0; delayMs < 40; delayMs += 8) {
    const controller = new AbortController();
    const given = model.score([faultConversation], { signal: controller.signal }).catch(() => {});
    setTimeout(() => controller.abort(), delayMs);
    await given;
  }
  expect((await model.score(faultConversation)).tokenValues).toEqual(before.tokenValues);
}, 120_000);

test("abort: a score that waits for another → rejected immediately, and the other is right", async () => {
  const { model } = await loadFaulty();
  const before = await model.score(faultConversation);
  let isOver = false;
  const running = model.score(faultConversation).finally(() => (isOver = true));
  const controller = new AbortController();
  const waiting = model.score(faultConversation, { signal: controller.signal });
  controller.abort(new Error("given up"));
  await expect(waiting).rejects.toThrow("given up");
  expect(isOver).toBe(false);
  expect((await running).tokenValues).toEqual(before.tokenValues);
}, 120_000);

test("abort: during a load → rejected immediately, no buffer left in the end", async () => {
  const faulty = faultyGpu(testGpu());
  const controller = new AbortController();
  const loading = RewardModel.fromPretrained(source(), {
    gpu: faulty.gpu,
    signal: controller.signal,
    onProgress: ({ stage }) => stage === "compile" && controller.abort(new Error("given up")),
  });
  await expect(loading).rejects.toThrow("given up");
  await expect.poll(() => faulty.liveBuffers, { timeout: 30_000 }).toBe(0);
}, 120_000);

test("device: refused once, as while the GPU process crashes → asked for again, and it loads", async () => {
  const faulty = faultyGpu(testGpu());
  faulty.arm({ kind: "rejected", at: 1 });
  const model = await RewardModel.fromPretrained(source(), { gpu: faulty.gpu });
  models.push(model);
  expect(faulty.failed).toBe("requestDevice");
  expect(faulty.devices).toBe(1);
}, 120_000);
