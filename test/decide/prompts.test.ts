/** What a model is asked, to the letter. */
import { expect, test } from "vitest";
import { verbalQuestion } from "../../src/decide/prompts.ts";
import { readDecideInput } from "../../src/decide/questions.ts";
import type { Question } from "../../src/decide/questions.ts";

function questionOf(question: object): Question {
  const { questions } = readDecideInput({ state: "", questions: { a: question } });
  return questions[0]!;
}

const asked = (state: unknown, question: object): unknown => {
  const { messages, labels } = verbalQuestion(state, [], questionOf(question));
  return [messages[0]?.content, labels];
};

test("ask: noul → yes before no, with what is said of them", () => {
  const criteria = { true: "one can read it", false: "one cannot" };
  expect(asked("A label.", { type: "noul", instructions: "Legible?", criteria })).toEqual([
    "A label.\n\nQuestion: Legible?\nyes: one can read it\nno: one cannot\nAnswer with yes or no only.",
    ["no", "yes"],
  ]);
  expect(asked("", { type: "noul", instructions: "?" })).toEqual([
    "\n\nQuestion: ?\nyes\nno\nAnswer with yes or no only.",
    ["no", "yes"],
  ]);
});

test("ask: choice → letters; a name without a description alone", () => {
  const criteria = { billing: "money", support: null };
  expect(asked("Twice.", { type: "choice", instructions: "Who?", criteria })).toEqual([
    "Twice.\n\nQuestion: Who?\nA: billing - money\nB: support\nAnswer with the letter of one option only.",
    ["A", "B"],
  ]);
});

test("ask: score → levels from 0", () => {
  expect(asked("x", { type: "score", instructions: "Good?", criteria: ["bad", "good"] })).toEqual([
    "x\n\nQuestion: Good?\n0: bad\n1: good\nAnswer with the number of one level only.",
    ["0", "1"],
  ]);
});

test("ask: a state that is data → Python's json.dumps without escapes", () => {
  const state = { a: [1, true, null], é: "x\n" };
  const [text] = asked(state, { type: "noul", instructions: "?" }) as [string];
  expect(text.startsWith('{"a": [1, true, null], "é": "x\\n"}\n\nQuestion: ?')).toBe(true);
});

test("ask: pictures → before the text, in one turn", () => {
  const { messages } = verbalQuestion(
    "s",
    ["a.png"],
    questionOf({ type: "noul", instructions: "?" }),
  );
  expect(messages).toMatchObject([
    { role: "user", content: [{ type: "image", image: "a.png" }, { type: "text" }] },
  ]);
});

test("ask: more options than letters → InputError", () => {
  const names = Array.from({ length: 27 }, (_, i) => [`option ${i}`, null]);
  const criteria = Object.fromEntries(names);
  expect(() => asked("", { type: "choice", instructions: "?", criteria })).toThrow(
    /26 options at most/,
  );
});
