/** Every variant of layer-norm against double precision. */
import { describe, expect, test } from "vitest";
import { PLAIN } from "../../../src/kernels/profile.ts";
import type { Profile } from "../../../src/kernels/profile.ts";
import { layerNorm, layerNormKernels } from "../../../src/kernels/tower/layer-norm.ts";
import { compareRounding } from "../../../testing/compare.ts";
import { runKernel } from "../../../testing/gpu/kernel-run.ts";
import { evenValues, hostileValues } from "../../../testing/inputs.ts";
import { layerNorm as reference } from "../../../testing/reference/layer-norm.ts";

const EPS = 1e-6;
const variants = Object.keys(layerNormKernels) as Profile["norm"][];

/** What a norm reads: x [rows, columns], weight and bias [columns]. */
interface Inputs {
  readonly x: Float32Array;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

function inputs(rows: number, columns: number): Inputs {
  return {
    // Means far from zero: a variance of squares would lose its digits.
    x: evenValues(rows * columns, rows).map((value) => value + 3),
    weight: evenValues(columns, 7, 2),
    bias: evenValues(columns, 8, 2),
  };
}

async function normed(
  norm: Profile["norm"],
  { x, weight, bias }: Inputs,
  eps = EPS,
): Promise<Float32Array> {
  const rows = x.length / weight.length;
  return await runKernel({ ...PLAIN, norm }, (bench) => {
    const affine = { weight: bench.vector(weight), bias: bench.vector(bias) };
    return layerNorm(bench.plan, "norm", bench.rows(x, rows), affine, eps);
  });
}

/** What a norm would make that counts the zeros of a row's last vec4. */
function withPadding({ x, weight, bias }: Inputs, isCounted: boolean): Float32Array {
  const columns = weight.length;
  const padding = isCounted ? Math.ceil(columns / 4) * 4 - columns : 0;
  const rows = Array.from({ length: x.length / columns }, (_, row) => {
    const own = x.subarray(row * columns, (row + 1) * columns);
    const mean = own.reduce((sum, value) => sum + value, 0) / columns;
    const squares = own.reduce((sum, value) => sum + (value - mean) ** 2, padding * mean ** 2);
    const scale = 1 / Math.sqrt(squares / columns + EPS);
    return own.map((value, i) => (value - mean) * scale * weight[i]! + bias[i]!);
  });
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

describe.each(variants)("layer-norm %s", (norm) => {
  test.each([
    [1, 1],
    [1, 4],
    [2, 5],
    [15, 63],
    [17, 65],
    [33, 255],
    [31, 256],
    [300, 1030],
  ])("layer-norm: %i rows of %i → within rounding", async (rows, columns) => {
    const given = inputs(rows, columns);
    const { wanted, bounds } = reference(given.x, given.weight, given.bias, EPS);
    const got = await normed(norm, given);
    expect(got).toBeWithinRounding(wanted, bounds, { name: norm, shape: [rows, columns] });
  });

  test("layer-norm: tiny and huge values, past 65,504 → within rounding", async () => {
    const [x, weight] = [hostileValues(5 * 129, 3), hostileValues(129, 4)];
    const bias = hostileValues(129, 5);
    const { wanted, bounds } = reference(x, weight, bias, EPS);
    const got = await normed(norm, { x, weight, bias });
    expect(got).toBeWithinRounding(wanted, bounds, { name: norm, shape: [5, 129] });
  });

  test("layer-norm: rows of one value → the bias", async () => {
    const bias = evenValues(20, 2);
    const x = new Float32Array(3 * 20).fill(5);
    const got = await normed(norm, { x, weight: evenValues(20, 1), bias });
    expect([...got]).toEqual([...bias, ...bias, ...bias]);
  });

  test("layer-norm: no bias, no eps, a row's padding counted on purpose → seen; none → not", async () => {
    const given = inputs(4, 63);
    const own = { ...given, x: given.x.map((value) => (value - 3) * 2 ** -12 + 3) };
    const { wanted, bounds } = reference(own.x, own.weight, own.bias, EPS);
    const isSeen = (got: Float32Array): boolean =>
      !compareRounding(got, wanted, bounds, { name: norm, shape: [4, 63] }).pass;
    expect(isSeen(await normed(norm, own))).toBe(false);
    expect(isSeen(await normed(norm, { ...own, bias: new Float32Array(63) }))).toBe(true);
    expect(isSeen(await normed(norm, own, 0))).toBe(true);
    expect([false, true].map((isCounted) => isSeen(withPadding(own, isCounted)))).toEqual([
      false,
      true,
    ]);
  });
});
