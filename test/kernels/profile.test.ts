/** Which kernels an adapter gets: no GPU is needed to choose. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { chooseProfile, profiles } from "../../src/kernels/profile.ts";

function device(
  name: string,
  software: boolean,
  features: readonly string[] = [],
  subgroup = 4,
): Parameters<typeof chooseProfile>[0] {
  const adapter = { name, software, subgroupMinSize: subgroup, subgroupMaxSize: subgroup };
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

test("profile: f16 and matrices → only if the device has the features they need", () => {
  const withF16 = device("nvidia", false, ["subgroups", "shader-f16"], 32);
  expect(chooseProfile(withF16, "half").name).toBe("half");
  expect(() => chooseProfile(withF16, "matrix")).toThrow(/no matrices of 8 × 8 in subgroups of 32/);
  expect(chooseProfile(device("apple", false, ALL, 32), "matrix").name).toBe("matrix");
  expect(() => chooseProfile(device("amd", false, ALL, 64), "matrix")).toThrow(/no matrices/);
  expect(() => chooseProfile(device("nvidia", false, ["subgroups"], 32), "half")).toThrow(
    /no shader-f16: .*got half/,
  );
  // Software adapters only emulate f16: it is never their own choice.
  expect(chooseProfile(device("lavapipe", true, ALL, 8)).name).toBe("octet");
});

test("profile: by name → that one, whatever the adapter", () => {
  for (const [name, profile] of profiles) {
    const width = name === "intel-16" ? 16 : 8;
    expect(chooseProfile(device("nvidia", false, ALL, width), name)).toBe(profile);
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
    "kernelProfile: unknown profile: expected plain, quad, octet, shared, nvidia, amd, apple, intel, intel-8, intel-16, half, matrix, mobile, adreno, got fast.",
  );
  expect(() => chooseProfile(plain, "quad")).toThrow(/no subgroups: expected plain.*got quad/);
});
