/** A model's own prompt with a case's fields in it; what is missing or unknown is named. */
import { expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import { fillPrompt } from "../../../src/text/template/fill-prompt.ts";
import {
  PLAIN_PROMPT,
  fieldsOf,
  requiredFields,
} from "../../../src/text/template/prompt-record.ts";
import type { PromptRecord } from "../../../src/text/template/prompt-record.ts";

const prompt = (parts: Partial<PromptRecord>): PromptRecord => ({ ...PLAIN_PROMPT, ...parts });

/** The texts of the turns, given text in square brackets. */
function shown(record: PromptRecord, inputs: unknown): unknown {
  const filled = fillPrompt(record, inputs);
  const spans = (list: readonly { text: string; isGiven: boolean }[]): string =>
    list.map(({ text, isGiven }) => (isGiven ? `[${text}]` : text)).join("");
  if ("pieces" in filled) return filled.pieces.map(spans);
  return filled.turns.map(({ role, content }) => [
    role,
    ...content.map((part) => (part.type === "text" ? spans(part.spans) : "picture")),
  ]);
}

test("fill: texts, pictures and lists → turns in order, given text told from the prompt's", () => {
  const record = prompt({
    system: [{ text: "S" }],
    user: [{ image: "image" }, { text: "{literally} {prompt}: {prompt}!" }],
    assistant: [{ each: "steps", after: "<s>" }],
  });
  const inputs = { image: "a.png", prompt: "{literally}", steps: ["x", ""] };
  expect(shown(record, inputs)).toEqual([
    ["system", "S"],
    ["user", "picture", "{literally} [{literally}]: [{literally}]!"],
    ["assistant", "[x]<s>", "[]<s>"],
  ]);
});

test("fill: sides → pictures, then text; the empty word for neither", () => {
  const record = prompt({
    user: [
      { side: "a", empty: "NULL" },
      { side: "b", empty: "-" },
    ],
  });
  const both = { a: { text: "t", images: ["1.png", "2.png"] }, b: {} };
  expect(shown(record, both)).toEqual([["user", "picture", "picture", "[t]", "-"]]);
  expect(shown(record, { a: "text alone", b: { text: "" } })).toEqual([
    ["user", "[text alone]", "-"],
  ]);
  expect(shown(record, {})).toEqual([["user", "NULL", "-"]]);
  expect(() => fillPrompt(record, { a: { txt: "?" } })).toThrow(/inputs\.a\.txt.*not used/);
});

test("fill: pages → a turn for each picture", () => {
  const record = prompt({ user: [{ text: "Make pages." }], assistant: [{ pages: "pages" }] });
  expect(shown(record, { pages: ["1.png", "2.png"] })).toEqual([
    ["user", "Make pages."],
    ["assistant", "picture"],
    ["assistant", "picture"],
  ]);
});

test("fill: pieces and defaults → texts one by one, the separator by itself", () => {
  const record = prompt({
    pieces: ["<{how}>", "{query}\n", { each: "steps", after: "\n" }],
    defaults: { how: "kindly" },
  });
  const inputs = { query: "q", steps: ["1", "2"] };
  expect(shown(record, inputs)).toEqual(["<[kindly]>", "[q]\n", "[1]", "\n", "[2]", "\n"]);
  expect(shown(record, { ...inputs, how: "" })).toContain("<>");
});

test("fields: of a prompt → by what they hold; those that a case must have", () => {
  const record = prompt({
    user: [{ image: "source" }, { text: "{instruction} {braces}" }, { side: "query", empty: "" }],
    defaults: {},
  });
  const { images, texts, sides } = fieldsOf(record);
  expect([[...images], [...texts], [...sides]]).toEqual([
    ["source"],
    ["instruction", "braces"],
    ["query"],
  ]);
  expect(requiredFields(record)).toEqual(["instruction", "source"]);
});

test.each([
  ["no field that the text asks for", { image: "a.png" }, /needs the field prompt/],
  ["no picture", { prompt: "p" }, /needs the field image/],
  ["an unknown field", { image: "a.png", prompt: "p", promt: "" }, /inputs\.promt.*no place/],
  ["a number for a text", { image: "a.png", prompt: 3 }, /inputs\.prompt.*string/],
  ["a number for a picture", { image: 3, prompt: "p" }, /inputs\.image/],
  ["half a surrogate pair", { image: "a.png", prompt: "\ud800" }, /surrogate/],
  ["a list", [], /inputs/],
])("fill: %s → InputError that names it", (_, inputs, message) => {
  const record = prompt({ user: [{ image: "image" }, { text: "{prompt}" }] });
  expect(() => fillPrompt(record, inputs)).toThrow(InputError);
  expect(() => fillPrompt(record, inputs)).toThrow(message);
});

test("fill: no steps, or steps that are a text → InputError", () => {
  const record = prompt({ assistant: [{ each: "steps", after: "" }] });
  expect(() => fillPrompt(record, { steps: [] })).toThrow(/one or more texts/);
  expect(() => fillPrompt(record, { steps: "a" })).toThrow(/a list of texts/);
});
