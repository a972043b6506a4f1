/** Every variant of rms-norm against double precision. */
import { expect, test, describe } from "vitest";
import { PLAIN } from "../../src/kernels/profile.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { rmsNorm, rmsNormKernels } from "../../src/kernels/rms-norm.ts";
import { rmsNorm as reference } from "../../testing/reference/rms-norm.ts";
import { compareRounding } from "../../testing/compare.ts";
import { evenValues, hostileValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";

const EPS = 1e-6;
const variants = Object.keys(rmsNormKernels) as Profile["norm"][];

async function normed(
  norm: Profile["norm"],
  x: Float32Array,
  weight: Float32Array,
  eps = EPS,
): Promise<Float32Array> {
  const rows = x.length / weight.length;
  return await runKernel({ ...PLAIN, norm }, (bench) =>
    rmsNorm(bench.plan, "norm", bench.rows(x, rows), bench.vector(weight), eps),
  );
}

describe.each(variants)("rms-norm %s", (norm) => {
  test.each([
    [1, 1],
    [1, 4],
    [3, 100],
    [2, 5],
    [15, 63],
    [16, 64],
    [17, 65],
    [33, 255],
    [31, 256],
    [300, 1030],
  ])("rms-norm: %i rows of %i → within rounding", async (rows, columns) => {
    const x = evenValues(rows * columns, rows);
    const weight = evenValues(columns, 7, 2);
    const { wanted, bounds } = reference(x, weight, EPS);
    const got = await normed(norm, x, weight);
    expect(got).toBeWithinRounding(wanted, bounds, { name: norm, shape: [rows, columns] });
  });

  test("rms-norm: tiny and huge values, past 65,504 → within rounding", async () => {
    const x = hostileValues(5 * 129, 3);
    const weight = hostileValues(129, 4);
    const { wanted, bounds } = reference(x, weight, EPS);
    expect(wanted.some((value) => Math.abs(value) > 65_504)).toBe(true);
    const got = await normed(norm, x, weight);
    expect(got).toBeWithinRounding(wanted, bounds, { name: norm, shape: [5, 129] });
  });

  test("rms-norm: rows of zeros → zeros", async () => {
    const got = await normed(norm, new Float32Array(3 * 20), evenValues(20, 1));
    expect([...got].every((value) => value === 0)).toBe(true);
  });

  test("rms-norm: eps left out on purpose → seen", async () => {
    const x = evenValues(4 * 64, 5, 2 ** -12);
    const weight = evenValues(64, 6);
    const { wanted, bounds } = reference(x, weight, EPS);
    const isSeen = async (eps: number): Promise<boolean> => {
      const got = await normed(norm, x, weight, eps);
      return !compareRounding(got, wanted, bounds, { name: norm, shape: [4, 64] }).pass;
    };
    expect([await isSeen(EPS), await isSeen(0)]).toEqual([false, true]);
  });

  test("rms-norm: a row read in the place of the next on purpose → found in that one", async () => {
    const x = evenValues(4 * 64, 5);
    const weight = evenValues(64, 6);
    const { wanted, bounds } = reference(x, weight, EPS);
    const read = x.slice();
    read.set(x.subarray(0, 64), 64);
    const got = await normed(norm, read, weight);
    const { failed } = compareRounding(got, wanted, bounds, { name: norm, shape: [4, 64] });
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(64);
  });
});
