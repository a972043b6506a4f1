/** Rows in another order, bit for bit. */
import { expect, test } from "vitest";
import { gatherRows } from "../../src/kernels/gather-rows.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { gatherRows as reference } from "../../testing/reference/gather-rows.ts";
import { compareBits } from "../../testing/compare.ts";
import { hostileValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";
import type { Bench, Fault } from "../../testing/gpu/kernel-run.ts";

async function gathered(x: Float32Array, rows: number, order: Uint32Array, fault?: Fault) {
  const record = (bench: Bench) => gatherRows(bench.plan, "gather", bench.rows(x, rows), order);
  return await runKernel(PLAIN, record, fault);
}

/** Rows backwards, the first one once more. */
function backwards(rows: number): Uint32Array {
  return Uint32Array.from([...Array.from({ length: rows }, (_, i) => rows - 1 - i), 0]);
}

test.each([
  [1, 1],
  [3, 5],
  [63, 4],
  [64, 4],
  [65, 7],
  [500, 130],
])("gather-rows: %i rows of %i → the same bits", async (rows, columns) => {
  const x = hostileValues(rows * columns, rows);
  const order = backwards(rows);
  const shape = [rows + 1, columns];
  expect(await gathered(x, rows, order)).toEqualBits(reference(x, rows, order), {
    name: "gather",
    shape,
  });
});

test("gather-rows: order left out on purpose → seen", async () => {
  const x = hostileValues(6 * 8, 1);
  const order = backwards(6);
  const got = await gathered(x, 6, order, [
    "order[index / params.stride4]",
    "(index / params.stride4)",
  ]);
  expect(compareBits(got, reference(x, 6, order), { name: "gather", shape: [7, 8] }).pass).toBe(
    false,
  );
});
