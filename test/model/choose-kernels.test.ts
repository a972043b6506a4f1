/** Who chooses the kernels: the caller, the adapter, timing, or what was remembered of it. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { Device } from "../../src/gpu/device.ts";
import { chooseKernels, knownProfile } from "../../src/model/choose-kernels.ts";
import type { KernelChoice } from "../../src/model/choose-kernels.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { KernelMemory, LoadOptions } from "../../src/types.ts";
import { faultyGpu } from "../support/faulty-gpu.ts";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../support/golden.ts";
import { testDevice, testGpu } from "../support/gpu.ts";
import { fileSystemSource } from "../support/node-source.ts";
import { planParts } from "../support/plan-parts.ts";

const MODEL = "qwen3";
/** Enough for a machine that is busy with other tests. */
const AMPLE_MS = 300_000;

const { weights, config } = await planParts(MODEL);
const device = await testDevice();

async function choose(on: Device, options: LoadOptions): Promise<KernelChoice> {
  return await chooseKernels(on, knownProfile(on, options), weights, config, options, AMPLE_MS);
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
  expect(() => knownProfile(device, { kernelProfile: "fast" })).toThrow(InputError);
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

test("kernels: what is remembered is no candidate's name → timed again", async () => {
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
  const known = knownProfile(device, options);
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
