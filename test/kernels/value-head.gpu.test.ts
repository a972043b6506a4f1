/** The value head against double precision. */
import { expect, test } from "vitest";
import { PLAIN } from "../../src/kernels/profile.ts";
import { valueHead } from "../../src/kernels/value-head.ts";
import { valueHead as reference } from "../../testing/reference/value-head.ts";
import { compareRounding } from "../../testing/compare.ts";
import { evenValues, hostileValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";

async function values(x: Float32Array, weight: Float32Array, bias: number): Promise<Float32Array> {
  return await runKernel(PLAIN, ({ plan, rows, vector }) => {
    const tokens = rows(x, x.length / weight.length);
    return valueHead(plan, "head", tokens, vector(weight), vector(Float32Array.of(bias)));
  });
}

test.each([
  [1, 1],
  [1, 4],
  [15, 63],
  [16, 64],
  [17, 65],
  [3, 100],
  [1000, 258],
])("value-head: %i tokens of %i → within rounding", async (tokens, hidden) => {
  const x = evenValues(tokens * hidden, tokens);
  const weight = evenValues(hidden, 2);
  const { wanted, bounds } = reference(x, weight, -0.75);
  const got = await values(x, weight, -0.75);
  expect(got).toBeWithinRounding(wanted, bounds, { name: "values", shape: [tokens] });
});

test("value-head: tiny and huge values → within rounding", async () => {
  const x = hostileValues(7 * 129, 1);
  const weight = hostileValues(129, 2);
  const { wanted, bounds } = reference(x, weight, 2 ** 30);
  const got = await values(x, weight, 2 ** 30);
  expect(got).toBeWithinRounding(wanted, bounds, { name: "values", shape: [7] });
});

test("value-head: bias left out on purpose → seen", async () => {
  const x = evenValues(5 * 64, 1);
  const weight = evenValues(64, 2);
  const { wanted, bounds } = reference(x, weight, 0.001);
  const failing = async (bias: number): Promise<number> => {
    const got = await values(x, weight, bias);
    return compareRounding(got, wanted, bounds, { name: "values", shape: [5] }).failed;
  };
  expect([await failing(0.001), await failing(0)]).toEqual([0, 5]);
});
