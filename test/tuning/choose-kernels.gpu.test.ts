/** Who chooses the kernels: the caller, the adapter, timing, or what was remembered of it. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { Device, SUBGROUP_MATRIX } from "../../src/gpu/device.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { chooseKernels, findKnownProfile } from "../../src/tuning/choose-kernels.ts";
import type { KernelChoice } from "../../src/tuning/choose-kernels.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { KernelMemory } from "../../src/types.ts";
import { withKernels } from "../../testing/gpu/faulty-matmul.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../../testing/golden.ts";
import { testDevice, testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { planParts } from "../../testing/gpu/plan-parts.ts";

const MODEL = "qwen3";
/** Enough for a machine that is busy with other tests. */
const AMPLE_MS = 300_000;

const { weights, config } = await planParts(MODEL);
const device = await testDevice();

async function choose(on: Device, options: LoadOptions): Promise<KernelChoice> {
  return await chooseKernels(on, findKnownProfile(on, options), weights, config, options, AMPLE_MS);
}

interface Kept extends KernelMemory {
  readonly entries: Map<string, string>;
  writes: number;
}

function memory(entries: Map<string, string> = new Map()): Kept {
  const kept: Kept = {
    entries,
    writes: 0,
    read: async (key) => entries.get(key),
    async write(key, value) {
      kept.writes += 1;
      entries.set(key, value);
    },
  };
  return kept;
}

test("kernels: a profile by name → given, and nothing is timed", async () => {
  const kept = memory();
  const { profile, chosen } = await choose(device, { kernelProfile: "nvidia", kernelMemory: kept });
  expect([profile.name, chosen, kept.writes]).toEqual(["nvidia", "given", 0]);
  expect(() => findKnownProfile(device, { kernelProfile: "fast" })).toThrow(InputError);
});

test("kernels: a software adapter → its own profile, and nothing is timed", async () => {
  const kept = memory();
  const { profile, chosen } = await choose(device, { kernelMemory: kept });
  expect([["quad", "octet"].includes(profile.name), chosen, kept.writes]).toEqual([
    true,
    "adapter",
    0,
  ]);
});

test("kernels: timed → remembered, so that the next time is not", async () => {
  const kept = memory();
  const options = { kernelProfile: "timed", kernelMemory: kept };
  const first = await choose(device, options);
  expect([first.chosen, kept.writes]).toEqual(["timed", 2]);
  expect([...kept.entries.keys()].every((key) => key.startsWith(device.adapter.name))).toBe(true);
  const second = await choose(device, options);
  expect(second).toEqual({ profile: first.profile, chosen: "remembered" });
  expect(kept.writes).toBe(2);
}, 320_000);

test("kernels: a GPU that is new → timed without being asked", async () => {
  const { adapter } = device;
  const kept = memory();
  Object.assign(device, { adapter: { ...adapter, name: "arm valhall", software: false } });
  const { profile, chosen } = await choose(device, { kernelMemory: kept });
  Object.assign(device, { adapter });
  expect([profile.name, chosen, kept.writes]).toEqual(["mobile", "timed", 2]);
}, 320_000);

const MATRIX = "matrix-16x16x16";
/** What a device with these matrix units shows. */
const FEATURES: readonly string[] = ["shader-f16", SUBGROUP_MATRIX];
const UNITS = { matrices: [[16, 16, 16]], subgroupMinSize: 32, subgroupMaxSize: 32 };

/**
 * Runs `work` with an f16 kernel that does nothing. It would win every timing, so it must not be
 * used on a device whose f16 is wrong.
 */
async function withIdleUnits<T>(work: (on: Device) => Promise<T>): Promise<T> {
  const own = await Device.open(testGpu());
  const adapter = { ...own.adapter, ...UNITS };
  Object.assign(own, { adapter, has: (feature: string) => FEATURES.includes(feature) });
  const source = "override WEIGHT_TERMS: u32; @compute @workgroup_size(64) fn matmul_matrix() {}";
  try {
    return await withKernels(
      MATRIX,
      "idle",
      (kernel) => ({ ...kernel, source }),
      async () => await work(own),
    );
  } finally {
    own.destroy();
  }
}

const RIVAL: Profile = { ...PLAIN, rivals: { matmul: [MATRIX], attention: ["workgroup"] } };

test("kernels: a rival in f16 that is fastest, and wrong → not chosen, nor remembered", async () => {
  await withIdleUnits(async (on) => {
    const kernelMemory = memory();
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    const options = { kernelProfile: "timed", kernelMemory, onWarning };
    const chosen = await chooseKernels(on, RIVAL, weights, config, options, AMPLE_MS);
    expect(chosen.profile.matmul).toBe("plain");
    expect([...kernelMemory.entries.values()]).not.toContain(MATRIX);
    expect(warnings).toEqual([]);
  });
}, 320_000);

test("kernels: f16 remembered, and wrong now → the next lower choice, with a warning", async () => {
  await withIdleUnits(async (on) => {
    const kernelMemory = { read: async () => MATRIX, write: async () => {} };
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    const options = { kernelProfile: "timed", kernelMemory, onWarning };
    const chosen = await chooseKernels(on, RIVAL, weights, config, options, AMPLE_MS);
    expect(chosen.profile.matmul).toBe("shared");
    expect(warnings).toEqual([
      expect.stringMatching(/^kernels: matmul matrix-16x16x16 failed its self-test/),
    ]);
  });
}, 320_000);

test("kernels: the remembered name is not a candidate → timed again", async () => {
  const kernelMemory = { ...memory(), read: async () => "from another version" };
  const options = { kernelProfile: "timed", kernelMemory };
  expect((await choose(device, options)).chosen).toBe("timed");
}, 320_000);

test("kernels: a memory that fails → timed all the same", async () => {
  const fail = async (): Promise<never> => {
    throw new Error("no space");
  };
  const options = { kernelProfile: "timed", kernelMemory: { read: fail, write: fail } };
  expect((await choose(device, options)).chosen).toBe("timed");
}, 320_000);

test("kernels: the device is lost while timing → the known ones from then on", async () => {
  const faulty = faultyGpu(testGpu());
  const dying = await Device.open(faulty.gpu);
  const options = { kernelProfile: "timed", kernelMemory: memory() };
  faulty.arm({ kind: "lost", at: 60 });
  await expect(choose(dying, options)).rejects.toThrow(/lost/);
  const known = findKnownProfile(device, options);
  dying.destroy();
  const next = await choose(device, options);
  expect(next).toEqual({ profile: known, chosen: "remembered" });
}, 320_000);

test("kernels: loaded with remembered ones → they run, and the goldens hold", async () => {
  // Whatever the contest is about, plain is a candidate on software adapters.
  const kernelMemory = { read: async () => "plain", write: async () => {} };
  const source = fileSystemSource(modelFolder(MODEL));
  const options = { gpu: testGpu(), kernelProfile: "timed", kernelMemory };
  await using model = await RewardModel.fromPretrained(source, options);
  expect(model.kernels).toMatchObject({ matmul: "plain", chosen: "remembered" });
  const set = goldenSets().find(({ name }) => name === MODEL);
  if (!set) throw new Error(`no goldens of ${MODEL}`);
  const [first] = await goldenCases(set);
  if (!first) throw new Error(`no case of ${MODEL}`);
  const { value } = await model.score(first.conversation);
  expect(Math.abs(value - first.golden.score)).toBeLessThanOrEqual(scoreLimit(first.golden));
}, 320_000);
