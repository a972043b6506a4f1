/** Rows in another order, bit for bit. */
import { expect, test } from "vitest";
import { gatherRows } from "../../src/kernels/gather-rows.ts";
import { PLAIN } from "../../src/kernels/profile.ts";
import { gatherRows as reference } from "../../testing/reference/gather-rows.ts";
import { compareBits } from "../../testing/compare.ts";
import { hostileValues } from "../../testing/inputs.ts";
import { runKernel } from "../../testing/gpu/kernel-run.ts";
import type { Bench } from "../../testing/gpu/kernel-run.ts";

async function gathered(x: Float32Array, rows: number, order: Uint32Array): Promise<Float32Array> {
  const record = (bench: Bench) => gatherRows(bench.plan, "gather", bench.rows(x, rows), order);
  return await runKernel(PLAIN, record);
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
  const wanted = reference(x, 6, order);
  const isSeen = async (given: Uint32Array): Promise<boolean> => {
    const got = await gathered(x, 6, given);
    return !compareBits(got, wanted, { name: "gather", shape: [7, 8] }).pass;
  };
  expect([await isSeen(order), await isSeen(order.map((_, i) => i % 6))]).toEqual([false, true]);
});
