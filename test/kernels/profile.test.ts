/** Which kernels an adapter gets: no GPU is needed to choose. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { chooseProfile, lacks, profiles } from "../../src/kernels/profile.ts";
import type { ProfileDevice } from "../../src/kernels/profile.ts";
import { isInF16, matmulTunings, matrixTunings } from "../../src/kernels/tunings.ts";

function device(
  name: string,
  software: boolean,
  features: readonly string[] = [],
  subgroup = 4,
  matrices: readonly (readonly number[])[] = [],
): Parameters<typeof chooseProfile>[0] {
  const widths = { subgroupMinSize: subgroup, subgroupMaxSize: subgroup };
  const adapter = { name, software, ...widths, matrices };
  return { adapter, has: (feature: string) => features.includes(feature) };
}

test.each([
  ["google swiftshader", true, ["subgroups"], "quad"],
  ["Firefox's software adapter, without subgroups", true, [], "plain"],
  ["nvidia ampere", false, ["subgroups"], "nvidia"],
  ["apple metal-3", false, [], "apple"],
  ["intel gen-12lp", false, ["subgroups"], "intel"],
  ["amd rdna-3", false, ["subgroups"], "amd"],
  ["unnamed adapter", false, [], "shared"],
  ["qualcomm adreno-7xx", false, ["subgroups"], "adreno"],
  ["arm valhall", false, [], "mobile"],
] as const)("profile: %s → chosen by what it is", (name, software, features, wanted) => {
  expect(chooseProfile(device(name, software, features)).name).toBe(wanted);
});

const ALL = [
  "subgroups",
  "shader-f16",
  "subgroup-size-control",
  "chromium-experimental-subgroup-matrix",
];

test.each([
  ["apple metal-3", "matrix-8x8x8", [8, 8, 8], 32, 32],
  ["intel gen-12hp", "matrix-8x8x16-8", [8, 8, 16], 8, 32],
  ["intel xe-2hpg", "matrix-8x16x16-16", [8, 16, 16], 16, 32],
  ["nvidia ampere", "matrix-16x16x16", [16, 16, 16], 32, 32],
  ["amd rdna-3", "matrix-16x16x16-32", [16, 16, 16], 32, 64],
] as const)(
  "profile: matrix units of %s → %s among its rivals",
  (name, tuning, shape, least, most) => {
    const widths = { subgroupMinSize: least, subgroupMaxSize: most };
    const on = (without: string, matrices: readonly (readonly number[])[]): ProfileDevice => ({
      adapter: { name, software: false, ...widths, matrices },
      has: (feature) => feature !== without && ALL.includes(feature),
    });
    const whole = on("", [[16, 8, 16], shape]);
    const runs = chooseProfile(whole).rivals.matmul.filter(
      (rival) => lacks(whole, { ...chooseProfile(whole), matmul: rival }) === undefined,
    );
    expect(runs.filter(isInF16)).toEqual([tuning]);
    expect(chooseProfile(whole, tuning).matmul).toBe(tuning);
    expect(() => chooseProfile(on("shader-f16", [shape]), tuning)).toThrow(
      /no shader-f16: .*got matrix/,
    );
    expect(() => chooseProfile(on("", [[16, 8, 16]]), tuning)).toThrow(
      new RegExp(`no matrices of ${shape.join(" × ")}`),
    );
    expect(() =>
      chooseProfile(on("chromium-experimental-subgroup-matrix", [shape]), tuning),
    ).toThrow(/no matrices of/);
    // Without a name the width must be the only one.
    const isNamed = tuning.split("-").length > 2;
    const unsized = on("subgroup-size-control", [shape]);
    if (isNamed)
      expect(() => chooseProfile(unsized, tuning)).toThrow(/no subgroups of .* by choice/);
    else expect(chooseProfile(unsized, tuning).matmul).toBe(tuning);
  },
);

test("profile: matrix units whose subgroups may be wider, no width named → not used", () => {
  const wide = device("amd", false, ALL, 64, [[16, 16, 16]]);
  expect(() => chooseProfile(wide, "matrix-16x16x16")).toThrow(/no subgroups of 32 alone/);
  // Software adapters only emulate f16: it is never their own choice.
  expect(chooseProfile(device("lavapipe", true, ALL, 8, [[8, 8, 8]])).name).toBe("octet");
});

test("profile: by name → that one, whatever the adapter", () => {
  for (const [name, profile] of profiles) {
    const tile = matmulTunings[profile.matmul];
    const width = tile.variant === "matrix" ? tile.width : name === "intel-16" ? 16 : 8;
    const shapes = Object.values(matrixTunings).map(({ shape }) => shape);
    expect(chooseProfile(device("nvidia", false, ALL, width, shapes), name)).toBe(profile);
  }
});

test.each([
  ["Gen12", 8, 32, "intel-8"],
  ["Xe2", 16, 32, "intel-16"],
  ["a width that no tuning has", 32, 32, "intel"],
])("profile: Intel's %s, subgroups of %i to %i → the width named", (_, least, most, wanted) => {
  const intel = device("intel xe", false, ["subgroups", "subgroup-size-control"]);
  const adapter = { ...intel.adapter, subgroupMinSize: least, subgroupMaxSize: most };
  expect(chooseProfile({ ...intel, adapter }).name).toBe(wanted);
  // Without the feature the compiler chooses.
  expect(chooseProfile({ adapter, has: () => false }).name).toBe("intel");
  expect(() => chooseProfile({ adapter, has: () => false }, "intel-8")).toThrow(
    /no subgroups of 8 by choice/,
  );
});

test("profile: software subgroups of eight → octet, which no other size may have", () => {
  expect(chooseProfile(device("lavapipe", true, ["subgroups"], 8)).name).toBe("octet");
  expect(() => chooseProfile(device("nvidia", false, ["subgroups"], 32), "octet")).toThrow(
    "kernelProfile: this device has no subgroups of eight: expected plain, quad, shared, nvidia, amd, apple, intel, mobile, adreno, got octet.",
  );
});

test("profile: an unknown name, or one that needs what the device lacks → InputError", () => {
  const plain = device("nvidia", false);
  expect(() => chooseProfile(plain, "fast")).toThrow(InputError);
  expect(() => chooseProfile(plain, "fast")).toThrow(
    "kernelProfile: unknown profile: expected plain, quad, octet, shared, nvidia, amd, apple, intel, intel-8, intel-16, matrix-8x8x8, matrix-8x8x8-8, matrix-8x8x16-8, matrix-8x16x16-16, matrix-16x16x16, matrix-16x16x16-32, mobile, adreno, got fast.",
  );
  expect(() => chooseProfile(plain, "quad")).toThrow(/no subgroups: expected plain.*got quad/);
});
