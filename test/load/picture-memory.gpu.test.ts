/** Scores with pictures that are computed once: the same numbers, and less work. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { NOISE } from "../../src/preference/ranking.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { Conversation, ImagePart } from "../../src/types.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { EMBEDDED_ROOT, heldOutPairs } from "../../testing/held-out.ts";

let model: RewardModel;
let picture: ImagePart;

beforeAll(async () => {
  model = await RewardModel.fromPretrained(fileSystemSource(EMBEDDED_ROOT), { gpu: testGpu() });
  const [first] = await heldOutPairs();
  const content = first!.conversations[0].flatMap((message) =>
    typeof message.content === "string" ? [] : message.content,
  );
  picture = content.find((part) => part.type === "image") as ImagePart;
});

afterAll(async () => {
  await model.dispose();
});

function say(before: string, after: string, answer: string): Conversation {
  const part = (text: string) => ({ type: "text" as const, text });
  return [
    { role: "user", content: [part(before), picture, part(after)] },
    { role: "assistant", content: answer },
  ];
}

const close = (got: number, wanted: number): void =>
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(NOISE * Math.max(1, Math.abs(wanted)));

test("shared pictures: three calls with other text before the picture → one pass of the tower, equal scores", async () => {
  const sharing = model.sharePictures();
  const asked = ["Look.", "Please look at this.", "Here is one."].map((before) =>
    say(before, "Which colour does the circle have?", "Red."),
  );
  for (const conversation of asked) {
    const [score] = await sharing.score([conversation]);
    close(score!.value, (await model.score(conversation)).value);
    expect(score!.images[0]?.tokens).toBeGreaterThan(1);
  }
  expect(sharing.work.pictures).toBe(1);
});

test("shared pictures: the rest of an answer after each gap → tokens of one branch each, equal scores", async () => {
  const words = "The circle in the picture is red and the square is blue .".split(" ");
  const asked = words.map((_, gap) =>
    say("", "Which colour does the circle have?", words.filter((_word, i) => i !== gap).join(" ")),
  );
  const sharing = model.sharePictures();
  const scores = await sharing.score(asked);
  let alone = 0;
  for (const [i, conversation] of asked.entries()) {
    const score = await model.score(conversation);
    close(scores[i]!.value, score.value);
    alone += score.tokenIds.length;
  }
  expect(sharing.work.tokens).toBeLessThan(0.6 * alone);
});

test("shared pictures: aborted → no buffer is left that was not there before, and the next call works", async () => {
  const sharing = model.sharePictures();
  const conversation = say("", "Which colour does the circle have?", "Red.");
  await sharing.score([conversation]);
  const before = model.memory;
  const controller = new AbortController();
  const aborted = sharing.score([say("Other", "text", "here")], { signal: controller.signal });
  controller.abort(new Error("stop"));
  await expect(aborted).rejects.toThrow("stop");
  const [again] = await sharing.score([conversation]);
  close(again!.value, (await model.score(conversation)).value);
  const after = model.memory;
  expect(after.transferBytes).toBe(before.transferBytes);
  expect(sharing.work.pictures).toBe(1);
});

test("shared pictures: no room → computed again each time, and the score is the same", async () => {
  const sharing = model.sharePictures({ maxBytes: 1 });
  const conversation = say("", "Which colour does the circle have?", "Red.");
  const [first] = await sharing.score([conversation]);
  const [second] = await sharing.score([conversation]);
  expect(second!.value).toBe(first!.value);
  expect(sharing.work.pictures).toBe(2);
  expect(() => model.sharePictures({ maxBytes: 0.5 })).toThrow(
    "sharePictures, maxBytes: expected a whole number of bytes above 0, got 0.5.",
  );
});
