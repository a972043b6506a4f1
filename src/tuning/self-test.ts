/**
 * Decides whether a matmul in f16 may run. It and the plain kernel multiply the same hostile values
 * on the actual device, and must agree within their rounding. A driver of less precision, or a
 * compiler that removes a split, makes plausible numbers that are wrong. Nothing else shows it.
 */
import { at, valueAt } from "../base/at.ts";
import type { Device } from "../gpu/device.ts";
import { COPY_DST, STORAGE } from "../gpu/usage.ts";
import type { Form, Weight, WeightPart } from "../kernels/kernel.ts";
import { linear } from "../kernels/matmul.ts";
import { PLAIN } from "../kernels/profile.ts";
import type { Profile } from "../kernels/profile.ts";
import { f16Below, isInF16 } from "../kernels/tunings.ts";
import type { MatmulTuning } from "../kernels/tunings.ts";
import { Arena } from "../pass/arena.ts";
import { PlacedWeights } from "../pass/placed-weights.ts";
import { Plan } from "../pass/plan.ts";
import { run } from "../pass/run.ts";
import { hostileRows, hostileWeight, random } from "./hostile-values.ts";
import type { HostileWeight } from "./hostile-values.ts";

/**
 * Not multiples of a tile; blocks pad the depth. The size is small for a reason: rounding grows
 * with its square, and the value of the low halves, which it must stay far below, with its root.
 */
const [ROWS, DEPTH, COLUMNS] = [67, 39, 69];

/**
 * Unit roundoffs of f32 for each product: one in the plain kernel; in the other, one for each of
 * three products, and twice that if matrix units truncate instead of rounding.
 */
const EACH = 1 + 2 * 3;
/**
 * Further roundoffs, once: twelve for splitting both factors and leaving low · low out, eight for
 * unpacking a weight in each kernel.
 */
const OTHER = 12 + 2 * 8;
const UNIT_ROUNDOFF = 2 ** -24;
/**
 * What counts as zero, as a share of the largest value of a row: f16 below 2⁻¹⁴, if the largest is
 * above 2¹⁴.
 */
const ZERO = 2 ** -28;

/** The forms of weights that each tuning of a profile multiplies. */
const FORMS: Readonly<Record<MatmulKind, readonly Form[]>> = {
  matmul: ["f32", "bf16", "f16"],
  matmulQuantised: ["q8", "q4"],
};

type MatmulKind = "matmul" | "matmulQuantised";

/** The results on each device, so that each tuning is tested once. */
const found = new WeakMap<Device, Map<string, Promise<string | undefined>>>();

/**
 * Returns the profile, in which each f16 tuning that fails is replaced by its fallback.
 * @throws GpuError if the device is lost
 */
export async function pickTrusted(
  device: Device,
  profile: Profile,
  hasQuantised: boolean,
  warn: ((message: string) => void) | undefined,
): Promise<Profile> {
  const trust = async (kind: MatmulKind, tuning: MatmulTuning): Promise<MatmulTuning> => {
    const fault = isInF16(tuning) ? await selfTest(device, kind, tuning) : undefined;
    if (!isInF16(tuning) || fault === undefined) {
      return tuning;
    }
    const below = f16Below[tuning];
    warn?.(`kernels: matmul ${tuning} failed its self-test, ${below} runs instead: ${fault}`);
    return await trust(kind, below);
  };
  const matmul = await trust("matmul", profile.matmul);
  const matmulQuantised = hasQuantised
    ? await trust("matmulQuantised", profile.matmulQuantised)
    : profile.matmulQuantised;
  return { ...profile, matmul, matmulQuantised };
}

/**
 * Returns what is wrong with a tuning on the device, or undefined.
 * @throws GpuError if the device is lost
 */
export async function selfTest(
  device: Device,
  kind: MatmulKind,
  tuning: MatmulTuning,
): Promise<string | undefined> {
  const tests = found.get(device) ?? new Map<string, Promise<string | undefined>>();
  found.set(device, tests);
  const key = `${kind} ${tuning}`;
  const test = tests.get(key) ?? compareAll(device, tuning, FORMS[kind]);
  tests.set(key, test);
  return await test;
}

async function compareAll(
  device: Device,
  tuning: MatmulTuning,
  forms: readonly Form[],
): Promise<string | undefined> {
  try {
    const faults = await Promise.all(forms.map((form) => compare(device, tuning, form)));
    return faults.find((fault) => fault !== undefined);
  } catch (error) {
    // It does not compile or run here, unless the device is lost.
    device.check();
    return String(error);
  }
}

async function compare(
  device: Device,
  tuning: MatmulTuning,
  form: Form,
): Promise<string | undefined> {
  const next = random(form.charCodeAt(0) + form.length);
  const weight = hostileWeight(form, COLUMNS, DEPTH, next);
  const x = hostileRows(ROWS, weight.columns, next);
  const profile: Profile = { ...PLAIN, matmul: tuning, matmulQuantised: tuning };
  const values = await valuesOf(device, weight);
  const plain = await multiply(device, PLAIN, x, weight);
  const other = await multiply(device, profile, x, weight);
  for (let i = 0; i < ROWS * COLUMNS; i++) {
    const [row, column] = [Math.floor(i / COLUMNS), i % COLUMNS];
    const bound = boundOf(weight.columns, x, row, values, column);
    const [got = Number.NaN, wanted = Number.NaN] = [other[i], plain[i]];
    // NaN is within no bound.
    if (!(Math.abs(got - wanted) <= bound)) {
      return `${form} weights, [${row}, ${column}]: expected ${wanted} within ${bound}, got ${got}`;
    }
  }
  return undefined;
}

/** Returns how far the two results may differ. */
function boundOf(
  depth: number,
  x: Float32Array,
  row: number,
  values: Float32Array,
  column: number,
): number {
  const sums = { products: 0, x: 0, weight: 0 };
  const most = { x: 0, weight: 0 };
  for (let k = 0; k < depth; k++) {
    const ofX = Math.abs(at(x, row * depth + k));
    const ofWeight = Math.abs(at(values, k * COLUMNS + column));
    sums.products += ofX * ofWeight;
    sums.x += ofX;
    sums.weight += ofWeight;
    most.x = Math.max(most.x, ofX);
    most.weight = Math.max(most.weight, ofWeight);
  }
  const zeros = most.x * sums.weight + most.weight * sums.x;
  return (EACH * depth + OTHER) * UNIT_ROUNDOFF * sums.products + ZERO * zeros;
}

/**
 * Returns a weight's values, [weight.columns, weight.rows], as the identity's product, which rounds
 * nothing.
 */
export async function valuesOf(device: Device, weight: HostileWeight): Promise<Float32Array> {
  const length = weight.columns ** 2;
  const identity = Float32Array.from({ length }, (_, i) => (i % (weight.columns + 1) ? 0 : 1));
  return await multiply(device, PLAIN, identity, weight);
}

/** Computes x [rows, weight.columns] · weightᵀ under a profile. */
export async function multiply(
  device: Device,
  profile: Profile,
  x: Float32Array,
  { form, rows, columns, words }: HostileWeight,
): Promise<Float32Array> {
  const plan = new Plan(profile);
  const { byteLength } = words;
  const label = "self-test";
  const own = { kind: "weight", key: label, group: label } as const;
  const part: WeightPart = { ...own, firstRow: 0, rows, byteLength };
  const weight: Weight = { label, group: label, form, rows, columns, parts: [part] };
  plan.output("out", linear(plan, label, plan.input("x", x, x.length / columns), weight));
  const weights = new PlacedWeights(device);
  const arena = new Arena(device);
  try {
    await device.scoped(label, () =>
      device.gpu.queue.writeBuffer(weights.make(part, STORAGE | COPY_DST), 0, words),
    );
    const outputs = await run(device, arena, weights, plan);
    return valueAt(outputs, "out");
  } finally {
    arena.destroy();
    weights.destroy();
  }
}
