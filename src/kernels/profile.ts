/**
 * Chooses which tuning of each hot kernel runs on a device. A profile is plain data: the known best
 * tunings for a kind of adapter. `tune.ts` may replace them by rivals that are faster on the actual
 * adapter.
 */
import { InputError } from "../errors.ts";
import { SUBGROUP_MATRIX, SUBGROUP_SIZE_CONTROL } from "../gpu/device.ts";
import { attentionTunings, matmulTunings, matrixTunings } from "./tunings.ts";
import type { AttentionTuning, MatmulTuning, MatrixTile, MatrixTuning } from "./tunings.ts";

export interface Profile {
  readonly name: string;
  readonly matmul: MatmulTuning;
  /** The matmul of weights in blocks, which are unpacked while they are read. */
  readonly matmulQuantised: MatmulTuning;
  readonly attention: AttentionTuning;
  /** `workgroup` waits at barriers, which are slow on software adapters; `plain` does not. */
  readonly norm: "workgroup" | "plain";
  /** Which processor resizes pictures; the bytes are the same. */
  readonly resize: "cpu" | "gpu";
  /** Tunings that may be faster. They are timed on a new adapter. */
  readonly rivals: {
    readonly matmul: readonly MatmulTuning[];
    readonly attention: readonly AttentionTuning[];
  };
}

/** Runs on any WebGPU device. The best on software adapters without subgroups. */
export const PLAIN: Profile = {
  name: "plain",
  matmul: "plain",
  matmulQuantised: "plain",
  attention: "plain",
  norm: "plain",
  resize: "cpu",
  rivals: { matmul: ["plain-64"], attention: ["workgroup"] },
};

/**
 * Software adapters gain from few loads: sixteen rows a quad. SwiftShader and lavapipe measured 1.3
 * to 1.7 times the speed of `plain` per second of processor.
 */
const QUAD: Profile = {
  ...PLAIN,
  name: "quad",
  matmul: "quad",
  matmulQuantised: "quad",
  attention: "quad",
  rivals: { matmul: ["plain"], attention: ["plain"] },
};

/** Software adapters with subgroups of eight (lavapipe): attention gains a fifth more. */
const OCTET: Profile = {
  ...QUAD,
  name: "octet",
  attention: "octet",
  rivals: { matmul: ["plain"], attention: ["quad"] },
};

/** They may be faster on real GPUs. Software adapters only emulate f16. */
const MATRICES = Object.keys(matrixTunings) as MatrixTuning[];

/**
 * GPUs gain from workgroup memory. No GPU was at hand, so this profile and those below are chosen
 * by what compilers make of the kernels (docs/compiled.md): spills first, then the share of
 * multiply-adds, then the bytes of workgroup memory a product. Rivals are what such counts cannot
 * decide: they are timed on the user's GPU.
 */
const SHARED: Profile = {
  ...PLAIN,
  name: "shared",
  matmul: "shared",
  matmulQuantised: "shared",
  attention: "workgroup",
  norm: "workgroup",
  resize: "gpu",
  // Of an unknown GPU the matrix units may be any.
  rivals: { matmul: ["shared-low", "shared-tall", ...MATRICES], attention: ["workgroup-tall"] },
};

/**
 * `shared-tall` has the share, registers and occupancy of `shared`, and needs a sixth less from the
 * cache; with few rows it has fewer workgroups. `shared-low` has a fifth less of multiply-adds.
 */
const NVIDIA: Profile = {
  ...SHARED,
  name: "nvidia",
  matmul: "shared-tall",
  matmulQuantised: "shared-tall",
  attention: "workgroup-tall",
  rivals: {
    matmul: ["shared", "matrix-16x16x16"],
    attention: ["workgroup", "workgroup-deep", "workgroup-wide"],
  },
};

/**
 * `shared-low` has five points less, but fits ten waves, not eight, and may hide more latency.
 * `workgroup-deep` has five points more than `workgroup-tall` for heads of 128, but fits six waves;
 * `workgroup-wide` has six more for heads of 80, but wastes more on short segments.
 */
const AMD: Profile = {
  ...SHARED,
  name: "amd",
  attention: "workgroup-tall",
  rivals: {
    matmul: ["shared-tall", "shared-low", "matrix-16x16x16-32"],
    attention: ["workgroup", "workgroup-deep", "workgroup-wide"],
  },
};

/** Spills: `quad-64` 520 registers, `plain-64` 20, `workgroup-deep` 10, `workgroup-wide` 93. */
const APPLE: Profile = {
  ...SHARED,
  name: "apple",
  attention: "workgroup-tall",
  rivals: { matmul: ["shared-tall", "shared-low", "matrix-8x8x8"], attention: ["workgroup"] },
};

/**
 * Its widest subgroups have half the registers of others: `shared-rows` spills none, `shared-low`
 * 222 and `shared` 364, `workgroup-narrow` 8 at most and `workgroup` 330. The rivals may win if a
 * compiler chooses narrower subgroups (as Windows' may).
 */
const INTEL: Profile = {
  ...SHARED,
  name: "intel",
  matmul: "shared-rows",
  matmulQuantised: "shared-rows",
  attention: "workgroup-narrow",
  rivals: { matmul: ["shared", "shared-low"], attention: ["workgroup"] },
};

/**
 * The same with named widths of subgroups: 8 on Gen12, 16 on Xe2. Their compilers choose twice
 * that,
 * for which no tile's sums fit the registers (`npm run bench -- isa`).
 */
const INTEL_8: Profile = {
  ...INTEL,
  name: "intel-8",
  matmul: "shared-8",
  matmulQuantised: "shared-8",
  attention: "workgroup-tall-8",
  rivals: { matmul: ["shared-low", "matrix-8x8x16-8"], attention: ["workgroup"] },
};
const INTEL_16: Profile = {
  ...INTEL_8,
  name: "intel-16",
  matmul: "shared-16",
  matmulQuantised: "shared-16",
  attention: "workgroup-tall-16",
  rivals: { ...INTEL_8.rivals, matmul: ["shared-low", "matrix-8x16x16-16"] },
};

/** The matrix units, if WebGPU has them: a profile for each tuning, by its name. */
const MATRIX: readonly Profile[] = MATRICES.map((name) => ({
  ...SHARED,
  name,
  matmul: name,
  matmulQuantised: name,
}));

/**
 * GPUs whose workgroup memory is not faster than their caches (Mali, PowerVR). No compiler of
 * theirs
 * could be asked, so the question is left to timing.
 */
const MOBILE: Profile = {
  ...SHARED,
  name: "mobile",
  matmul: "plain-64",
  matmulQuantised: "plain-64",
  rivals: { matmul: ["shared", "shared-low"], attention: ["plain"] },
};

/**
 * `plain-64` spills, and has 62 % of multiply-adds (43 in q8) where `shared` has 79 (74); plain
 * attention spills 264 registers. `shared-tall` spills on the 660. `workgroup-wide` has six points
 * more than `workgroup-tall` for heads of 80, and fewer loads; the latter wastes less on short
 * segments.
 */
const ADRENO: Profile = {
  ...SHARED,
  name: "adreno",
  attention: "workgroup-wide",
  rivals: { matmul: ["shared-low"], attention: ["workgroup", "workgroup-tall"] },
};

/** All profiles by name. */
export const profiles: ReadonlyMap<string, Profile> = new Map(
  [
    PLAIN,
    QUAD,
    OCTET,
    SHARED,
    NVIDIA,
    AMD,
    APPLE,
    INTEL,
    INTEL_8,
    INTEL_16,
    ...MATRIX,
    MOBILE,
    ADRENO,
  ].map((each) => [each.name, each]),
);

/** The facts that a choice depends on. */
export interface ProfileAdapter {
  readonly software: boolean;
  readonly name: string;
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** What its matrix units multiply in f16, with sums in f32. */
  readonly matrices: readonly (readonly number[])[];
}

export interface ProfileDevice {
  readonly adapter: ProfileAdapter;
  has(feature: string): boolean;
}

/**
 * The GPU's vendor by words of its name: browsers give vendor and architecture, drivers the full
 * name.
 */
const VENDORS: readonly (readonly [RegExp, Profile])[] = [
  [/\b(qualcomm|adreno)\b/i, ADRENO],
  [/\b(arm|mali|img-tec|imagination|powervr|samsung|xclipse)\b/i, MOBILE],
  [/\bapple\b/i, APPLE],
  [/\b(nvidia|geforce|quadro|tesla)\b/i, NVIDIA],
  [/\b(amd|radeon|ati)\b/i, AMD],
  [/\bintel\b/i, INTEL],
];

/**
 * Returns the profile of a device, or the one of that name.
 * @throws InputError if no profile has the name, or the device cannot run it.
 */
export function chooseProfile(device: ProfileDevice, name?: string): Profile {
  if (name !== undefined) {
    return findNamed(device, name);
  }
  const { adapter } = device;
  if (adapter.software) {
    return [OCTET, QUAD].find((profile) => lacks(device, profile) === undefined) ?? PLAIN;
  }
  const found = VENDORS.find(([words]) => words.test(adapter.name))?.[1] ?? SHARED;
  const sized = found === INTEL ? [INTEL_8, INTEL_16] : [];
  return sized.find((profile) => lacks(device, profile) === undefined) ?? found;
}

function findNamed(device: ProfileDevice, name: string): Profile {
  const profile = profiles.get(name);
  if (!profile) {
    const wanted = [...profiles.keys()].join(", ");
    throw new InputError({
      where: "kernelProfile",
      what: "unknown profile",
      got: name,
      expected: wanted,
    });
  }
  const lacking = lacks(device, profile);
  if (lacking !== undefined) {
    throw new InputError({
      where: "kernelProfile",
      what: `this device has no ${lacking}`,
      got: name,
      expected: [...profiles.values()]
        .filter((other) => lacks(device, other) === undefined)
        .map((other) => other.name)
        .join(", "),
    });
  }
  return profile;
}

/**
 * Returns the first feature that the device lacks for a profile (without its rivals), or undefined.
 */
export function lacks(
  device: ProfileDevice,
  { matmul, matmulQuantised, attention }: Omit<Profile, "rivals">,
): string | undefined {
  const variants = [matmul, matmulQuantised].map((tuning) => matmulTunings[tuning].variant);
  const attends = attentionTunings[attention].variant;
  if ((variants.includes("quad") || attends === "quad") && !device.has("subgroups")) {
    return "subgroups";
  }
  for (const tile of [matmul, matmulQuantised].map((tuning) => matmulTunings[tuning])) {
    const lacking =
      tile.variant === "shared"
        ? lacksSize(device, tile.subgroup)
        : tile.variant === "matrix"
          ? lacksMatrix(device, tile)
          : undefined;
    if (lacking !== undefined) return lacking;
  }
  const tile = attentionTunings[attention];
  const lacking = tile.variant === "workgroup" ? lacksSize(device, tile.subgroup) : undefined;
  if (lacking !== undefined) return lacking;
  const { subgroupMinSize, subgroupMaxSize } = device.adapter;
  const isEight = device.has("subgroups") && subgroupMinSize === 8 && subgroupMaxSize === 8;
  return attends === "octet" && !isEight ? "subgroups of eight" : undefined;
}

/** Returns what the device lacks for its matrix units to be used so, or undefined. */
function lacksMatrix(
  device: ProfileDevice,
  { shape, width, isNamed }: MatrixTile,
): string | undefined {
  if (!device.has("shader-f16")) return "shader-f16";
  const { matrices, subgroupMinSize, subgroupMaxSize } = device.adapter;
  const has = matrices.some((own) => own.every((size, i) => size === shape[i]));
  if (!device.has(SUBGROUP_MATRIX) || !has) return `matrices of ${shape.join(" × ")}`;
  if (isNamed) return lacksSize(device, width);
  const isFixed = subgroupMinSize === width && subgroupMaxSize === width;
  return isFixed ? undefined : `subgroups of ${width} alone`;
}

/** Returns what the device lacks for subgroups of a width, or undefined. */
function lacksSize(device: ProfileDevice, size: number | undefined): string | undefined {
  if (size === undefined) return undefined;
  const { subgroupMinSize, subgroupMaxSize } = device.adapter;
  return device.has(SUBGROUP_SIZE_CONTROL) && subgroupMinSize <= size && size <= subgroupMaxSize
    ? undefined
    : `subgroups of ${size} by choice`;
}
