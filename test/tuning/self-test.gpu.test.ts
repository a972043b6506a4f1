/**
 * Kernels in f16 may run only if they pass the self-test. Faults that some GPUs would have are
 * planted in a matmul, or in emulated matrix units, that take the place of a tuning's own.
 */
import { afterEach, expect, test } from "vitest";
import { Device } from "../../src/gpu/device.ts";
import { lacks, profiles } from "../../src/kernels/profile.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { f16Below, matrixTunings } from "../../src/kernels/tunings.ts";
import type { MatrixTuning } from "../../src/kernels/tunings.ts";
import { selfTest, pickTrusted } from "../../src/tuning/self-test.ts";
import { UNIT_FAULTS, withEmulatedMatrices } from "../../testing/gpu/emulated-matrices.ts";
import { MATMUL_FAULTS, withFaultyMatmul, withKernels } from "../../testing/gpu/faulty-matmul.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";

const KINDS = ["matmul", "matmulQuantised"] as const;
const devices: Device[] = [];
afterEach(() => devices.splice(0).forEach((device) => device.destroy()));

/** Opens a new device, because results are remembered per device. */
async function opened(): Promise<Device> {
  const device = await Device.open(testGpu());
  devices.push(device);
  return device;
}

test.each(["shared", "quad"] as const)("self-test: %s as it is → nothing wrong", async (tuning) => {
  const device = await opened();
  for (const kind of KINDS) {
    expect(await selfTest(device, kind, tuning)).toBeUndefined();
  }
});

test("self-test: a sound matmul in the place of one → nothing wrong", async () => {
  const device = await opened();
  for (const kind of KINDS) {
    const work = async (): Promise<unknown> => await selfTest(device, kind, "shared");
    expect(await withFaultyMatmul("shared", undefined, work)).toBeUndefined();
  }
});

test.each(MATMUL_FAULTS)("self-test: %s on purpose → found", async (fault) => {
  const device = await opened();
  for (const kind of KINDS) {
    const work = async (): Promise<unknown> => await selfTest(device, kind, "shared");
    expect(await withFaultyMatmul("shared", fault, work), kind).toMatch(
      / weights, \[\d+, \d+\]: expected .*, got /,
    );
  }
});

const MATRICES = Object.keys(matrixTunings) as MatrixTuning[];
const units = await opened();
/** If there is no f16, so not on Mesa: its compilers take minutes for the loops. */
const emulated = test.skipIf(units.has("shader-f16"));

emulated.each(MATRICES)("self-test: %s, emulated → trusted, and no warning", async (tuning) => {
  const profile = profiles.get(tuning)!;
  const warnings: string[] = [];
  const got = await withEmulatedMatrices(
    tuning,
    undefined,
    async () =>
      await pickTrusted(await opened(), profile, true, (message) => warnings.push(message)),
  );
  expect([got, warnings]).toEqual([profile, []]);
});

emulated.each(UNIT_FAULTS)(
  "self-test: matrix units with %s → the kernel below, and a warning for each kind",
  async (fault) => {
    const tuning = "matrix-8x16x16-16";
    const warnings: string[] = [];
    const got = await withEmulatedMatrices(
      tuning,
      fault,
      async () =>
        await pickTrusted(await opened(), profiles.get(tuning)!, true, (message) =>
          warnings.push(message),
        ),
    );
    // "shared-16" itself needs a width that is not here, so it is not run: only named.
    const below = f16Below[tuning];
    expect(got).toEqual({ ...profiles.get(tuning)!, matmul: below, matmulQuantised: below });
    expect(warnings).toHaveLength(2);
    for (const [i, form] of [/f32|bf16|f16/, /q8|q4/].entries()) {
      expect(warnings[i]).toContain(`matmul ${tuning} failed its self-test, ${below} runs instead`);
      expect(warnings[i]).toMatch(form);
    }
  },
);

/** Where the adapter has matrix units itself (npm test -- gpus). */
const own = MATRICES.filter((name) => lacks(units, profiles.get(name)!) === undefined);

test.runIf(own.length > 0).each(own)(
  "self-test: %s as it is → trusted, no warning",
  async (name) => {
    const profile = profiles.get(name)!;
    const warnings: string[] = [];
    const got = await pickTrusted(await opened(), profile, true, (message) =>
      warnings.push(message),
    );
    expect([got, warnings]).toEqual([profile, []]);
  },
);

test("self-test: f16 that does not compile → the kernel below, and a warning for each kind", async () => {
  const device = await opened();
  const profile: Profile = profiles.get("matrix-8x8x8")!;
  const warnings: string[] = [];
  const got = await withKernels(
    "matrix-8x8x8",
    "broken",
    (kernel) => ({ ...kernel, source: `${kernel.source} of a newer language` }),
    async () => await pickTrusted(device, profile, true, (message) => warnings.push(message)),
  );
  expect(got).toEqual({ ...profile, matmul: "shared", matmulQuantised: "shared" });
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toMatch(
    /^kernels: matmul matrix-8x8x8 failed its self-test, shared runs instead: .*matmul-matrix/,
  );
  expect(device.isLost).toBe(false);
});
