/** The exact GELU against double precision. */
import { expect, test } from "vitest";
import { gelu } from "../../src/kernels/gelu.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { geluTanh } from "../../src/kernels/tower/gelu-sigmoid.ts";
import { gelu as reference } from "../../testing/reference/gelu.ts";
import { compareRounding } from "../../testing/compare.ts";
import { evenValues, hostileValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";

async function computed(x: Float32Array, rows: number): Promise<Float32Array> {
  return await runKernel(PLAIN, (bench) => gelu(bench.plan, "gelu", bench.rows(x, rows)));
}

test.each([
  [1, 1],
  [3, 5],
  [1, 255],
  [1, 256],
  [1, 257],
  [63, 64],
  [100, 1030],
])("gelu: %i rows of %i → within rounding", async (rows, columns) => {
  const x = evenValues(rows * columns, columns, 6);
  const { wanted, bounds } = reference(x);
  const got = await computed(x, rows);
  expect(got).toBeWithinRounding(wanted, bounds, { name: "gelu", shape: [rows, columns] });
});

test("gelu: tiny and huge values of both signs → within rounding", async () => {
  const x = hostileValues(600, 1);
  const { wanted, bounds } = reference(x);
  const got = await computed(x, 1);
  expect(got).toBeWithinRounding(wanted, bounds, { name: "gelu", shape: [600] });
});

test("gelu: known values → those of torch.nn.GELU", () => {
  // torch.nn.functional.gelu in float64
  const { wanted } = reference(Float32Array.of(-3, -1, 0, 0.5, 2));
  const known = [-0.00404969409489031, -0.158655253931457, 0, 0.345731230637007, 1.95449973610364];
  known.forEach((value, i) => expect(wanted[i]).toBeCloseTo(value, 13));
});

test("gelu: the tanh approximation in its place on purpose → seen", async () => {
  const x = evenValues(200, 3, 3);
  const { wanted, bounds } = reference(x);
  const got = await runKernel(PLAIN, ({ plan, rows }) => geluTanh(plan, "gelu", rows(x, 1)));
  expect(compareRounding(got, wanted, bounds, { name: "gelu", shape: [200] }).pass).toBe(false);
  const own = await computed(x, 1);
  expect(compareRounding(own, wanted, bounds, { name: "gelu", shape: [200] }).pass).toBe(true);
});
