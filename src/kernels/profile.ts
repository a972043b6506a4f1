/**
 * Which variant of each hot kernel runs on a device: plain data, chosen once when the device is opened.
 */
import { InputError } from "../errors.ts";

export interface Profile {
  readonly name: string;
  /** `plain` and `shared` run everywhere; `quad` needs the feature `subgroups`. */
  readonly matmul: "plain" | "quad" | "shared";
  /** Invocations side by side along the columns of a plain or quad matmul. */
  readonly matmulWorkgroup: number;
  /** `workgroup` and `plain` run everywhere; `quad` needs the feature `subgroups`, `octet` subgroups of eight. */
  readonly attention: "workgroup" | "plain" | "quad" | "octet";
  /** `workgroup` waits at barriers, which software adapters are slow at; `plain` does not. */
  readonly norm: "workgroup" | "plain";
  /** Where pictures are resized; the bytes are the same. */
  readonly resize: "cpu" | "gpu";
}

/** What any WebGPU device can run; on software adapters the best without subgroups. */
export const PLAIN: Profile = {
  name: "plain",
  matmul: "plain",
  matmulWorkgroup: 16,
  attention: "plain",
  norm: "plain",
  resize: "cpu",
};

/**
 * Adapters that compute in software gain from few loads: sixteen rows a quad. SwiftShader and lavapipe measured 1.3 to 1.7 times
 * the speed of `plain` per second of processor.
 */
const QUAD: Profile = { ...PLAIN, name: "quad", matmul: "quad", attention: "quad" };

/** Software adapters with subgroups of eight (lavapipe), where attention gains a fifth more. */
const OCTET: Profile = { ...QUAD, name: "octet", attention: "octet" };

/** GPUs gain from workgroup memory. Not measured: no GPU was at hand. */
const SHARED: Profile = {
  ...PLAIN,
  name: "shared",
  matmul: "shared",
  attention: "workgroup",
  norm: "workgroup",
  resize: "gpu",
};

/** GPUs whose workgroup memory is no faster than their caches (Mali), or that have few registers (Adreno, PowerVR). */
const MOBILE: Profile = { ...SHARED, name: "mobile", matmul: "plain", matmulWorkgroup: 64 };

/** All profiles by name. */
export const profiles: ReadonlyMap<string, Profile> = new Map(
  [PLAIN, QUAD, OCTET, SHARED, MOBILE].map((profile) => [profile.name, profile]),
);

/** What a choice depends on. */
export interface ProfileAdapter {
  readonly software: boolean;
  readonly name: string;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
}

interface ProfileDevice {
  readonly adapter: ProfileAdapter;
  has(feature: string): boolean;
}

const MOBILE_VENDORS =
  /\b(qualcomm|adreno|arm|mali|img-tec|imagination|powervr|samsung|xclipse)\b/i;

/**
 * The profile of a device, or the one of that name.
 * @throws InputError where no profile has the name, or the device cannot run it.
 */
export function chooseProfile(device: ProfileDevice, name?: string): Profile {
  if (name !== undefined) {
    return named(device, name);
  }
  const { adapter } = device;
  if (adapter.software) {
    return [OCTET, QUAD].find((profile) => lacks(device, profile) === undefined) ?? PLAIN;
  }
  return MOBILE_VENDORS.test(adapter.name) ? MOBILE : SHARED;
}

function named(device: ProfileDevice, name: string): Profile {
  const profile = profiles.get(name);
  if (!profile) {
    const wanted = [...profiles.keys()].join(", ");
    throw new InputError({ where: "kernelProfile", what: "unknown profile", got: name, wanted });
  }
  const lacking = lacks(device, profile);
  if (lacking !== undefined) {
    throw new InputError({
      where: "kernelProfile",
      what: `this device has no ${lacking}`,
      got: name,
      wanted: [...profiles.values()]
        .filter((other) => lacks(device, other) === undefined)
        .map((other) => other.name)
        .join(", "),
    });
  }
  return profile;
}

/** What a device would need to run a profile. */
function lacks(device: ProfileDevice, profile: Profile): string | undefined {
  if ((profile.matmul === "quad" || profile.attention === "quad") && !device.has("subgroups")) {
    return "subgroups";
  }
  const { subgroupMinSize, subgroupMaxSize } = device.adapter;
  const isEight = device.has("subgroups") && subgroupMinSize === 8 && subgroupMaxSize === 8;
  return profile.attention === "octet" && !isEight ? "subgroups of eight" : undefined;
}
