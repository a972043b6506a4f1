/**
 * Every tuning of the matmul with every form of weight, on the same awkward shapes, against double
 * precision. Bounds are the standard ones of summing in f32, so that they hold for any order and
 * any GPU.
 */
import { describe, expect, test } from "vitest";
import type { Form } from "../../src/kernels/kernel.ts";
import { PLAIN, lacks } from "../../src/kernels/profile.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { isInF16, matmulTunings, matrixTunings } from "../../src/kernels/tunings.ts";
import type { MatmulTuning, MatrixTuning } from "../../src/kernels/tunings.ts";
import { hostileRows, random } from "../../src/tuning/hostile-values.ts";
import { matmul, swiglu } from "../../testing/reference/matmul.ts";
import type { Bounded } from "../../testing/reference/matmul.ts";
import { compareRounding } from "../../testing/compare.ts";
import { testDevice } from "../../testing/gpu/gpu.ts";
import { UNIT_FAULTS, withEmulatedMatrices } from "../../testing/gpu/emulated-matrices.ts";
import { MATMUL_FAULTS, withFaultyMatmul } from "../../testing/gpu/faulty-matmul.ts";
import type { MatmulFault } from "../../testing/gpu/faulty-matmul.ts";
import { exactValues, packWeight, runMatmul as runOn } from "./matmul-cases.ts";
import type { MatmulRun, PackedWeight } from "./matmul-cases.ts";

const device = await testDevice();

const FORMS: readonly Form[] = ["f32", "bf16", "f16", "q8", "q4"];
/**
 * A profile of each tuning that this adapter can run. SwiftShader has no matrix units: there they
 * are emulated, one tuning for each size. Mesa's compilers take minutes for that, and Mesa 26 has
 * some.
 */
const variants: readonly Profile[] = (Object.keys(matmulTunings) as MatmulTuning[])
  .map((name) => ({ ...PLAIN, name, matmul: name, matmulQuantised: name }))
  .filter((profile) => {
    const lacking = lacks(device, profile);
    if (lacking === undefined || isEmulated(profile.matmul)) return true;
    test.skip(`matmul ${profile.name}: ${device.adapter.name} has no ${lacking}`, () => {});
    return false;
  });

function isEmulated(tuning: MatmulTuning): boolean {
  if (!isInF16(tuning) || device.has("shader-f16")) return false;
  const sizeOf = (name: string): string => {
    const { shape, width } = matrixTunings[name as MatrixTuning];
    return `${shape.join()} ${width}`;
  };
  const first = Object.keys(matrixTunings).find((name) => sizeOf(name) === sizeOf(tuning));
  return first === tuning;
}

/**
 * Runs a matmul under a profile, with emulated units if the device lacks them.
 * @param emulation false if the kernel in the tuning's place needs no units
 */
async function runMatmul(
  profile: Profile,
  given: MatmulRun,
  emulation = true,
): Promise<Float32Array> {
  const { matmul: tuning } = profile;
  const work = async (): Promise<Float32Array> => await runOn(device, profile, given);
  const needsUnits = emulation && isInF16(tuning) && lacks(device, profile) !== undefined;
  return needsUnits ? await withEmulatedMatrices(tuning, undefined, work) : await work();
}

/**
 * The first tuning of a variant reads every form, and so do matrix units that are there; others
 * differ in constants, not in how they read.
 */
function formsOf(profile: Profile): readonly Form[] {
  const { matmul: own } = profile;
  const { variant } = matmulTunings[own];
  const first = variants.find(({ matmul: other }) => matmulTunings[other].variant === variant);
  const hasUnits = isInF16(own) && lacks(device, profile) === undefined;
  return first?.matmul === own || hasUnits ? FORMS : ["f32", "q4"];
}

/** [rows, depth, columns] */
const SHAPES: readonly (readonly [number, number, number])[] = [
  [1, 4, 1],
  [1, 128, 128],
  [7, 20, 3],
  [8, 32, 8],
  [9, 36, 9],
  [15, 250, 7],
  [16, 64, 128],
  [17, 250, 129],
  [63, 20, 63],
  [64, 16, 64],
  [65, 68, 65],
  [129, 20, 66],
  [300, 48, 251],
  [3, 3584, 64],
];

describe.each(variants)("matmul $name", (profile) => {
  test.each(formsOf(profile))(
    "%s weights: fourteen awkward shapes → within rounding",
    async (form) => {
      for (const [rows, depth, columns] of SHAPES) {
        const x = exactValues(rows * depth, rows);
        const packed = packWeight(form, exactValues(columns * depth, depth), columns, depth);
        const { wanted, bounds } = reference(profile, { rows, x, packed });
        const got = await runMatmul(profile, { rows, x, packed });
        const subject = { name: `${profile.name} ${form} of ${depth}`, shape: [rows, columns] };
        expect(got).toBeWithinRounding(wanted, bounds, subject);
      }
    },
  );

  test.each(formsOf(profile))(
    "%s weights: bias and residual, in three parts → added in place",
    async (form) => {
      const [rows, depth, columns] = [19, 52, 43];
      const x = exactValues(rows * depth, 1);
      const packed = packWeight(form, exactValues(columns * depth, 2), columns, depth, 16);
      const bias = exactValues(columns, 3);
      const residual = exactValues(rows * columns, 4);
      const { wanted, bounds } = reference(profile, { rows, x, packed, bias, residual });
      const got = await runMatmul(profile, { rows, x, packed, bias, residual });
      const subject = { name: `${profile.name} ${form}`, shape: [rows, columns] };
      expect(got).toBeWithinRounding(wanted, bounds, subject);
    },
  );

  test.each(formsOf(profile))(
    "%s weights: SwiGLU of 4, 11 and 70 gates → within rounding",
    async (form) => {
      for (const [gates, hasBias] of [
        [4, true],
        [11, false],
        [70, true],
      ] as const) {
        const [rows, depth] = [18, 40];
        const x = exactValues(rows * depth, gates);
        const both = [1, 2].map((seed) => exactValues(gates * depth, seed));
        const weight = interleaved(both, gates, depth);
        const columns = weight.length / depth;
        const packed = packWeight(form, weight, columns, depth, 16);
        const biases = hasBias ? [3, 4].map((seed) => exactValues(gates, seed)) : undefined;
        const bias = biases && interleaved(biases, gates, 1);
        const product = reference(profile, { rows, x, packed, bias });
        const wanted = swiglu(
          pick(product, rows, columns, gates, 0),
          pick(product, rows, columns, gates, 4),
        );
        const got = await runMatmul(profile, { rows, x, packed, bias, gates });
        const subject = { name: `${profile.name} ${form} SwiGLU`, shape: [rows, gates] };
        expect(got).toBeWithinRounding(wanted.wanted, wanted.bounds, subject);
      }
    },
  );

  test("hostile values: beyond f16, tiny, all equal, cancelling → within rounding", async () => {
    const [rows, depth, columns] = [17, 72, 24];
    const cases: readonly (readonly [string, Float32Array, Float32Array])[] = [
      [
        "beyond f16",
        scaled(exactValues(rows * depth, 1), 2 ** 20),
        exactValues(columns * depth, 2),
      ],
      ["tiny", scaled(exactValues(rows * depth, 1), 2 ** -100), exactValues(columns * depth, 2)],
      ["equal", new Float32Array(rows * depth).fill(3), new Float32Array(columns * depth).fill(-7)],
      ["cancelling", alternating(rows * depth, 2 ** 24), new Float32Array(columns * depth).fill(1)],
    ];
    for (const [name, x, weight] of cases) {
      for (const form of formsOf(profile).filter((one) => one !== "f16")) {
        const packed = packWeight(form, weight, columns, depth);
        const { wanted, bounds } = reference(profile, { rows, x, packed });
        const got = await runMatmul(profile, { rows, x, packed });
        const subject = { name: `${profile.name} ${form} ${name}`, shape: [rows, columns] };
        expect(got).toBeWithinRounding(wanted, bounds, subject);
      }
    }
  });

  test.each(formsOf(profile))(
    "%s weights, lengths 1 to 1,000: outlier channels, past 65,504, all bits of f32 → within rounding",
    async (form) => {
      const [depth, columns] = [39, 37];
      for (const rows of [1, 31, 32, 33, 63, 64, 65, 1000]) {
        const x = hostileRows(rows, depth, random(rows));
        const run = { profile, form, x, rows, columns };
        const { got, wanted, bounds } = await hostileProduct(run);
        const subject = { name: `${profile.name} ${form} hostile`, shape: [rows, columns] };
        expect(got).toBeWithinRounding(wanted, bounds, subject);
      }
    },
  );
});

/** One for each of the two bounds: products of f32, and of split f16. */
test.each(["plain", "matrix-16x16x16"] as const)(
  "planted faults: a matmul with each in the place of %s → found; a sound one → not",
  async (tuning) => {
    const profile: Profile = { ...PLAIN, name: tuning, matmul: tuning };
    const failing = async (fault: MatmulFault | undefined): Promise<number> => {
      const [rows, depth, columns] = [21, 39, 37];
      const x = hostileRows(rows, depth, random(1));
      const run = { profile, form: "f32", x, rows, columns, emulation: false } as const;
      const { got, wanted, bounds } = await withFaultyMatmul(
        tuning,
        fault,
        async () => await hostileProduct(run),
      );
      const subject = { name: tuning, shape: [rows, columns] };
      return compareRounding(got, wanted, bounds, subject).failed;
    };
    expect(await failing(undefined)).toBe(0);
    for (const fault of MATMUL_FAULTS) expect(await failing(fault), fault).toBeGreaterThan(0);
    // One row of the last tile, and nothing else.
    expect(await failing("the last row of another")).toBeLessThanOrEqual(37);
  },
);

test.skipIf(device.has("shader-f16")).each(UNIT_FAULTS)(
  "matmul by matrix units with %s → found",
  async (fault) => {
    const tuning = "matrix-16x16x16";
    const profile: Profile = { ...PLAIN, name: tuning, matmul: tuning };
    const [rows, depth, columns] = [21, 39, 37];
    const x = hostileRows(rows, depth, random(1));
    const run = { profile, form: "bf16", x, rows, columns, emulation: false } as const;
    const subject = { name: tuning, shape: [rows, columns] };
    const isFound = async (planted: typeof fault | undefined): Promise<boolean> => {
      const { got, wanted, bounds } = await withEmulatedMatrices(
        tuning,
        planted,
        async () => await hostileProduct(run),
      );
      return !compareRounding(got, wanted, bounds, subject).pass;
    };
    expect([await isFound(undefined), await isFound(fault)]).toEqual([false, true]);
  },
);

interface HostileRun {
  readonly profile: Profile;
  readonly form: Form;
  readonly x: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly emulation?: boolean;
}

/** x times weights as hostile as the form allows: the product, and what it should be. */
async function hostileProduct({
  profile,
  form,
  x,
  rows,
  columns,
  emulation,
}: HostileRun): Promise<Bounded & { got: Float32Array }> {
  const depth = x.length / rows;
  const packed = packWeight(form, hostileValues(form, columns, depth), columns, depth);
  const got = await runMatmul(profile, { rows, x, packed }, emulation);
  return { got, ...reference(profile, { rows, x, packed }) };
}

/** Values that the form holds exactly, or that it is quantised from: f16 has not the range. */
function hostileValues(form: Form, rows: number, columns: number): Float32Array {
  if (form === "f16") return exactValues(rows * columns, rows);
  const values = hostileRows(rows, columns, random(rows));
  if (form !== "bf16") return values;
  return new Float32Array(new Uint32Array(values.buffer).map((bits) => bits & 0xffff0000).buffer);
}

test.each(variants)("matmul $name: columns past the end → zeros for the next", async (profile) => {
  // The second product reads rows of eight, whose last two values no column of the first has made.
  const [rows, depth, columns] = [3, 4, 6];
  const x = exactValues(rows * depth, 1);
  const packed = packWeight("f32", exactValues(columns * depth, 2), columns, depth);
  const bias = Float32Array.of(1, 2, 3, 4, 5, 6);
  const first = await runMatmul(profile, { rows, x, packed, bias });
  // Blocks of q4 are padded with zeros that do not read as zero: its lowest value is 1.
  const second = packWeight(
    "q4",
    exactValues(5 * columns, 3).map((v) => v + 2),
    5,
    columns,
  );
  const { wanted, bounds } = reference(profile, { rows, x: first, packed: second });
  const got = await runMatmul(profile, { rows, x, packed, bias, second });
  expect(got).toBeWithinRounding(wanted, bounds, { name: profile.name, shape: [rows, 5] });
});

function reference(
  { matmul: tuning }: Profile,
  { rows, x, packed, bias, residual }: MatmulRun,
): Bounded {
  const { weight, values, magnitudes, roundings }: PackedWeight = packed;
  return matmul({
    rows,
    depth: weight.columns,
    columns: weight.rows,
    x,
    weight: values,
    bias,
    residual,
    weightRoundings: roundings,
    weightMagnitude: magnitudes,
    isSplit: isInF16(tuning),
  });
}

/** Rows of two matrices [gates, depth] in fours, zeros to a multiple of four. */
function interleaved(both: readonly Float32Array[], gates: number, depth: number): Float32Array {
  const fours = Math.ceil(gates / 4);
  const result = new Float32Array(fours * 8 * depth);
  for (const [which, values] of both.entries()) {
    for (let row = 0; row < gates; row++) {
      const at = Math.floor(row / 4) * 8 + which * 4 + (row % 4);
      result.set(values.subarray(row * depth, (row + 1) * depth), at * depth);
    }
  }
  return result;
}

/** The gates (from 0) or the ups (from 4) of an interleaved product. */
function pick(
  product: Bounded,
  rows: number,
  columns: number,
  gates: number,
  from: number,
): Bounded {
  const take = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: rows * gates }, (_, i) => {
      const gate = i % gates;
      return values[
        Math.floor(i / gates) * columns + Math.floor(gate / 4) * 8 + from + (gate % 4)
      ]!;
    });
  return { wanted: take(product.wanted), bounds: take(product.bounds) };
}

function scaled(values: Float32Array, factor: number): Float32Array {
  return values.map((value) => value * factor);
}

function alternating(count: number, value: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) =>
    i % 3 === 0 ? value : i % 3 === 1 ? -value : 1,
  );
}
