/**
 * Adapters with no more than the spec promises, and with less: the same scores, or a clear refusal.
 */
import { expect, test } from "vitest";
import { UnsupportedError } from "../../src/errors.ts";
import { Device } from "../../src/gpu/device.ts";
import { lacks, profiles } from "../../src/kernels/profile.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import { clampedGpu, DEFAULT_LIMITS } from "../../testing/gpu/clamped-gpu.ts";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

const MODEL = "qwen3";
/** One that sees pictures: heads of another size, windows, and no causal order. */
const SEEING = "a";
/** Less than its matrices take. */
const SMALL_BINDING = 256 * 1024;

/** Scores the goldens that have at most `tokens` tokens. */
async function scores(
  options: LoadOptions,
  tokens = Infinity,
  name = MODEL,
): Promise<{ off: number; limit: number }[]> {
  const set = goldenSets().find((own) => own.name === name);
  if (!set) throw new Error(`no goldens of ${name}`);
  const cases = (await goldenCases(set)).filter(({ golden }) => golden.tokens <= tokens);
  expect(cases.length).toBeGreaterThan(0);
  const { resize } = set;
  const own = resize ? { ...options, resize } : options;
  const model = await RewardModel.fromPretrained(fileSystemSource(modelFolder(name)), own);
  try {
    const got = await model.score(cases.map(({ conversation }) => conversation));
    return cases.map(({ golden }, i) => ({
      off: Math.abs((got[i]?.value ?? Number.NaN) - golden.score),
      limit: scoreLimit(golden),
    }));
  } finally {
    await model.dispose();
  }
}

test("limits: the spec's defaults and no optional feature → goldens within the limit", async () => {
  for (const { off, limit } of await scores({ gpu: clampedGpu(testGpu(), DEFAULT_LIMITS) })) {
    expect(off).toBeLessThanOrEqual(limit);
  }
}, 120_000);

const plainDevice = await Device.open(clampedGpu(testGpu(), DEFAULT_LIMITS));
const runnable = [...profiles.values()].filter((profile) => {
  const lacking = lacks(plainDevice, profile);
  if (lacking !== undefined) {
    test.skip(`limits: profile ${profile.name}: a plain device has no ${lacking}`, () => {});
  }
  return lacking === undefined;
});
plainDevice.destroy();

test.each(runnable)(
  "limits: the spec's defaults, profile $name → goldens within the limit, pictures too",
  async ({ name: kernelProfile }) => {
    for (const model of [MODEL, SEEING]) {
      const gpu = clampedGpu(testGpu(), DEFAULT_LIMITS);
      for (const { off, limit } of await scores({ gpu, kernelProfile }, 60, model)) {
        expect(off).toBeLessThanOrEqual(limit);
      }
    }
  },
  120_000,
);

test("limits: bindings of 256 KiB, so that matrices are split → goldens within the limit", async () => {
  const limits = { ...DEFAULT_LIMITS, maxStorageBufferBindingSize: SMALL_BINDING };
  for (const { off, limit } of await scores({ gpu: clampedGpu(testGpu(), limits) }, 120)) {
    expect(off).toBeLessThanOrEqual(limit);
  }
}, 120_000);

test("limits: an activation above the binding limit → UnsupportedError, and shorter texts still work", async () => {
  const limits = { ...DEFAULT_LIMITS, maxStorageBufferBindingSize: SMALL_BINDING };
  const gpu = clampedGpu(testGpu(), limits);
  const model = await RewardModel.fromPretrained(fileSystemSource(modelFolder(MODEL)), { gpu });
  const asked = (content: string): Promise<unknown> =>
    model.score([
      { role: "user", content },
      { role: "assistant", content: "Yes." },
    ]);
  await expect(asked("a b c d e f g h ".repeat(300))).rejects.toBeInstanceOf(UnsupportedError);
  await asked("a");
  await model.dispose();
  expect(model.memory.totalBytes).toBe(0);
}, 120_000);
