// Tests src/load/aliases.ts and the ends of src/reward-model.ts on a device.
/** Words of other libraries and of the language: the same scores, and models that are freed. */
import { expect, test } from "vitest";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";

const source = () => fileSystemSource(modelFolder("qwen3"));
const conversation = [
  { role: "user", content: "Which?" },
  { role: "assistant", content: "This." },
] as const;

async function scoreWith(options: LoadOptions): Promise<number> {
  await using model = await RewardModel.fromPretrained(source(), { gpu: testGpu(), ...options });
  return (await model.score(conversation)).value;
}

test.each([
  [{ dtype: "fp32", device: "webgpu" }, { weights: "stored" }],
  [{ dtype: "q8" }, { weights: "q8" }],
  [{ dtype: "q4" }, { weights: "q4" }],
] as const)(
  "load: %o → the bits of %o",
  async (alias, own) => {
    expect(await scoreWith(alias)).toBe(await scoreWith(own));
  },
  120_000,
);

test("using and await using → the model is freed at the end of the block, after what was asked", async () => {
  const freed = /the model was disposed of/;
  let kept: RewardModel;
  {
    await using model = await RewardModel.fromPretrained(source(), { gpu: testGpu() });
    kept = model;
  }
  await expect(kept.score(conversation)).rejects.toThrow(freed);
  let asked: Promise<{ value: number }>;
  {
    using model = await RewardModel.fromPretrained(source(), { gpu: testGpu() });
    kept = model;
    asked = model.score(conversation);
  }
  await expect(kept.score(conversation)).rejects.toThrow(freed);
  expect((await asked).value).toBe(await scoreWith({}));
}, 120_000);
