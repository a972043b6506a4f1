/**
 * Chrome's GPU process crashes while a model scores; `npm run soak -- crash` does so at twenty
 * moments, and freezes tabs.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCrashBench } from "../../soak/parts/crash.ts";
import type { CrashBench } from "../../soak/parts/crash.ts";

let bench: CrashBench;

beforeAll(async () => {
  bench = await openCrashBench();
});
afterAll(() => bench?.close());

test("crash: the GPU process ends in mid-score → the same bits, no buffer left", async () => {
  const { wrong, outcome, told } = await bench.run({
    moment: "score",
    blow: "crash",
    options: {},
  });
  expect(wrong, told).toBeUndefined();
  expect(outcome, told).not.toBeInstanceOf(Error);
}, 120_000);
