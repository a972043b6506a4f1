/**
 * The later families in every way that a model runs: resident and streamed, as stored and quantised,
 * each with a picture.
 */
import { afterEach, expect, test } from "vitest";
import type { LoadOptions } from "../../../src/load/options.ts";
import { RewardModel } from "../../../src/reward-model.ts";
import type { Score } from "../../../src/types.ts";
import { fileSystemSource } from "../../../testing/files/node-source.ts";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../../../testing/golden.ts";
import { testGpu } from "../../../testing/gpu/gpu.ts";

let model: RewardModel | undefined;

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

/** How far quantised scores of these random models are from exact ones, and twice that. */
const DRIFT = { q8: 0.1, q4: 1 } as const;

test.each(["q3vl", "q3vl-odd", "q2vl"])(
  "%s: streamed and quantised → the bits of resident ones, near the exact score",
  async (name) => {
    const set = goldenSets().find((own) => own.name === name)!;
    const [one] = await goldenCases(set, ["small"]);
    const { conversation, golden } = one!;
    const scored = async (options: LoadOptions): Promise<Score> => {
      model = await RewardModel.fromPretrained(fileSystemSource(modelFolder(name)), {
        gpu: testGpu(),
        ...options,
      });
      const score = await model.score(conversation);
      await model.dispose();
      return score;
    };
    for (const weights of ["stored", "q8", "q4"] as const) {
      const resident = await scored({ weights, residency: "resident" });
      const budget = { residency: "streamed", memoryBudgetBytes: 2 ** 16 } as const;
      const streamed = await scored({ weights, ...budget });
      expect(streamed.tokenValues, weights).toEqual(resident.tokenValues);
      const off = Math.abs(resident.value - golden.score);
      if (weights === "stored") expect(off).toBeLessThanOrEqual(scoreLimit(golden));
      // Quantised weights move the score, and not far.
      else expect(off, weights).toBeGreaterThan(scoreLimit(golden));
      if (weights !== "stored") expect(off, weights).toBeLessThan(DRIFT[weights]);
    }
  },
  120_000,
);
