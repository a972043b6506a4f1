/**
 * Rows of every shape in use, read by the one reader: the conversation that each says, its pictures
 * in their places. Covers read-row.ts, shapes.ts, turns.ts, marks.ts,
 * media.ts and fields.ts.
 */
import { describe, expect, test } from "vitest";
import { judgedConversation, readRow } from "../../src/rows/read-row.ts";
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

test("a list of texts under the name of one response → several responses, as VL-RewardBench has it", () => {
  const { messages, responses } = read({
    query: "How many?",
    image: "a.png",
    response: ["Five.", "Nine."],
    human_ranking: [0, 1],
  });
  expect([messages, responses]).toEqual([[asked], [five, nine]]);
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
