/** Responses as steps. */
import { expect, test } from "vitest";
import { stepsOf } from "../../../src/text/template/steps.ts";
import type { Conversation } from "../../../src/types.ts";

const talk = (question: string, solution: string): Conversation => [
  { role: "user", content: question },
  { role: "assistant", content: solution },
];

test.each([
  ["paragraphs", "3 + 4 = 7.\n\n2 * 7\n= 14.\n \n", ["3 + 4 = 7.", "2 * 7\n= 14."]],
  ["lines of one paragraph", "3 + 4 = 7.\n2 * 7 = 14.\n", ["3 + 4 = 7.", "2 * 7 = 14."]],
  ["one line", "14", ["14"]],
])("steps: %s → each a step", (_, solution, steps) => {
  expect(stepsOf(talk("2(3 + 4)?", solution))).toEqual({ question: "2(3 + 4)?", steps });
});

test("steps: a question in parts → joined", () => {
  const content = [
    { type: "text", text: "2(3" },
    { type: "text", text: " + 4)?" },
  ] as const;
  const given: Conversation = [
    { role: "user", content },
    { role: "assistant", content: "14" },
  ];
  expect(stepsOf(given).question).toBe("2(3 + 4)?");
});

test.each<[string, Conversation, string]>([
  [
    "a system text",
    [{ role: "system", content: "s" }, ...talk("q", "a")],
    "got system, user, assistant",
  ],
  ["no response", [{ role: "user", content: "q" }], "got user"],
  ["an empty solution", talk("q", " \n"), "one step or more"],
  [
    "a picture",
    [
      { role: "user", content: [{ type: "image", image: "a.png" }] },
      { role: "assistant", content: "a" },
    ],
    "reads text only",
  ],
])("steps: %s → refused", (_, conversation, why) => {
  expect(() => stepsOf(conversation)).toThrow(why);
});
