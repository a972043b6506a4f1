/**
 * The later families in every way that a model runs: resident and streamed, as stored and
 * quantised,
 * a picture computed once for several calls.
 */
import { afterEach, expect, test } from "vitest";
import type { LoadOptions } from "../../../src/load/options.ts";
import { RewardModel } from "../../../src/reward-model.ts";
import type { Conversation, Score } from "../../../src/types.ts";
import { fileSystemSource } from "../../../testing/files/node-source.ts";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../../../testing/golden.ts";
import { testGpu } from "../../../testing/gpu/gpu.ts";

let model: RewardModel | undefined;

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

/** A picture that is computed once, with what the tower adds to layers of the decoder. */
async function expectShared(
  loaded: RewardModel,
  conversation: Conversation,
  alone: Score,
): Promise<void> {
  const sharing = loaded.sharePictures();
  for (let call = 0; call < 2; call++) {
    const [score] = await sharing.score([conversation]);
    expect(Math.abs(score!.value - alone.value)).toBeLessThanOrEqual(1e-5);
  }
  expect(sharing.work.pictures).toBe(1);
}

/** Quantised scores of these random models were up to 0.022 (q8) and 0.37 (q4) off. */
const DRIFT = { q8: 0.05, q4: 0.8 } as const;

test.each(["q3vl", "q2vl"])(
  "%s: streamed, quantised, a picture kept → the exact score, or near it, and the same bits",
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
      if (options.residency === "resident") await expectShared(model, conversation, score);
      await model.dispose();
      return score;
    };
    const streaming = { residency: "streamed", memoryBudgetBytes: 2 ** 16 } as const;
    const exact = await scored({ weights: "stored", ...streaming });
    expect(Math.abs(exact.value - golden.score)).toBeLessThanOrEqual(scoreLimit(golden));
    const q4 = await scored({ weights: "q4", residency: "resident" });
    expect((await scored({ weights: "q4", ...streaming })).tokenValues).toEqual(q4.tokenValues);
    const q8 = await scored({ weights: "q8", residency: "resident" });
    // Quantised weights move the score, and not far.
    for (const { value, limit } of [
      { value: q8.value, limit: DRIFT.q8 },
      { value: q4.value, limit: DRIFT.q4 },
    ]) {
      const off = Math.abs(value - golden.score);
      expect(off).toBeGreaterThan(scoreLimit(golden));
      expect(off).toBeLessThan(limit);
    }
  },
  300_000,
);
