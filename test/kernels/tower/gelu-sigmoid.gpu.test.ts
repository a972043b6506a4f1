/** The approximations of GELU against double precision, and against each other. */
import { describe, expect, test } from "vitest";
import { gelu } from "../../../src/kernels/gelu.ts";
import { PLAIN } from "../../../src/kernels/profile.ts";
import { geluTanh, quickGelu } from "../../../src/kernels/tower/gelu-sigmoid.ts";
import { compareRounding } from "../../../testing/compare.ts";
import { runKernel } from "../../../testing/gpu/kernel-run.ts";
import { evenValues, hostileValues } from "../../../testing/inputs.ts";
import * as reference from "../../../testing/reference/gelu-sigmoid.ts";

const forms = [
  ["geluTanh", geluTanh, reference.geluTanh],
  ["quickGelu", quickGelu, reference.quickGelu],
] as const;

async function computed(form: typeof gelu, x: Float32Array, rows: number): Promise<Float32Array> {
  return await runKernel(PLAIN, (bench) => form(bench.plan, "gelu", bench.rows(x, rows)));
}

describe.each(forms)("%s", (name, form, wantedOf) => {
  test.each([
    [1, 1],
    [3, 5],
    [1, 257],
    [100, 1030],
  ])("gelu-sigmoid: %i rows of %i → within rounding", async (rows, columns) => {
    const x = evenValues(rows * columns, columns, 8);
    const { wanted, bounds } = wantedOf(x);
    const got = await computed(form, x, rows);
    expect(got).toBeWithinRounding(wanted, bounds, { name, shape: [rows, columns] });
  });

  test("gelu-sigmoid: tiny and huge values of both signs → within rounding", async () => {
    const x = Float32Array.of(...hostileValues(600, 1), 1e30, -1e30, 91, -91, 60, -60);
    const { wanted, bounds } = wantedOf(x);
    const got = await computed(form, x, 1);
    expect(got).toBeWithinRounding(wanted, bounds, { name, shape: [606] });
  });

  test("gelu-sigmoid: another of the three in its place → seen", async () => {
    const x = evenValues(200, 3, 3);
    const { wanted, bounds } = wantedOf(x);
    const others = [gelu, geluTanh, quickGelu].filter((other) => other !== form);
    expect(others).toHaveLength(2);
    for (const other of others) {
      const got = await computed(other, x, 1);
      expect(compareRounding(got, wanted, bounds, { name, shape: [200] }).pass).toBe(false);
    }
  });
});

test("gelu-sigmoid: known values → those of transformers' GELUTanh and QuickGELUActivation", () => {
  // In float64.
  const x = Float32Array.of(-3, -1, 0, 0.5, 2);
  const known = {
    geluTanh: [-0.00363739208177299, -0.158808009391723, 0, 0.345714009825144, 1.95459769408777],
    quickGelu: [-0.018071309707786, -0.154204234067179, 0, 0.35038843660638, 1.93565862314421],
  };
  for (const [name, , wantedOf] of forms) {
    const { wanted } = wantedOf(x);
    known[name].forEach((value, i) => expect(wanted[i]).toBeCloseTo(value, 13));
  }
});
