/** The conversation of a draft, and the one that is pasted as JSON. */
import { describe, expect, it } from "vitest";
import {
  askedKey,
  messagesOf,
  moved,
  NO_CONTEXT,
  picturesOf,
  questionPictures,
  usedContext,
  withoutPictures,
} from "../../../demo/draft/context.ts";
import { conversations, missingPart } from "../../../demo/draft/edit.ts";
import { readConversation } from "../../../demo/draft/read-conversation.ts";
import type { ReadConversation } from "../../../demo/draft/read-conversation.ts";
import { verdictMarkdown, verdictPairs } from "../../../demo/score/export.ts";
import { draftResponse } from "../../../demo/draft/state.ts";
import type { Draft, Picture } from "../../../demo/draft/state.ts";

const PNG = "data:image/png;base64,iVBORw0KGgo=";

function picture(name: string): Picture {
  return { blob: new Blob([name]), url: `blob:${name}`, name };
}

const [a, b, c, d] = ["a.png", "b.png", "c.png", "d.png"].map(picture) as [
  Picture,
  Picture,
  Picture,
  Picture,
];

const draft: Draft = {
  picture: b,
  prompt: "And now?",
  responses: [draftResponse("Yes."), draftResponse("No.")],
  context: {
    system: "Be brief.",
    exchanges: [
      { key: 1001, pictures: [a], isTextFirst: false, user: "What is it?", assistant: "A cat." },
      { key: 1002, pictures: [], isTextFirst: false, user: "Sure?", assistant: "Quite." },
    ],
    morePictures: [c, d],
    isTextFirst: true,
  },
};

const image = (of: string): object => ({ type: "image", image: of });
const text = (of: string): object => ({ type: "text", text: of });

/** The draft as messages, a picture by its name. */
const MESSAGES = [
  { role: "system", content: "Be brief." },
  { role: "user", content: [image("a.png"), text("What is it?")] },
  { role: "assistant", content: "A cat." },
  { role: "user", content: [text("Sure?")] },
  { role: "assistant", content: "Quite." },
  { role: "user", content: [text("And now?"), image("b.png"), image("c.png"), image("d.png")] },
];

function read(value: unknown, chosen: readonly Picture[] = []): ReadConversation {
  const found = readConversation(JSON.stringify(value), chosen, (blob, name) => ({
    blob,
    name,
    url: `blob:${name}`,
  }));
  if ("wrong" in found) throw new Error(found.wrong);
  return found;
}

describe("a draft's conversation", () => {
  it("conversation: system, earlier turns, several pictures → the messages in their order", () => {
    expect(messagesOf(draft, ({ name }) => name)).toEqual(MESSAGES);
    expect(picturesOf(draft)).toEqual([a, b, c, d]);
    expect(questionPictures(draft)).toEqual([b, c, d]);
    const [first, second] = conversations(draft, ["Yes.", "No."]);
    expect(first?.slice(0, -1)).toEqual(messagesOf(draft));
    expect(second?.at(-1)).toEqual({ role: "assistant", content: "No." });
  });

  it("conversation: one picture and one prompt → what it was before there was more", () => {
    const plain = { picture: a, prompt: "Why?" };
    expect(messagesOf(plain)).toEqual([
      { role: "user", content: [{ type: "image", image: a.blob }, text("Why?")] },
    ]);
    expect(usedContext(NO_CONTEXT)).toBeUndefined();
  });

  it("conversation: pictures in another order, another system prompt → another question", () => {
    const { context } = draft;
    if (context === undefined) throw new Error("no context");
    const others = [
      { ...draft, context: { ...context, morePictures: moved(context.morePictures, 0, 1) } },
      { ...draft, context: { ...context, system: "" } },
      { ...draft, context: { ...context, isTextFirst: false } },
      { ...draft, context: { ...context, exchanges: context.exchanges.toReversed() } },
      { ...draft, context: undefined },
    ];
    const keys = [draft, ...others].map(askedKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(askedKey({ ...draft })).toBe(askedKey(draft));
  });

  it("conversation: for a model that reads text only → the same turns without pictures", () => {
    const bare = withoutPictures(draft);
    expect(picturesOf(bare)).toEqual([]);
    expect(messagesOf(bare).map(({ role }) => role)).toEqual(MESSAGES.map(({ role }) => role));
  });

  it("conversation: its verdict → the text and the pair to take away say all turns", () => {
    const timesMs = { images: 0, text: 0, gpu: 0, total: 0 };
    const scores = [1, -1].map((value) => ({ value, steps: [], tokens: 9, images: [], timesMs }));
    const verdict = { draft, scores, judge: undefined };
    expect(verdictMarkdown(verdict)).toContain(
      [
        "> **system:** Be brief.",
        ">",
        "> **user:** [a.png]",
        "> What is it?",
        ">",
        "> **assistant:** A cat.",
        ">",
        "> **user:** Sure?",
        ">",
        "> **assistant:** Quite.",
        ">",
        "> **user:** And now?",
        "> [b.png]",
        "> [c.png]",
        "> [d.png]",
      ].join("\n"),
    );
    const pair = verdictPairs(verdict);
    for (const part of ["Be brief.", "What is it?", "Quite.", "And now?", "d.png", "Yes.", "No."]) {
      expect(pair).toContain(part);
    }
  });

  it("moved: an item → its new place; past the ends → as it was", () => {
    expect(moved([1, 2, 3], 0, 2)).toEqual([2, 3, 1]);
    expect(moved([1, 2, 3], 2, 1)).toEqual([1, 3, 2]);
    expect(moved([1, 2, 3], 2, 3)).toEqual([1, 2, 3]);
    expect(moved([1, 2, 3], 0, -1)).toEqual([1, 2, 3]);
  });

  it("conversation: an empty text of an earlier turn → named, in its field", () => {
    const turn = { key: 7, pictures: [], isTextFirst: false, user: "Hi", assistant: " " };
    const found = (part: Partial<typeof turn>): string | undefined =>
      missingPart({ ...draft, context: { ...NO_CONTEXT, exchanges: [{ ...turn, ...part }] } })
        ?.field;
    expect(found({})).toBe("assistant-7");
    expect(found({ user: "", assistant: "Hello" })).toBe("user-7");
    expect(found({ assistant: "Hello" })).toBeUndefined();
  });
});

describe("a conversation that is pasted as JSON", () => {
  it("pasted: what the draft's messages are, with the chosen names → the same messages", () => {
    const found = read([...MESSAGES, { role: "assistant", content: "Yes." }], [a, b, c, d]);
    expect(messagesOf(found)).toEqual(messagesOf(draft));
    expect(found.responses).toEqual(["Yes."]);
  });

  it("pasted: OpenAI's parts, text first, a data URL → its picture, after the text", async () => {
    const parts = [text("What?"), { type: "image_url", image_url: { url: PNG, detail: "low" } }];
    const found = read({
      model: "gpt",
      messages: [
        { role: "user", content: parts },
        { role: "assistant", content: [text("A dot.")] },
      ],
    });
    expect(found).toMatchObject({
      prompt: "What?",
      responses: ["A dot."],
      unused: ["model"],
      context: { isTextFirst: true, exchanges: [], morePictures: [] },
    });
    const bytes = new Uint8Array((await found.picture?.blob.arrayBuffer()) ?? new ArrayBuffer(0));
    expect([...bytes.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  it("pasted: places without pictures → the chosen ones, in their order; no answer → no response", () => {
    const place = { type: "image" };
    const messages = [{ role: "user", content: [place, place, text("Which?")] }];
    const found = read({ messages }, [c, a]);
    expect(questionPictures(found)).toEqual([c, a]);
    expect(found.responses).toEqual([]);
    const plain = read({ messages: [{ role: "user", content: "Why?" }] });
    expect(plain).toMatchObject({ prompt: "Why?", picture: undefined, context: undefined });
  });

  const user = { role: "user", content: "Why?" };
  it.each([
    ["no JSON", "{", /valid JSON/],
    ["a number", "3", /messages/],
    ["two users in a row", JSON.stringify([user, user]), /Message 2 is of user/],
    ["a tool", JSON.stringify([user, { role: "tool", content: "5" }]), /Message 2 is of tool/],
    ["an answer alone", JSON.stringify([{ role: "assistant", content: "Hi" }]), /question/],
    [
      "a picture within the text",
      JSON.stringify([{ role: "user", content: [text("a"), image(PNG), text("b")] }]),
      /within its text/,
    ],
    [
      "a picture that is not chosen",
      JSON.stringify([{ role: "user", content: [image("https://x.org/e.png"), text("b")] }]),
      /x\.org\/e\.png is not among/,
    ],
    [
      "more places than pictures",
      JSON.stringify([{ role: "user", content: [{ type: "image" }, text("b")] }]),
      /1 places for pictures, and 0/,
    ],
    ["a field", JSON.stringify([{ ...user, name: "Eve" }]), /has name, which the form/],
    [
      "a video",
      JSON.stringify([{ role: "user", content: [{ type: "video", video: "v" }] }]),
      /video/,
    ],
    [
      "33 pictures",
      JSON.stringify([{ role: "user", content: Array.from({ length: 33 }, () => image(PNG)) }]),
      /Message 1 has more than 32 pictures/,
    ],
    [
      "nine responses",
      JSON.stringify({ messages: [user], responses: Array.from("123456789") }),
      /9 responses; 8/,
    ],
  ])("pasted: %s → says what is wrong", (_, pasted, wrong) => {
    const found = readConversation(pasted, [], (blob, name) => ({ blob, name, url: name }));
    expect("wrong" in found ? found.wrong : "").toMatch(wrong);
  });
});
