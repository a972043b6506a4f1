/** Every variant of layer-norm against double precision. */
import { describe, expect, test } from "vitest";
import { PLAIN } from "../../../src/kernels/profile.ts";
import type { Profile } from "../../../src/kernels/profile.ts";
import { layerNorm, layerNormKernels } from "../../../src/kernels/tower/layer-norm.ts";
import { compareRounding } from "../../../testing/compare.ts";
import { runKernel } from "../../../testing/gpu/kernel-run.ts";
import type { Fault } from "../../../testing/gpu/kernel-run.ts";
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
  fault?: Fault,
): Promise<Float32Array> {
  const rows = x.length / weight.length;
  return await runKernel(
    { ...PLAIN, norm },
    (bench) => {
      const affine = { weight: bench.vector(weight), bias: bench.vector(bias) };
      return layerNorm(bench.plan, "norm", bench.rows(x, rows), affine, EPS);
    },
    fault,
  );
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

  test.each([
    ["the bias left out", ["bias[i]", "bias[i] * 0.0"], ["* by + add", "* by + add * 0.0"]],
    ["eps left out", ["+ EPS", "+ EPS * 0.0"], ["+ EPS", "+ EPS * 0.0"]],
    [
      "the padding of a row counted",
      ["select(vec4(0.0), value, columns < vec4(params.columns))", "value"],
      ["select(vec4(0.0), value, columns < vec4(params.columns))", "value"],
    ],
  ] as const)("layer-norm: %s on purpose → seen", async (_, workgroup, plain) => {
    const given = inputs(4, 63);
    const x = given.x.map((value) => (value - 3) * 2 ** -12 + 3);
    const { wanted, bounds } = reference(x, given.weight, given.bias, EPS);
    const got = await normed(norm, { ...given, x }, norm === "plain" ? plain : workgroup);
    expect(compareRounding(got, wanted, bounds, { name: norm, shape: [4, 63] }).pass).toBe(false);
  });
});
