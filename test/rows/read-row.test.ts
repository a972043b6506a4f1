/**
 * Rows of every shape in use, read by the one reader: the conversation that each says, its pictures
 * in their places, and what is refused by name. Covers read-row.ts, shapes.ts, turns.ts, marks.ts,
 * media.ts and fields.ts.
 */
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { judgedConversation, readRow, UnusedFields } from "../../src/rows/read-row.ts";
import type { Conversation, Message } from "../../src/types.ts";

type Row = Readonly<Record<string, unknown>>;

const text = (value: string) => ({ type: "text", text: value }) as const;
const image = (path: string) => ({ type: "image", image: path }) as const;
const user = (...content: (ReturnType<typeof text> | ReturnType<typeof image>)[]): Message => ({
  role: "user",
  content,
});
const says = (content: string): Message => ({ role: "assistant", content });

function read(row: Row): { messages: Conversation; responses: readonly Conversation[] } {
  const { messages, responses } = readRow(row, "f, line 1");
  return { messages, responses };
}

function textOf(part: unknown): unknown {
  return typeof part === "object" && part !== null && "text" in part ? part.text : undefined;
}

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
const five = [says("Five.")];
const nine = [says("Nine.")];

describe("one conversation", () => {
  const answer = { role: "assistant", content: "Five." };
  test.each<[name: string, row: Row]>([
    ["parts", { messages: [asked, answer] }],
    [
      "a mark and images",
      { messages: [{ role: "user", content: "<image>\nHow many?" }, answer], images: ["a.png"] },
    ],
    [
      "a mark without a newline",
      { messages: [{ role: "user", content: "<image>How many?" }, answer], images: ["a.png"] },
    ],
    [
      "a picture beside plain text",
      { messages: [{ role: "user", content: "How many?" }, answer], image: "a.png" },
    ],
    [
      "images as one text",
      { messages: [{ role: "user", content: "How many?" }, answer], images: "a.png" },
    ],
    [
      "image_url",
      { messages: [{ role: "user", content: "How many?" }, answer], image_url: { url: "a.png" } },
    ],
    [
      "{bytes, path} without bytes",
      {
        messages: [{ role: "user", content: "How many?" }, answer],
        image: { bytes: null, path: "a.png" },
      },
    ],
    [
      "places without pictures",
      {
        messages: [{ role: "user", content: [{ type: "image" }, text("How many?")] }, answer],
        images: ["a.png"],
      },
    ],
    [
      "a place with null",
      {
        messages: [
          { role: "user", content: [{ type: "image", image: null }, text("How many?")] },
          answer,
        ],
        images: ["a.png"],
      },
    ],
    [
      "ShareGPT",
      {
        conversations: [
          { from: "human", value: "<image>\nHow many?" },
          { from: "gpt", value: "Five." },
        ],
        image: "a.png",
      },
    ],
    ["prompt and response", { prompt: "How many?", response: "Five.", image: "a.png" }],
    ["Alpaca", { instruction: "How many?", input: "", output: "Five.", images: ["a.png"] }],
    [
      "turns under prompt, as verl has them",
      {
        prompt: [{ role: "user", content: "<image>How many?" }],
        response: "Five.",
        images: [{ image: "a.png" }],
      },
    ],
    ["prompt and completion as turns", { prompt: [asked], completion: [answer] }],
    [
      "nothing in other columns",
      { messages: [asked, answer], images: null, videos: [], video: "", tools: [], system: "" },
    ],
    [
      "lists as JSON in texts, as CSV has them",
      { prompt: "How many?", images: '["a.png"]', response: "Five." },
    ],
  ])("row: %s → the same conversation", (_, row) => {
    expect(read(row)).toEqual({ messages: [asked], responses: [five] });
    expect(judgedConversation(readRow(row, "f"))).toEqual([asked, ...five]);
  });

  test.each<[name: string, row: Row, wanted: Conversation]>([
    [
      "marks between texts",
      { prompt: "Image-1: <image>\nImage-2: <image>\nWhich?", image: ["a.png", "b.png"] },
      [
        user(
          text("Image-1: "),
          image("a.png"),
          text("\nImage-2: "),
          image("b.png"),
          text("\nWhich?"),
        ),
      ],
    ],
    [
      "a mark at the end",
      { question: "How many?\n<image>", image: "a.png" },
      [user(text("How many?\n"), image("a.png"))],
    ],
    [
      "a mark and a space",
      { query: "<image> How many?", image: "a.png" },
      [user(image("a.png"), text(" How many?"))],
    ],
    [
      "two marks in front",
      { problem: "<image>\n<image>\nWhich?", images: ["a.png", "b.png"] },
      [user(image("a.png"), image("b.png"), text("Which?"))],
    ],
    ["a mark alone", { prompt: "<image>", images: ["a.png"] }, [user(image("a.png"))]],
    [
      "text about the mark, without a picture",
      { prompt: "What is <image>\n<src/> for?", images: [] },
      [{ role: "user", content: "What is <image>\n<src/> for?" }],
    ],
    [
      "text about the mark beside a place",
      {
        messages: [{ role: "user", content: [{ type: "image" }, text("What is <image>?")] }],
        images: ["a.png"],
      },
      [user(image("a.png"), text("What is <image>?"))],
    ],
    [
      "marks in two turns",
      {
        messages: [
          { role: "user", content: "<image>\nA?" },
          { role: "assistant", content: "a" },
          { role: "user", content: "B<image>" },
        ],
        images: ["a.png", "b.png"],
      },
      [user(image("a.png"), text("A?")), says("a"), user(text("B"), image("b.png"))],
    ],
    [
      "a system column",
      { system: "Be brief.", conversations: [{ from: "human", value: "Hi" }] },
      [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hi" },
      ],
    ],
    [
      "Alpaca with input and history",
      { instruction: "Add.", input: "3 and 4", history: [["Hi", "Hello"]] },
      [{ role: "user", content: "Hi" }, says("Hello"), { role: "user", content: "Add.\n3 and 4" }],
    ],
    [
      "a tool's turns in ShareGPT's form",
      {
        conversations: [
          { from: "human", value: "3 + 4?" },
          { from: "observation", value: "7" },
        ],
      },
      [
        { role: "user", content: "3 + 4?" },
        { role: "tool", content: "7" },
      ],
    ],
    [
      "a budget at a place",
      {
        messages: [{ role: "user", content: [{ type: "image", max_pixels: 50176 }] }],
        images: ["a.png"],
      },
      [{ role: "user", content: [{ ...image("a.png"), max_pixels: 50176 }] }],
    ],
    ["pictures twice, in parts and in a column", { messages: [asked], images: ["a.png"] }, [asked]],
  ])("row: %s → its turns", (_, row, wanted) => {
    expect(read(row).messages).toEqual(wanted);
  });
});

describe("pairs", () => {
  const question = { role: "user", content: "How many?" };
  test.each<[name: string, row: Row]>([
    ["our own", { id: 1, prompt: "How many?", image: "a.png", chosen: "Five.", rejected: "Nine." }],
    [
      "MMPR",
      {
        image: "a.png",
        question: "<image>\nHow many?",
        chosen: "Five.",
        rejected: "Nine.",
        answer_gt: "5",
      },
    ],
    [
      "TRL, an explicit prompt",
      {
        prompt: [{ role: "user", content: [{ type: "image" }, text("How many?")] }],
        chosen: [{ role: "assistant", content: [text("Five.")] }],
        rejected: [{ role: "assistant", content: [text("Nine.")] }],
        images: ["a.png"],
      },
    ],
    [
      "TRL, an implicit prompt",
      { chosen: [question, ...five], rejected: [question, ...nine], images: ["a.png"] },
    ],
    [
      "UltraFeedback",
      {
        prompt: "How many?",
        chosen: [question, ...five],
        rejected: [question, ...nine],
        messages: [question, ...five],
        image: "a.png",
      },
    ],
    [
      "LLaMA-Factory, ShareGPT",
      {
        conversations: [{ from: "human", value: "<image>How many?" }],
        chosen: { from: "gpt", value: "Five." },
        rejected: { from: "gpt", value: "Nine." },
        images: ["a.png"],
      },
    ],
    [
      "LLaMA-Factory, Alpaca",
      {
        instruction: "<image>How many?",
        input: "",
        chosen: "Five.",
        rejected: "Nine.",
        images: ["a.png"],
      },
    ],
    [
      "ms-swift, rejected_response",
      {
        messages: [{ role: "user", content: "<image>How many?" }, ...five],
        rejected_response: "Nine.",
        images: ["a.png"],
      },
    ],
    [
      "ms-swift, rejected_messages",
      { messages: [question, ...five], rejected_messages: [question, ...nine], images: ["a.png"] },
    ],
    [
      "RLAIF-V",
      { question: "How many?", chosen: "Five.", rejected: "Nine.", image: { path: "a.png" } },
    ],
    [
      "an arena's battle",
      {
        question_id: "x",
        conversation_a: [question, ...nine],
        conversation_b: [question, ...five],
        winner: "model_b",
        images: ["a.png"],
      },
    ],
    [
      "an arena's lists of exchanges",
      {
        conversation_a: [[question, ...five]],
        conversation_b: [[question, ...nine]],
        winner: "model_a",
        images: ["a.png"],
      },
    ],
    [
      "an arena's texts",
      {
        prompt: '["How many?"]',
        response_a: '["Five."]',
        response_b: '["Nine."]',
        winner_model_a: 1,
        winner_model_b: 0,
        winner_tie: 0,
        image: "a.png",
      },
    ],
  ])("pair: %s → the prompt, chosen before rejected", (_, row) => {
    const { messages, responses, rightCount } = readRow(row, "f");
    expect(messages).toEqual([asked]);
    const texts = responses.map(([one]) => one?.content);
    const flat = texts.map((one) => (typeof one === "string" ? one : textOf(one?.[0])));
    expect([flat, rightCount]).toEqual([["Five.", "Nine."], 1]);
  });

  test("pair: several right and wrong ones, a tie, a battle without a winner → as the row says", () => {
    const many = readRow({ prompt: "x", chosen: ["a"], rejected: ["b", "c", "d"] }, "f");
    expect([many.rightCount, many.responses.length]).toEqual([1, 4]);
    const battle = {
      conversation_a: [user(text("x")), says("a")],
      conversation_b: [user(text("x")), says("b")],
    };
    expect(readRow({ ...battle, winner: "tie (bothbad)" }, "f").isTie).toBe(true);
    expect(readRow(battle, "f").rightCount).toBeUndefined();
    expect(readRow({ ...battle, winner: "model_b" }, "f").isSwapped).toBe(true);
  });

  test("row: responses of every form → a prompt and its responses", () => {
    const wanted = [[says("Five.")], [says("Nine.")]];
    for (const row of [
      { prompt: "x", responses: ["Five.", "Nine."] },
      { prompt: "x", responses: '["Five.", "Nine."]' },
      { messages: [{ role: "user", content: "x" }], completions: [says("Five."), [says("Nine.")]] },
      { question: "x", response_1: "Five.", response_2: "Nine." },
      { question: "x", response_a: "Five.", response_b: "Nine." },
    ]) {
      expect(read(row).responses).toEqual(wanted);
    }
  });

  test("row: a response that talks about the mark → text, beside messages with pictures", () => {
    const row = {
      messages: [{ role: "user", content: "<image>\nHow many?" }],
      responses: ["<image> is a tag.", "Five."],
      images: ["a.png"],
    };
    expect(read(row)).toEqual({
      messages: [asked],
      responses: [[says("<image> is a tag.")], five],
    });
  });
});

describe("what is refused, by name", () => {
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
