/**
 * Results computed together equal results computed alone, to 1e-5 relative: responses as branches
 * of one prefix, and conversations of many prompts that the engine groups by itself.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RewardModel } from "../../src/reward-model.ts";
import type { Conversation } from "../../src/types.ts";
import {
  GOLDEN_ROOT,
  goldenCases,
  goldenSets,
  modelFolder,
  scoreLimit,
  withPixels,
} from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

/** Relative to the size of the score, and to one for smaller ones. */
const RELATIVE = 1e-5;

const long = "First I count the bars, then I compare their heights, one by one, left to right; ";

/** Begin with newlines, share long beginnings, are empty, are equal. */
const responses = [
  "",
  "Yes.",
  "\n\nYes.",
  `${long}so it is seven.`,
  `${long}so it is eight.`,
  `${long}so it is seven.`,
  "\n  \n",
  "7",
];

function expectSame(got: number, wanted: number, what: string): void {
  const error = Math.abs(got - wanted) / Math.max(1, Math.abs(wanted));
  expect(error, `${what}: got ${got}, alone ${wanted}`).toBeLessThanOrEqual(RELATIVE);
}

const withResponse = (prompt: Conversation, content: string): Conversation => [
  ...prompt,
  { role: "assistant", content },
];

const embedded = new URL("../../weights/tiny-vl-reward", import.meta.url).pathname;
const small = "images/small.png";

const models: readonly [string, string, Conversation][] = [
  ["qwen3", modelFolder("qwen3"), [{ role: "user", content: "What is 3 plus 4?" }]],
  ["golden d, a picture", modelFolder("d"), pictured(small)],
  ["golden q2vl, a picture", modelFolder("q2vl"), pictured(small)],
  ["golden q3vl, a picture", modelFolder("q3vl"), pictured(small)],
  ["embedded model, a picture", embedded, pictured(small)],
];

function pictured(image: string): Conversation {
  const text = "How many shapes are there?";
  return [
    {
      role: "user",
      content: [
        { type: "image", image },
        { type: "text", text },
      ],
    },
  ];
}

describe.each(models)("%s", (_, folder, written) => {
  let model: RewardModel;
  let prompt: Conversation;
  beforeAll(async () => {
    model = await RewardModel.fromPretrained(fileSystemSource(folder), { gpu: testGpu() });
    prompt = await withPixels(written, GOLDEN_ROOT);
  });
  afterAll(() => model.dispose());

  test("rank and score: computed together → the values of separate calls", async () => {
    const { scores, order } = await model.rank({ messages: prompt, responses });
    const alone = [];
    for (const response of responses) alone.push(await model.score(withResponse(prompt, response)));
    for (const [i, { value, tokenIds, tokenValues, response }] of scores.entries()) {
      const one = alone[i]!;
      expectSame(value, one.value, JSON.stringify(responses[i]));
      expect(tokenIds).toEqual(one.tokenIds);
      expect(response).toEqual(one.response);
      expect(tokenValues.length).toBe(one.tokenValues.length);
      for (const [t, v] of tokenValues.entries()) expectSame(v, one.tokenValues[t]!, `token ${t}`);
    }
    expect(scores[3]?.value).toBe(scores[5]?.value);
    const places = new Map(order.map(({ index, place }) => [index, place]));
    expect(places.get(3)).toBe(places.get(5));
    const values = order.map(({ value }) => value);
    for (const [i, v] of values.entries()) {
      if (i > 0)
        expect(v).toBeLessThanOrEqual(values[i - 1]! + 2 * RELATIVE * Math.abs(v) + RELATIVE);
    }
    // Another question with the same picture, and the first one again: grouped across prompts.
    const other = prompt.map((turn) => ({ ...turn, role: "user" as const }));
    const conversations = [
      withResponse(prompt, "7"),
      withResponse([{ role: "user", content: "Something else altogether?" }], "Yes."),
      withResponse(
        [...other, { role: "assistant", content: "7" }, { role: "user", content: "Sure?" }],
        "Yes.",
      ),
      withResponse(prompt, "Yes."),
      withResponse([{ role: "user", content: "Something else?" }], "Yes."),
    ];
    const together = await model.score(conversations);
    for (const [i, conversation] of conversations.entries()) {
      expectSame(together[i]!.value, (await model.score(conversation)).value, `conversation ${i}`);
    }
  }, 240_000);
});

test("score: all of a golden set's cases in one call → each its golden's score", async () => {
  const set = goldenSets().find(({ name }) => name === "qwen2")!;
  const cases = await goldenCases(set);
  const source = fileSystemSource(modelFolder("qwen2"));
  await using model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const scores = await model.score(cases.map(({ conversation }) => conversation));
  for (const [i, { id, golden }] of cases.entries()) {
    expect(Math.abs(scores[i]!.value - golden.score), id).toBeLessThanOrEqual(scoreLimit(golden));
  }
}, 120_000);
