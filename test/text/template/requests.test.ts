/**
 * The arguments that score and rank accept; the remote model shares these checks with the local
 * one.
 */
import { expect, test } from "vitest";
import { GpuError, InputError } from "../../../src/errors.ts";
import { rankConversations } from "../../../src/text/template/rank-requests.ts";
import { batchOf, withPlace } from "../../../src/text/template/requests.ts";
import type { Conversation, RankRequest } from "../../../src/types.ts";

const user = { role: "user", content: "Which?" } as const;
const talk: Conversation = [user, { role: "assistant", content: "a" }];

test("score: one conversation, many, none → distinguished", () => {
  expect(batchOf(talk)).toBeUndefined();
  expect(batchOf([talk, talk])).toHaveLength(2);
  expect(batchOf([])).toEqual([]);
  // One that is not a conversation does not make the batch a conversation.
  expect(batchOf([talk, null] as never)).toHaveLength(2);
});

test.each([undefined, null, "hi", 5, {}, new Set([talk])])(
  "score: %o → InputError, not a TypeError",
  (input) => {
    expect(() => batchOf(input as never)).toThrow(InputError);
    expect(() => batchOf(input as never)).toThrow(/^score: expected a conversation \[.*, got /);
  },
);

test("rank: messages and responses → conversations", () => {
  expect(rankConversations({ messages: [user], responses: ["a", "b"] })).toEqual([
    [user, { role: "assistant", content: "a" }],
    [user, { role: "assistant", content: "b" }],
  ]);
});

test.each<[unknown, string]>([
  [undefined, "rank: expected { messages, responses }, got nothing."],
  [[], "rank: expected { messages, responses }, got a list."],
  [{ responses: ["a"] }, "rank, messages: expected one or more turns."],
  [
    { messages: [], responses: ["a"] },
    "rank, messages: expected one or more turns, got an empty list.",
  ],
  [{ messages: [user] }, "rank, responses: expected one or more texts."],
  [
    { messages: [user], responses: [] },
    "rank, responses: expected one or more texts, got an empty list.",
  ],
  [{ messages: [user], responses: "ab" }, 'responses: expected a list, got "ab".'],
  [{ messages: "Which?", responses: ["a"] }, 'messages: expected a list, got "Which?".'],
  [{ messages: [user], responses: ["a", null] }, "rank, responses[1]: expected a text, got "],
  [
    { messages: [user], responses: ["a", { content: "b" }] },
    "rank, responses[1]: expected a text, got ",
  ],
  [
    { messages: [user], responses: ["a", "\ud800"] },
    "rank, responses[1]: expected a text, got half a surrogate pair",
  ],
  [
    { messages: talk, responses: ["b"] },
    "messages[1].role: expected user: the responses are the assistant's turns, got assistant. Leave",
  ],
  [{ prompt: [user], responses: ["a"] }, "rank: unknown option prompt (did you mean messages?)"],
  [
    { messages: [user], candidates: ["a"] },
    "rank: unknown option candidates (did you mean responses?)",
  ],
])("rank: %j → InputError", (request, message) => {
  const rank = (): unknown => rankConversations(request as RankRequest);
  expect(rank).toThrow(InputError);
  expect(rank).toThrow(message);
});

test("an error of one conversation of many → its class, its fields, and which it is", async () => {
  const cause = new TypeError("x");
  const fail = (): never => {
    throw new InputError({
      where: "picture",
      expected: "a PNG",
      got: "SVG",
      todo: "Convert it",
      cause,
    });
  };
  const error: unknown = await withPlace(3, 5, fail).catch((fault: unknown) => fault);
  expect(error).toBeInstanceOf(InputError);
  expect(error).toMatchObject({
    where: "conversations[3], picture",
    expected: "a PNG",
    got: "SVG",
    todo: "Convert it",
    message: "conversations[3], picture: expected a PNG, got SVG. Convert it.",
    cause,
  });
  await expect(withPlace(0, 1, fail)).rejects.toThrow(/^picture: /);
  const aborted = new DOMException("stop", "AbortError");
  await expect(withPlace(1, 2, () => Promise.reject(aborted))).rejects.toBe(aborted);
  await expect(
    withPlace(1, 2, () => Promise.reject(new GpuError({ where: "g", what: "w" }))),
  ).rejects.toBeInstanceOf(GpuError);
});
