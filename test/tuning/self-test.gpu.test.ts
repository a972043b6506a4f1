/**
 * Kernels in f16 may run only if they pass the self-test. Faults that some GPUs would have are
 * planted in a kernel that runs here.
 */
import { afterEach, expect, test } from "vitest";
import { Device } from "../../src/gpu/device.ts";
import type { Form, Kernel } from "../../src/kernels/kernel.ts";
import { matmulKernels } from "../../src/kernels/matmul.ts";
import { lacks, profiles } from "../../src/kernels/profile.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { f16Below } from "../../src/kernels/tunings.ts";
import { isQuantised } from "../../src/kernels/weight-forms.ts";
import { selfTest, pickTrusted } from "../../src/tuning/self-test.ts";
import { F16_FAULTS, planted } from "../kernels/f16-faults.ts";
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

const TARGET = "x_tile[x_at + i * X_STRIDE] = ";
const STAGED: string = `${TARGET}turned[i]`;
/**
 * The faults of careless f16 in x, and of a GPU in sums, by what is staged or summed
 * instead.
 */
const FAULTS: readonly (readonly [string, string, string])[] = [
  [
    "the low half lost",
    STAGED,
    `${TARGET}bitcast<vec4<f32>>(bitcast<vec4<u32>>(turned[i]) & vec4(0xffffe000u))`,
  ],
  [
    "not scaled, cut at f16's largest",
    STAGED,
    `${TARGET}clamp(turned[i], vec4(-65504.0), vec4(65504.0))`,
  ],
  [
    "not scaled, too small for f16",
    STAGED,
    `${TARGET}select(vec4(0.0), turned[i], abs(turned[i]) > vec4(0x1p-24))`,
  ],
  ["sums in f16", "a1 += upper.y * low", "a1 = quantizeToF16(a1 + upper.y * low)"],
  ["the last row of another", "params.rows - 1u", "params.rows - 2u"],
];

test.each(FAULTS)("self-test: %s on purpose → found", async (_, from, to) => {
  const device = await opened();
  const { shared } = matmulKernels;
  const sound = { ...shared };
  const faulty = Object.entries(sound).map(([form, kernel]): [string, Kernel] => {
    const source = kernel.source.replaceAll(from, to);
    expect(source).not.toBe(kernel.source);
    return [form, { ...kernel, source }];
  });
  Object.assign(shared, Object.fromEntries(faulty) as Record<Form, Kernel>);
  try {
    for (const kind of KINDS) {
      expect(await selfTest(device, kind, "shared"), kind).toMatch(
        / weights, \[\d+, \d+\]: expected .*, got /,
      );
    }
  } finally {
    Object.assign(shared, sound);
  }
});

const inF16 = await opened();
/**
 * Where the adapter has f16 itself (npm test -- gpus): the kernels that take it, sound and with the
 * faults of their own.
 */
const f16Profiles = (["half", "matrix"] as const).filter(
  (name) => lacks(inF16, profiles.get(name)!) === undefined,
);

test.runIf(f16Profiles.length > 0).each(f16Profiles)(
  "self-test: %s as it is → trusted, and no warning",
  async (name) => {
    const profile = profiles.get(name)!;
    const warnings: string[] = [];
    const got = await pickTrusted(await opened(), profile, true, (message) =>
      warnings.push(message),
    );
    expect([got, warnings]).toEqual([profile, []]);
  },
);

const f16Faults = F16_FAULTS.filter(({ variant }) => f16Profiles.includes(variant));
test.each(f16Faults)(
  "self-test: $variant of $form, $what on purpose → the kernel below, and a warning",
  async (fault) => {
    const { variant, form } = fault;
    const warnings: string[] = [];
    // The other matmul is the sound one of f32: only the one that is planted is tested.
    const kind = isQuantised(form) ? "matmulQuantised" : "matmul";
    const profile: Profile = { ...profiles.get("shared")!, [kind]: variant };
    const got = await planted(
      fault,
      async () =>
        await pickTrusted(await opened(), profile, true, (message) => warnings.push(message)),
    );
    const below = f16Below[variant];
    expect(got).toEqual({ ...profile, [kind]: below });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`matmul ${variant} failed its self-test, ${below} runs instead`);
    expect(warnings[0]).toContain(`: ${form} weights, [`);
  },
);

test("self-test: f16 that does not compile → the kernel below, and a warning for each kind", async () => {
  const device = await opened();
  const { half } = matmulKernels;
  const sound = { ...half };
  const broken = Object.entries(sound).map(([form, kernel]): [string, Kernel] => [
    form,
    { ...kernel, source: `${kernel.source} of a newer language` },
  ]);
  Object.assign(half, Object.fromEntries(broken) as Record<Form, Kernel>);
  const warnings: string[] = [];
  try {
    const profile = profiles.get("half")!;
    const got = await pickTrusted(device, profile, true, (message) => warnings.push(message));
    expect(got).toEqual({ ...profile, matmul: "shared", matmulQuantised: "shared" });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(
      /^kernels: matmul half failed its self-test, shared runs instead: .*matmul-half/,
    );
    expect(device.isLost).toBe(false);
  } finally {
    Object.assign(half, sound);
  }
});
