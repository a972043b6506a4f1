/**
 * The rows that trainers read: the fields that each one's own documentation and loader name.
 */

import { expect, test } from "vitest";
import { formatIndex, formatPair, type TrainingPair } from "../../src/pairs/formats.ts";

const pair: TrainingPair = {
  id: 7,
  messages: [
    {
      role: "user",
      content: [
        { type: "image", image: "a.png" },
        { type: "text", text: "How many?" },
      ],
    },
  ],
  chosen: "Three.",
  rejected: "Four.",
  chosenScore: 2.5,
  rejectedScore: -1,
  truth: "3",
};
const options = {
  source: { model: "org/judge", revision: "abc" },
  path: (image: string) => `/data/${image}`,
};
const vl_reward = {
  id: "7",
  chosen_score: 2.5,
  rejected_score: -1,
  margin: 3.5,
  model: "org/judge",
  revision: "abc",
};

test("mmpr: a picture → image, question, chosen, rejected, answer_gt, scores in the metas", () => {
  const source = { model: "org/judge", revision: "abc" };
  expect(formatPair("mmpr", pair, options)).toEqual({
    image: "/data/a.png",
    question: "<image>\nHow many?",
    chosen: "Three.",
    rejected: "Four.",
    answer_gt: "3",
    chosen_meta: { score: 2.5, ...source },
    rejected_meta: { score: -1, ...source },
  });
});

test("trl: a picture → prompt, chosen and rejected of typed parts, images", () => {
  expect(formatPair("trl", pair, options)).toEqual({
    prompt: [{ role: "user", content: [{ type: "image" }, { type: "text", text: "How many?" }] }],
    chosen: [{ role: "assistant", content: [{ type: "text", text: "Three." }] }],
    rejected: [{ role: "assistant", content: [{ type: "text", text: "Four." }] }],
    images: ["/data/a.png"],
    vl_reward,
  });
});

test("llama-factory: a system turn and an earlier answer → sharegpt, ranking, system apart", () => {
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Hi" },
    ...pair.messages,
  ] as const;
  expect(formatPair("llama-factory", { ...pair, messages }, options)).toEqual({
    conversations: [
      { from: "human", value: "Hello" },
      { from: "gpt", value: "Hi" },
      { from: "human", value: "<image>\nHow many?" },
    ],
    chosen: { from: "gpt", value: "Three." },
    rejected: { from: "gpt", value: "Four." },
    images: ["/data/a.png"],
    system: "Be brief.",
    vl_reward,
  });
});

test("ms-swift: text only → messages with the chosen one, rejected_response, no images", () => {
  const messages = [{ role: "user", content: "2 + 2?" }] as const;
  expect(formatPair("ms-swift", { ...pair, messages }, options)).toEqual({
    messages: [
      { role: "user", content: "2 + 2?" },
      { role: "assistant", content: "Three." },
    ],
    rejected_response: "Four.",
    images: [],
    margin: 3.5,
    vl_reward,
  });
});

test("mmpr: two pictures → a list; no picture → no field; several turns → refused", () => {
  const image = { type: "image", image: "b.png" } as const;
  const two = [{ role: "user", content: [image, image, { type: "text", text: "?" }] }] as const;
  expect(formatPair("mmpr", { ...pair, messages: two }, options)).toMatchObject({
    image: ["/data/b.png", "/data/b.png"],
    question: "<image>\n<image>\n?",
  });
  const none = [{ role: "user", content: "?" }] as const;
  expect(formatPair("mmpr", { ...pair, messages: none }, options)).not.toHaveProperty("image");
  const system = [{ role: "system", content: "s" }, ...none] as const;
  expect(() => formatPair("mmpr", { ...pair, messages: system }, options)).toThrow(
    "expected one user turn, got system, user",
  );
});

test("index: mmpr → meta.json; llama-factory → dataset_info.json that ranks; others → none", () => {
  const dataset = { file: "pairs.jsonl", name: "mine", root: "/data", pairs: 9 };
  expect(formatIndex("mmpr", dataset)).toEqual({
    file: "meta.json",
    content: {
      mine: {
        root: "/data",
        annotation: "pairs.jsonl",
        data_augment: false,
        repeat_time: 1,
        length: 9,
      },
    },
  });
  expect(formatIndex("llama-factory", dataset)?.content).toMatchObject({
    mine: { formatting: "sharegpt", ranking: true, file_name: "pairs.jsonl" },
  });
  expect([formatIndex("trl", dataset), formatIndex("ms-swift", dataset)]).toEqual([
    undefined,
    undefined,
  ]);
});
