/**
 * Explanations of the embedded model, against what its generator knows. The whole: bench explain.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askedBox, overlaps, type AskedPair } from "../../bench/explain/asked.ts";
import { cellCost, leaveOutCost } from "../../bench/explain/cost.ts";
import { shuffledHead } from "../../bench/explain/shuffled-head.ts";
import { Explainer } from "../../src/explain/explain.ts";
import type { Explanation } from "../../src/explain/types.ts";
import { RewardModel } from "../../src/reward-model.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { EMBEDDED_ROOT, heldOutPairs } from "../../testing/held-out.ts";

let model: RewardModel;
beforeAll(async () => {
  model = await RewardModel.fromPretrained(fileSystemSource(EMBEDDED_ROOT), { gpu: testGpu() });
});
afterAll(async () => {
  await model.dispose();
});

async function pairRequest(id: string) {
  const lines = readFileSync(`${EMBEDDED_ROOT}heldout/pairs.jsonl`, "utf8").trim().split("\n");
  const row = lines.map((line) => JSON.parse(line) as AskedPair).find((one) => one.id === id)!;
  const pair = (await heldOutPairs()).find((one) => one.id === id)!;
  const messages = pair.conversations[0].slice(0, -1);
  const responses = [row.chosen, row.rejected] as const;
  return { row, request: { messages, responses } };
}

async function explainPair(
  scorer: RewardModel,
  id: string,
): Promise<{ row: AskedPair; found: Explanation }> {
  const { row, request } = await pairRequest(id);
  return { row, found: await new Explainer(scorer, request).run() };
}

test("held-out pair: a colour question → the contrast is on what it asks, the picture matters, and nothing stays on the GPU", async () => {
  const { liveBytes } = { liveBytes: model.memory.totalBytes - model.memory.activationBytes };
  const { row, found } = await explainPair(model, "scene_color-01");
  expect(found.contrast.map(({ a, b }) => [a, b])).toContainEqual(["purple", "blue"]);
  // Hiding alone pointed beside the object in this pair; bench explain measures the share of all.
  const strongest = found.units.find((unit) => unit.in === "picture");
  expect(strongest && overlaps(strongest.box, askedBox(row)!)).toBe(true);
  expect(Math.abs(found.picture!.blank!)).toBeLessThan(0.7);
  expect(found.truth.heads).toBeLessThanOrEqual(0.1);
  expect(model.memory.totalBytes - model.memory.activationBytes).toBe(liveBytes);
}, 600_000);

test("held-out pair: aborted after the contrast, twice → no GPU buffer more, and what was found stays", async () => {
  const device = await (await testGpu().requestAdapter())!.requestDevice();
  const made = Object.getPrototypeOf(device) as GPUDevice;
  device.destroy();
  const live = new Set<GPUBuffer>();
  const create = made.createBuffer;
  made.createBuffer = function (descriptor) {
    const buffer = create.call(this, descriptor);
    live.add(buffer);
    const { destroy } = buffer;
    buffer.destroy = () => {
      live.delete(buffer);
      return destroy.call(buffer);
    };
    return buffer;
  };
  try {
    await using own = await RewardModel.fromPretrained(fileSystemSource(EMBEDDED_ROOT), {
      gpu: testGpu(),
    });
    const stopped = async (): Promise<number> => {
      const controller = new AbortController();
      const { request } = await pairRequest("scene_color-02");
      const found = await new Explainer(own, request).run({
        signal: controller.signal,
        onProgress: ({ progress }) => {
          // Between two steps, and while a call is under way.
          if (progress >= 2 / 8) setTimeout(() => controller.abort(new Error("enough")), 5);
        },
      });
      expect(found.stopped).toBe("signal");
      expect(found.contrast.length).toBeGreaterThan(0);
      await own.score(request.messages.concat({ role: "assistant", content: "Red" }));
      return live.size;
    };
    const first = await stopped();
    expect(first).toBeGreaterThan(0);
    expect(await stopped()).toBe(first);
  } finally {
    made.createBuffer = create;
  }
}, 600_000);

test("held-out pair: a model with a shuffled head → no better than chance", async () => {
  const folder = await shuffledHead(1);
  await using shuffled = await RewardModel.fromPretrained(folder, { gpu: testGpu() });
  const { found } = await explainPair(shuffled, "scene_color-01");
  expect(found.truth.verdict).toBe("no better than chance");
}, 600_000);

test("leave-out of twelve sentences → at most 0.6 of twelve whole passes, by tokens", async () => {
  expect(await leaveOutCost(model)).toBeLessThanOrEqual(0.6);
});

test("16 cells of the first sample → at most 16 vision passes and 16 suffixes", async () => {
  const { pictures, tokens, prefix, suffixes } = await cellCost(model);
  expect(prefix).toBeGreaterThan(0);
  expect(pictures).toBeLessThanOrEqual(16);
  // What stands before the picture is computed once.
  expect(tokens).toBeLessThanOrEqual(prefix + suffixes);
});
