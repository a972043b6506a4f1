import { expect, test } from "vitest";
import { assistant, system, user } from "../../src/text/messages.ts";
import type { Conversation } from "../../src/types.ts";

test("messages: texts and pictures → the turns of transformers' templates", () => {
  const picture = new Blob([]);
  const address = new URL("https://example.org/a.png");
  const talk: Conversation = [
    system("Be brief."),
    user(picture, "Which?", address),
    assistant("This."),
  ];
  expect(talk).toEqual([
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "image", image: picture },
        { type: "text", text: "Which?" },
        { type: "image", image: address },
      ],
    },
    { role: "assistant", content: "This." },
  ]);
  expect(user("Which?")).toEqual({ role: "user", content: "Which?" });
  expect(user("a", "b").content).toHaveLength(2);
});
