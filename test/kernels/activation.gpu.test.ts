/** The functions between a head's layers against double precision. */
import { expect, test } from "vitest";
import { activate } from "../../src/kernels/activation.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { evenValues, hostileValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";

/** Python: torch.nn.functional. */
const wanted = {
  relu: (x: number): number => Math.max(0, x),
  silu: (x: number): number => x / (1 + Math.exp(-x)),
  selu: (x: number): number =>
    1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  tanh: (x: number): number => Math.tanh(x),
};

const names = Object.keys(wanted) as (keyof typeof wanted)[];

test.each(
  names.flatMap(
    (name) =>
      [
        [name, 1, 2],
        [name, 3, 5],
        [name, 64, 66],
      ] as const,
  ),
)("activation: %s of %i rows of %i → within 1e-6", async (name, rows, columns) => {
  const x = evenValues(rows * columns, columns, 9);
  const got = await runKernel(PLAIN, (bench) =>
    activate(bench.plan, name, bench.rows(x, rows), name),
  );
  for (const [i, value] of x.entries()) {
    const right = wanted[name](value);
    expect(Math.abs(got[i]! - right)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(right)));
  }
});

test.each(names)("activation: %s of tiny and huge values → finite and right", async (name) => {
  const x = hostileValues(400, 3);
  const got = await runKernel(PLAIN, (bench) => activate(bench.plan, name, bench.rows(x, 1), name));
  for (const [i, value] of x.entries()) {
    const right = wanted[name](value);
    // Where exp is limited the true value is below the least f32 that is not flushed to zero.
    const limit = 1e-6 * Math.max(1, Math.abs(right));
    expect(Math.abs(got[i]! - right), `${name}(${value})`).toBeLessThanOrEqual(limit);
  }
});

test("activation: known values → torch's", () => {
  expect(wanted.selu(-1)).toBeCloseTo(-1.1113307378125625, 12);
  expect(wanted.selu(2)).toBeCloseTo(2.101401974710961, 12);
  expect(wanted.silu(-3)).toBeCloseTo(-0.14227761953270035, 12);
});
