/** Rows that are not conversations: inputs, labels, questions. */
import { expect, test } from "vitest";
import { readCase } from "../../../cli/batch/batch-rows.ts";
import { countPictures, placeInputs } from "../../../cli/batch/row-case.ts";
import { InputError } from "../../../src/errors.ts";

const read = (row: object): unknown => readCase({ id: "1", ...row }, "f, line 1");
const ask = [{ role: "user", content: "Is it?" }];

test("row: inputs, labels, questions → a case each", () => {
  expect(read({ inputs: { prompt: "p" } })).toEqual({ inputs: { prompt: "p" } });
  expect(read({ messages: ask, labels: ["A", "B"] })).toEqual({
    messages: ask,
    labels: ["A", "B"],
  });
  const request = { state: "s", questions: { a: { type: "noul", instructions: "?" } } };
  expect(read(request)).toEqual({ request });
});

test("row: messages that end with a question → as they are, for models that go on", () => {
  expect(read({ messages: ask })).toEqual(ask);
});

test.each([
  ["inputs that are a list", { inputs: [] }, /inputs/],
  ["a field beside inputs", { inputs: {}, messages: [] }, /field messages/],
  ["labels that are numbers", { messages: ask, labels: [1] }, /labels/],
  ["a field beside questions", { state: "", questions: {}, inputs: {} }, /field inputs/],
  ["a prompt without a response", { prompt: "What?" }, /not the assistant/],
])("row: %s → InputError", (_, row, message) => {
  expect(() => read(row)).toThrow(InputError);
  expect(() => read(row)).toThrow(message);
});

test("row: pictures of inputs → opened where the model's prompt has them", async () => {
  const fields = { images: ["image"], pages: ["pages"], sides: ["query"] };
  const inputs = {
    image: "a.png",
    prompt: "b.png",
    pages: ["c.png"],
    query: { text: "d.png", images: ["e.png"] },
  };
  const placed = await placeInputs(inputs, fields, async (picture) => `at ${String(picture)}`);
  expect(placed).toEqual({
    image: "at a.png",
    prompt: "b.png",
    pages: ["at c.png"],
    query: { text: "d.png", images: ["at e.png"] },
  });
});

test("row: pictures → counted", () => {
  expect(countPictures({ request: { images: [1, 2] } })).toBe(2);
  expect(countPictures({ inputs: {} })).toBe(1);
});
