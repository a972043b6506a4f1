/**
 * Weights that stay, that stream through a small budget, and a device that goes away: the same bits
 * each time.
 */
import { afterEach, expect, test } from "vitest";
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation } from "../../src/types.ts";
import { modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

const conversation: Conversation = [
  { role: "user", content: "What is 3 plus 4?" },
  { role: "assistant", content: "3 plus 4 is 7." },
];

const models: RewardModel[] = [];

async function load(options: LoadOptions = {}): Promise<RewardModel> {
  const source = fileSystemSource(modelFolder("qwen3"));
  const model = await RewardModel.fromPretrained(source, { gpu: testGpu(), ...options });
  models.push(model);
  return model;
}

afterEach(async () => {
  await Promise.all(models.splice(0).map(async (model) => await model.dispose()));
});

test("residency: resident and streamed through a budget of one layer → the same bits, less memory", async () => {
  const resident = await load({ residency: "resident" });
  const streamed = await load({ residency: "streamed", memoryBudgetBytes: 2 ** 16 });
  const [a, b] = await Promise.all([resident.score(conversation), streamed.score(conversation)]);
  expect(b.tokenValues).toEqual(a.tokenValues);
  expect(streamed.memory.weightBytes).toBeLessThan(resident.memory.weightBytes);
  const again = await streamed.score(conversation);
  expect(again.tokenValues).toEqual(a.tokenValues);
});

test("residency: auto with a budget that is too small → streams by itself", async () => {
  const auto = await load({ memoryBudgetBytes: 2 ** 20 });
  const ample = await load({});
  expect((await auto.score(conversation)).value).toBe((await ample.score(conversation)).value);
  expect(auto.memory.weightBytes).toBeLessThan(ample.memory.weightBytes);
});

test("abort: between submits → the signal's reason, and the next score is right", async () => {
  const model = await load({ residency: "streamed", memoryBudgetBytes: 2 ** 16 });
  const before = await model.score(conversation);
  const reason = new Error("enough");
  await expect(model.score(conversation, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
  const controller = new AbortController();
  const aborted = model.score([conversation, conversation], { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 5);
  await expect(aborted).rejects.toBe(reason);
  expect((await model.score(conversation)).tokenValues).toEqual(before.tokenValues);
});

test("dispose: a call after it → refused with a clear error, no GPU memory left", async () => {
  const model = await load();
  await model.dispose();
  await expect(model.score(conversation)).rejects.toThrow(
    "the model was disposed of. Load it again.",
  );
  expect(model.memory.totalBytes).toBe(0);
});
