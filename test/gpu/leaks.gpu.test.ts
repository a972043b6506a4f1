/**
 * What scores leave behind in the engine: promises are counted, as V8 sees them after a collection.
 * `npm run soak -- leaks` does the same thousands of times, with loads and aborts.
 */
import { queryObjects } from "node:v8";
import { expect, test } from "vitest";
import { Device } from "../../src/gpu/device.ts";
import { RewardModel } from "../../src/reward-model.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import type { Conversation } from "../../src/types.ts";

const conversation: Conversation = [
  { role: "user", content: "What is 3 plus 4?" },
  { role: "assistant", content: "3 plus 4 is 7." },
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("promises: 20 scores and 5 aborted ones more → not one promise more", async () => {
  const source = fileSystemSource(modelFolder("bare"));
  const model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const round = async (): Promise<number> => {
    for (let i = 0; i < 20; i++) await model.score(conversation);
    for (let i = 0; i < 5; i++) {
      const controller = new AbortController();
      const score = model.score(conversation, { signal: controller.signal });
      setTimeout(() => controller.abort(new Error("given up")), i);
      await score.catch(() => {});
    }
    await pause(50);
    return Number(queryObjects(Promise));
  };
  await round();
  const before = await round();
  expect((await round()) - before).toBe(0);
  await model.dispose();
});

test("devices: destroyed → collected, with their pipelines", async () => {
  const before = Number(queryObjects(Device));
  for (let i = 0; i < 4; i++) (await Device.open(testGpu())).destroy();
  await pause(50);
  // The last one may still be on the stack.
  expect(Number(queryObjects(Device)) - before).toBeLessThanOrEqual(1);
});
