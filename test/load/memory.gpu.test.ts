/** Compares `model.memory` with a count of the buffers that were created and destroyed. */
import { afterEach, expect, test } from "vitest";
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import type { FaultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../../testing/golden.ts";
import type { GoldenCase } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

/** Its goldens are of chosen lengths. */
const MODEL = "bare";
/**
 * Around a tile of queries and a block of keys, and a pass long enough that activations are most of
 * it.
 */
const LENGTHS = [1, 31, 32, 33, 1000];

let model: RewardModel | undefined;

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

async function load(options: LoadOptions): Promise<{ counted: FaultyGpu; loaded: RewardModel }> {
  const counted = faultyGpu(testGpu());
  const source = fileSystemSource(modelFolder(MODEL));
  const loaded = await RewardModel.fromPretrained(source, { gpu: counted.gpu, ...options });
  model = loaded;
  return { counted, loaded };
}

async function casesByLength(): Promise<readonly GoldenCase[]> {
  const set = goldenSets().find(({ name }) => name === MODEL);
  if (!set) throw new Error(`no goldens of ${MODEL}`);
  return await goldenCases(
    set,
    LENGTHS.map((tokens) => `${tokens}-tokens`),
  );
}

const residencies: readonly [string, LoadOptions][] = [
  ["resident", { residency: "resident" }],
  ["streamed through a budget of one layer", { residency: "streamed", memoryBudgetBytes: 2 ** 16 }],
  ["quantised", { weights: "q4" }],
];

for (const [name, options] of residencies) {
  test(`memory: ${name}, 1 to 1,000 tokens → reports the allocated bytes, by kind, and the peak`, async () => {
    const { counted, loaded } = await load(options);
    for (const { id, conversation, golden } of await casesByLength()) {
      const { value } = await loaded.score(conversation);
      if (options.weights === undefined) {
        expect(Math.abs(value - golden.score), id).toBeLessThanOrEqual(scoreLimit(golden));
      }
      const { weightBytes, activationBytes, transferBytes, totalBytes, peakBytes } = loaded.memory;
      expect(totalBytes, id).toBe(counted.liveBytes);
      expect(peakBytes, id).toBe(counted.peakBytes);
      expect(weightBytes + activationBytes + transferBytes, id).toBe(totalBytes);
      expect(Math.min(weightBytes, activationBytes), id).toBeGreaterThan(0);
      expect(transferBytes, id).toBeGreaterThanOrEqual(0);
    }
    const { peakBytes } = loaded.memory;
    await loaded.dispose();
    expect(loaded.memory).toEqual({
      weightBytes: 0,
      activationBytes: 0,
      transferBytes: 0,
      totalBytes: 0,
      peakBytes,
    });
    expect(counted.liveBytes).toBe(0);
  }, 60_000);
}
