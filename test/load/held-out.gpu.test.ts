/** The embedded model on its held-out pairs: the reference's scores and the same winners. */
import { expect, test } from "vitest";
import { RewardModel } from "../../src/reward-model.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { EMBEDDED_ROOT, heldOutPairs } from "../../testing/held-out.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

test("held-out pairs of the embedded model: all 288 → reference scores within 1e-4, the same winners", async () => {
  const pairs = await heldOutPairs();
  expect(pairs).toHaveLength(288);
  const source = fileSystemSource(EMBEDDED_ROOT);
  const model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const scores = await model.score(pairs.flatMap(({ conversations }) => conversations));
  await model.dispose();
  let worst = 0;
  for (const [i, { id, reference: wanted }] of pairs.entries()) {
    const [chosen = Number.NaN, rejected = Number.NaN] = [
      scores[2 * i]?.value,
      scores[2 * i + 1]?.value,
    ];
    worst = Math.max(worst, Math.abs(chosen - wanted[0]), Math.abs(rejected - wanted[1]));
    const margin = wanted[0] - wanted[1];
    if (Math.abs(margin) > 0.01) {
      expect(Math.sign(chosen - rejected), id).toBe(Math.sign(margin));
    }
  }
  console.log(`held-out pairs: largest difference from the reference ${worst.toExponential(2)}`);
  expect(worst).toBeLessThanOrEqual(1e-4);
}, 600_000);
