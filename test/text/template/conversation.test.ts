/**
 * Conversations in every common form are read into the engine's own form; any other form gets an
 * error. Covers conversation.ts, read-conversation.ts and parts.ts.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { imagePartsOf, readConversations } from "../../../src/text/template/conversation.ts";
import type { Conversation } from "../../../src/types.ts";

const judged = { role: "assistant", content: "So." };

async function read(conversation: unknown): Promise<Conversation> {
  const [first] = await readConversations([conversation]);
  if (first === undefined) throw new Error("nothing came back");
  return first;
}

/** Returns what a part of the user's turn becomes. */
async function readPart(part: unknown): Promise<unknown> {
  const [{ content } = judged] = await read([{ role: "user", content: [part] }, judged]);
  return content[0];
}

async function faultOf(work: Promise<unknown>): Promise<InputError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof InputError) return error;
  throw new Error(`expected an InputError, got ${String(error)}`);
}

const root = new URL("../../golden/images/", import.meta.url);
const file = (name: string): Buffer => readFileSync(new URL(name, root));
const base64 = (name: string): string => file(name).toString("base64");
const image = (picture: unknown, budget = {}): unknown => ({
  type: "image",
  image: picture,
  ...budget,
});

describe("parts", () => {
  const url = "https://example.org/a.png";
  const data = `data:image/png;base64,${base64("small.png")}`;
  test.each<[name: string, part: unknown, wanted: unknown]>([
    ["plain text", { type: "text", text: "a" }, { type: "text", text: "a" }],
    ["a string", "a", { type: "text", text: "a" }],
    ["an empty string", "", { type: "text", text: "" }],
    ["text without a type", { text: "a" }, { type: "text", text: "a" }],
    ["input_text", { type: "input_text", text: "a" }, { type: "text", text: "a" }],
    [
      "output_text",
      { type: "output_text", text: "a", annotations: [] },
      { type: "text", text: "a" },
    ],
    [
      "text with null fields of a table",
      { type: "text", text: "a", image: null },
      { type: "text", text: "a" },
    ],
    ["a path", { type: "image", image: "a.png" }, image("a.png")],
    ["an image without a type", { image: "a.png" }, image("a.png")],
    ["url", { type: "image", url: "a.png" }, image("a.png")],
    ["path", { type: "image", path: "a.png" }, image("a.png")],
    ["base64", { type: "image", base64: base64("small.png") }, image(data)],
    ["base64 as the image", { type: "image", image: base64("small.png") }, image(data)],
    ["image_url, a string", { type: "image_url", image_url: url }, image(url)],
    ["image_url, an object", { type: "image_url", image_url: { url, detail: "high" } }, image(url)],
    [
      "image_url, an address",
      { type: "image_url", image_url: { url: new URL(url) } },
      image(new URL(url)),
    ],
    ["image_url under the type image", { type: "image", image_url: url }, image(url)],
    ["image_url without a type", { image_url: { url } }, image(url)],
    [
      "image_url, base64",
      { type: "image_url", image_url: { url: base64("small.png") } },
      image(data),
    ],
    ["input_image", { type: "input_image", image_url: url, detail: "auto" }, image(url)],
    [
      "a source in base64",
      {
        type: "image",
        source: { type: "base64", media_type: "image/png", data: base64("small.png") },
      },
      image(data),
    ],
    ["a source by its address", { type: "image", source: { type: "url", url } }, image(url)],
    [
      "{bytes, path} in base64",
      { type: "image", image: { bytes: base64("small.png"), path: "a.png" } },
      image(data),
    ],
    [
      "{bytes, path} without bytes",
      { type: "image", image: { bytes: null, path: "a.png" } },
      image("a.png"),
    ],
    [
      "bytes and path beside the type",
      { type: "image", bytes: base64("small.png"), path: "a.png" },
      image(data),
    ],
    [
      "a budget",
      { type: "image", image: "a.png", min_pixels: 4, max_pixels: 5 },
      image("a.png", { min_pixels: 4, max_pixels: 5 }),
    ],
    [
      "fixed sides",
      { type: "image_url", image_url: url, resized_height: 56, resized_width: 28 },
      image(url, { resized_height: 56, resized_width: 28 }),
    ],
    ["null budget", { type: "image", image: "a.png", max_pixels: null }, image("a.png")],
  ])("part: %s → the plain form", async (_, part, wanted) => {
    expect(await readPart(part)).toEqual(wanted);
  });

  test.each(["small.png", "photo.jpg", "lossless.webp"])(
    "part: %s as base64, however it is written → its data URL",
    async (name) => {
      const plain = base64(name);
      const type = { png: "png", jpg: "jpeg", webp: "webp" }[name.split(".")[1] ?? ""];
      const wanted = image(`data:image/${type};base64,${plain}`);
      const wrapped = plain.replaceAll(/.{76}/g, "$&\r\n");
      const forUrls = plain.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
      expect(await readPart({ type: "image", image: plain })).toEqual(wanted);
      expect(await readPart({ type: "image", image: wrapped })).toEqual(wanted);
      const { image: made } = (await readPart({ image: forUrls })) as { image: string };
      expect(Buffer.from(made.split(",")[1] ?? "", "base64")).toEqual(file(name));
    },
  );

  test("part: bytes of every kind → a file of them; the same bytes → the same file", async () => {
    const bytes = new Uint8Array(file("small.png"));
    const forms = [bytes, bytes.buffer, { bytes, path: null }];
    for (const form of forms) {
      const { image: made } = (await readPart({ type: "image", image: form })) as { image: Blob };
      expect(new Uint8Array(await made.arrayBuffer())).toEqual(bytes);
    }
    const numbers = await readPart({ type: "image", image: { bytes: [...bytes] } });
    expect(numbers).toEqual(image(`data:image/png;base64,${base64("small.png")}`));
    const turn = {
      role: "user",
      content: [
        { type: "image", image: bytes },
        { type: "image", bytes },
      ],
    };
    const [a, b] = imagePartsOf(await read([turn, judged]));
    const [c] = imagePartsOf(await read([turn, judged]));
    expect(b?.image).toBe(a?.image);
    expect(c?.image).toBe(a?.image);
  });

  test.each<[name: string, part: unknown, message: string]>([
    ["nothing", {}, "content[0]: a part: expected type text or image, got {  }"],
    ["a video", { type: "video", video: "a.mp4" }, 'expected type text or image, got "video"'],
    ["a video without a type", { video: "a.mp4", fps: 2 }, "got { video, fps }"],
    ["a sound", { type: "input_audio", input_audio: {} }, 'got "input_audio"'],
    [
      "a picture in a text",
      { type: "text", text: "a", image: "a.png" },
      "content[0].image: a field that is not used",
    ],
    [
      "fps of a picture",
      { type: "image", image: "a.png", fps: 2 },
      "content[0].fps: a field that is not used",
    ],
    [
      "an unknown field",
      { type: "image", image: "a.png", colour: "red" },
      "content[0].colour: a field",
    ],
    [
      "an unknown field of a text",
      { type: "text", text: "a", weight: 2 },
      "content[0].weight: a field",
    ],
    [
      "an unknown field of a file",
      { type: "image", image: { path: "a.png", size: 3 } },
      "image.size: a field",
    ],
    [
      "two pictures",
      { type: "image", image: "a.png", url: "b.png" },
      "two pictures, image and url",
    ],
    ["no picture", { type: "image" }, "content[0].image: expected a Blob"],
    ["a picture that is null", { type: "image", image: null }, "content[0].image: expected a Blob"],
    ["an empty path", { type: "image", image: "" }, "content[0].image: expected a Blob"],
    ["an object without a picture", { type: "image", image: { width: 3 } }, "got { width }"],
    ["bytes that are none", { type: "image", image: [1, 300] }, "expected bytes, from 0 to 255"],
    [
      "base64 of no picture",
      { type: "image", base64: "aGVsbG8gd29ybGQsIGhlbGxvIHdvcmxk" },
      "a picture in base64",
    ],
    [
      "a budget of half a pixel",
      { type: "image", image: "a.png", max_pixels: 0.5 },
      "content[0].max_pixels: expected a whole number",
    ],
    [
      "a budget in words",
      { type: "image", image: "a.png", min_pixels: "4" },
      "content[0].min_pixels: expected a whole number",
    ],
    [
      "the least above the most",
      { type: "image", image: "a.png", min_pixels: 5, max_pixels: 4 },
      "content[0].min_pixels: expected at most 4",
    ],
    [
      "one side",
      { type: "image", image: "a.png", resized_width: 56 },
      "expected resized_height and resized_width together",
    ],
    [
      "a number for text",
      { type: "text", text: 5 },
      "content[0].text: expected a string, got a number",
    ],
    ["half a pair", "ab\ud800", "at character 2: expected well-formed Unicode, got U+D800"],
  ])("part: %s → InputError that names it", async (_, part, message) => {
    const fault = await faultOf(readPart(part));
    expect(fault.message).toContain("messages[0].content[0]");
    expect(fault.message).toContain(message);
  });

  test("part: a megabyte in a wrong place → a short message", async () => {
    const long = "QUJD".repeat(300_000);
    for (const part of [
      { base64: long },
      { type: long },
      { text: "a", [long]: 1 },
      { type: "image", image: { [long]: 1 } },
    ]) {
      expect((await faultOf(readPart(part))).message.length).toBeLessThan(700);
    }
  });
});

describe("messages", () => {
  test("message: fields beside role and content → kept as they are, null ones left out", async () => {
    const call = {
      id: "c1",
      type: "function",
      function: { name: "add", arguments: { a: [1, 2.5, true, null] } },
    };
    const turns = [
      { role: "user", content: "x", name: "Ann" },
      { role: "assistant", content: null, tool_calls: [call], reasoning_content: null },
      { role: "tool", content: "3", tool_call_id: "c1" },
      { role: "assistant", content: "Three.", reasoning_content: "1 + 2" },
    ];
    const [user, caller, tool, last] = await read(turns);
    expect([user, tool, last]).toEqual([turns[0], turns[2], turns[3]]);
    expect(caller).toEqual({ role: "assistant", content: [], tool_calls: [call] });
  });

  test("message: read again → the same", async () => {
    const once = await read([{ role: "developer", content: ["x"] }, judged]);
    expect(await read(once)).toBe(once);
  });

  const user = { role: "user", content: "x" };
  test.each<[name: string, conversation: unknown, message: string]>([
    ["no list", "hello", "messages: expected a list of messages, got hello"],
    ["empty", [], "messages: the conversation is empty"],
    [
      "last turn the user's",
      [user],
      "messages[0].role: the last turn is not the assistant's: expected assistant, got user",
    ],
    [
      "no content and nothing else",
      [{ role: "assistant" }],
      "messages[0].content: expected a string or a list of parts, got nothing",
    ],
    [
      "null content and nothing else",
      [{ role: "assistant", content: null, name: "" }],
      "messages[0].content: expected",
    ],
    [
      "an object for content",
      [{ role: "assistant", content: { text: "x" } }],
      "messages[0].content: expected",
    ],
    [
      "pictures beside the content",
      [{ ...user, images: ["a.png"] }, judged],
      "messages[0].images: a picture or video beside the content",
    ],
    [
      "a video beside the content",
      [{ ...user, video: "a.mp4" }, judged],
      "messages[0].video: a picture or video",
    ],
    [
      "a number that JSON rounds",
      [{ ...user, seed: 2 ** 60 }, judged],
      "messages[0].seed: not plain data",
    ],
    [
      "a fraction that Python writes otherwise",
      [{ ...user, call: { x: 1e-5 } }, judged],
      "messages[0].call.x: not plain data",
    ],
    ["a function", [{ ...user, f: () => 1 }, judged], "messages[0].f: not plain data"],
    [
      "a date in a call",
      [{ ...user, call: { at: new Date() } }, judged],
      "messages[0].call.at: not plain data",
    ],
    [
      "half a pair in a call",
      [{ ...user, call: ["\udc00"] }, judged],
      "messages[0].call[0]: half a surrogate pair",
    ],
  ])("message: %s → InputError", async (_, conversation, message) => {
    expect((await faultOf(read(conversation))).message).toContain(message);
    const second = await faultOf(readConversations([[judged], conversation]));
    expect(second.message).toContain(message.replace("messages", "conversations[1].messages"));
  });
});

test("conversation: any form of the same parts → equal; an unknown field anywhere → named", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const path = fc.stringMatching(/^[a-z]{1,8}\.png$/);
  const part = fc.oneof(
    text.map((value) => ({
      plain: { type: "text", text: value },
      forms: [value, { text: value }, { type: "input_text", text: value }],
    })),
    path.map((value) => ({
      plain: { type: "image", image: value },
      forms: [
        { image: value },
        { type: "image", url: value },
        { type: "image", path: value },
        { type: "image_url", image_url: { url: value } },
        { image: { path: value, bytes: null } },
      ],
    })),
  );
  const talk = fc.array(
    fc.tuple(
      fc.constantFrom("user", "system", "tool"),
      fc.array(part, { minLength: 1, maxLength: 4 }),
    ),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(talk, fc.nat(), async (turns, pick) => {
      const write = (
        form: (all: (typeof turns)[number][1][number], i: number) => unknown,
      ): unknown[] => [
        ...turns.map(([role, parts]) => ({ role, content: parts.map(form) })),
        judged,
      ];
      const plain = write(({ plain: one }) => one);
      expect(await read(write(({ forms }, i) => forms[(pick + i) % forms.length]))).toEqual(plain);
      if (turns.length === 0) return;
      const strange = write(({ plain: one }) => ({ ...one, [`x${pick}`]: pick + 1 }));
      expect((await faultOf(read(strange))).message).toContain(`.x${pick}`);
    }),
    { numRuns: 1500, seed: 13 },
  );
});
