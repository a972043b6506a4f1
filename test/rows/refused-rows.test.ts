/** Rows that the one reader refuses: each error names the row, the field and what was expected. */
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { judgedConversation, readRow, UnusedFields } from "../../src/rows/read-row.ts";
import type { Message } from "../../src/types.ts";

type Row = Readonly<Record<string, unknown>>;

const text = (value: string) => ({ type: "text", text: value }) as const;
const image = (path: string) => ({ type: "image", image: path }) as const;
const user = (...content: (ReturnType<typeof text> | ReturnType<typeof image>)[]): Message => ({
  role: "user",
  content,
});
const says = (content: string): Message => ({ role: "assistant", content });

function faultOf(work: () => unknown): InputError {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error("expected an InputError, got none");
}

const asked = user(image("a.png"), text("How many?"));

describe("rows that are refused, by name", () => {
  const marked = (content: string): unknown => [{ role: "user", content }, says("Five.")];
  test.each<[name: string, row: Row, message: string]>([
    [
      "two marks and a picture",
      { messages: marked("<image><image>x"), images: ["a.png"] },
      "expected as many <image> marks as pictures, 1, got 2",
    ],
    [
      "a mark and two pictures",
      { prompt: "<image>x", images: ["a.png", "b.png"], response: "y" },
      "expected as many <image> marks as pictures, 2, got 1",
    ],
    [
      "a mark too many in the response",
      {
        messages: [...(marked("<image>x") as unknown[]).slice(0, 1), says("<image>")],
        images: ["a.png"],
      },
      "as pictures, 1, got 2",
    ],
    [
      "a mark too many in a trainer's rejected response",
      { messages: marked("<image>x"), rejected_response: "<image>", images: ["a.png"] },
      "as pictures, 1, got 2",
    ],
    [
      "a place and two pictures",
      { messages: [{ role: "user", content: [{ type: "image" }] }], images: ["a.png", "b.png"] },
      "expected as many places for pictures as pictures, 2, got 1",
    ],
    [
      "other pictures in parts and in a column",
      { messages: [asked, says("x")], images: ["b.png"] },
      "pictures both in the messages and in a column",
    ],
    [
      "pictures in two columns",
      { prompt: "x", image: "a.png", images: ["b.png"], response: "y" },
      "pictures in two columns, image and images",
    ],
    [
      "a place without pictures",
      { messages: [{ role: "user", content: [{ type: "image" }] }, says("x")] },
      "messages[0].content[0].image: expected a Blob",
    ],
    [
      "a video",
      { prompt: "x", response: "y", video: "a.mp4" },
      "field video: expected text and pictures only",
    ],
    ["videos", { messages: marked("x"), videos: ["a.mp4"] }, "field videos: expected text"],
    ["a sound", { messages: marked("x"), audios: ["a.wav"] }, "field audios: expected text"],
    [
      "a picture under another name",
      { messages: marked("x"), photo_file_name: "a.png" },
      "a picture under a name that is not read, photo_file_name",
    ],
    [
      "a data URL under another name",
      { messages: marked("x"), seen: "data:image/png;base64,AAAA" },
      "a name that is not read, seen",
    ],
    ["a number for a picture", { messages: marked("x"), image: 5 }, "field image: expected a Blob"],
    [
      "an unknown field of a picture",
      { messages: marked("x"), image: { path: "a.png", crop: 3 } },
      "field image.crop: a field that is not used",
    ],
    [
      "an unknown field of a part",
      { messages: [{ role: "user", content: [{ ...image("a.png"), zoom: 2 }] }, says("x")] },
      "content[0].zoom: a field that is not used",
    ],
    [
      "tools",
      { messages: marked("x"), tools: [{ type: "function" }] },
      "field tools: expected nothing",
    ],
    [
      "documents",
      { messages: marked("x"), documents: [{ title: "t", text: "x" }] },
      "field documents: expected nothing",
    ],
    [
      "thinking switched off",
      { messages: marked("x"), enable_thinking: false },
      "field enable_thinking: expected nothing",
    ],
    [
      "options of the template",
      { messages: marked("x"), chat_template_kwargs: { enable_thinking: false } },
      "field chat_template_kwargs: expected nothing",
    ],
    [
      "boxes",
      { messages: marked("x"), objects: { bbox: [[1, 2, 3, 4]] } },
      "field objects: expected nothing",
    ],
    [
      "other pictures for the rejected",
      { messages: marked("x"), rejected_images: ["a.png"] },
      "field rejected_images",
    ],
    [
      "a call in ShareGPT's form",
      { conversations: [{ from: "function_call", value: "{}" }] },
      "conversations[0]: a call of a function",
    ],
    ["no prompt", { id: 1, response: "x" }, "field messages: expected messages, or a prompt"],
    ["chosen alone", { prompt: "x", chosen: "y" }, "field rejected: expected a text, got nothing"],
    [
      "the same conversations",
      { chosen: [user(text("x")), says("a")], rejected: [user(text("x")), says("a")] },
      "field rejected: expected another response",
    ],
    [
      "another winner",
      {
        conversation_a: [user(text("x")), says("a")],
        conversation_b: [user(text("x")), says("b")],
        winner: "gpt",
      },
      "field winner: expected model_a, model_b or tie",
    ],
    [
      "a null message",
      { messages: [null] },
      "f, line 1, messages[0]: expected { role, content }, got null",
    ],
    [
      "an id that is none",
      { id: {}, messages: marked("x") },
      "field id: expected a text, or a number",
    ],
  ])("row: %s → InputError", (_, row, message) => {
    expect(faultOf(() => readRow(row, "f, line 1")).message).toContain(message);
  });

  test("row: several responses for one score → InputError that names the command for them", () => {
    const row = readRow({ prompt: "x", chosen: "a", rejected: "b" }, "f");
    expect(faultOf(() => judgedConversation(row)).message).toContain(
      "f: several responses: expected one, got 2",
    );
  });

  test("row: a prompt beside a picture, without a winner → its plain text and picture", () => {
    const row = readRow({ prompt: "x", image: "a.png", responses: ["y", "z"] }, "f");
    expect(row.plain).toMatchObject({ text: "x", pictures: ["a.png"] });
  });

  test("rows: fields that nobody reads → one warning that lists them all", () => {
    const unused = new UnusedFields();
    unused.add(readRow({ prompt: "x", response: "y", colour: "red", note: "" }, "f"));
    unused.add(
      readRow({ prompt: "x", response: "y", shape: [1], colour: "blue", category: "c" }, "f"),
    );
    expect(unused.warnings("f")).toEqual([
      "f: columns that are not read, and have no effect: colour, shape",
    ]);
  });

  test("row: a megabyte in any field → a short message", () => {
    const long = "x".repeat(1e6);
    for (const row of [
      { id: {}, [long]: 1 },
      { prompt: 5, note: long },
      { messages: long },
      { prompt: "x", winner: long, response_a: "a", response_b: "b" },
    ]) {
      expect(faultOf(() => readRow(row, "f")).message.length).toBeLessThan(800);
    }
  });
});
