/** Inputs counted as they would be read, without the GPU. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RewardModel } from "../../src/reward-model.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { goldenCases, goldenSets, modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import type { Conversation } from "../../src/types.ts";

describe("measureInputUsage", () => {
  const set = goldenSets().find(({ name }) => name === "a");
  let model: RewardModel;
  beforeAll(async () => {
    const source = fileSystemSource(modelFolder("a"));
    model = await RewardModel.fromPretrained(source, {
      gpu: testGpu(),
      ...(set?.resize === undefined ? {} : { resize: set.resize }),
    });
  });
  afterAll(async () => await model.dispose());

  test("golden conversations, with pictures → Hugging Face's counts of tokens", async () => {
    const cases = set === undefined ? [] : await goldenCases(set);
    expect(cases.length).toBeGreaterThan(5);
    const tokens = await model.measureInputUsage(cases.map(({ conversation }) => conversation));
    expect(tokens).toEqual(cases.map(({ golden }) => golden.tokens));
    const [first] = cases;
    expect(await model.measureInputUsage(first?.conversation ?? [])).toBe(first?.golden.tokens);
  });

  test("an input that is too long → its tokens, above the quota; score refuses it", async () => {
    const long: Conversation = [
      { role: "user", content: "word ".repeat(model.inputQuota) },
      { role: "assistant", content: "Yes." },
    ];
    const tokens = await model.measureInputUsage(long);
    expect(tokens).toBeGreaterThan(model.inputQuota);
    await expect(model.score(long)).rejects.toThrow(`${tokens.toLocaleString("en-US")} tokens`);
  });

  test("what score refuses for another reason, or an unknown option → the same error", async () => {
    await expect(model.measureInputUsage("x" as never)).rejects.toThrow("expected a conversation");
    await expect(model.measureInputUsage([], { onProgress: 1 } as never)).rejects.toThrow(
      "measureInputUsage: unknown option onProgress",
    );
    expect(await model.measureInputUsage([])).toEqual([]);
  });
});
