/** Requests for decisions in the shapes that servers take; what no shape has is refused by name. */
import { expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { readDecideInput } from "../../src/decide/questions.ts";

test("decide: vLLM's and wllama's shape → questions with their options in order", () => {
  const { questions, isList, state } = readDecideInput({
    model: "any",
    state: { a: 1 },
    questions: {
      angry: { type: "noul", instructions: "Angry?", criteria: { true: "shouts" } },
      who: { type: "choice", instructions: "Who?", criteria: { sales: null, help: "a fault" } },
      good: { type: "score", instructions: "Good?", criteria: ["bad", "good"] },
    },
  });
  expect([isList, state]).toEqual([false, { a: 1 }]);
  expect(questions.map(({ id, options }) => [id, options.map(({ key }) => key)])).toEqual([
    ["angry", ["false", "true"]],
    ["who", ["sales", "help"]],
    ["good", ["0", "1"]],
  ]);
  expect(questions[0]?.options.map(({ about }) => about)).toEqual([null, "shouts"]);
});

test("decide: OpenAI's shape → the same questions", () => {
  const { questions, isList } = readDecideInput({
    input: "text",
    questions: [
      { type: "predicate", instructions: "Angry?", name: "angry" },
      {
        type: "choice",
        instructions: "Who?",
        choices: [{ value: "sales" }, { value: "help", description: "d" }],
      },
      {
        type: "score",
        instructions: "Good?",
        levels: [{ label: "bad" }, { label: "good", description: "x" }],
      },
    ],
  });
  expect(isList).toBe(true);
  expect(questions.map(({ id, type }) => [id, type])).toEqual([
    ["angry", "noul"],
    ["1", "choice"],
    ["2", "score"],
  ]);
  expect(questions[2]?.options.map(({ about }) => about)).toEqual(["bad", "good - x"]);
});

const noul = { type: "noul", instructions: "?" };

test.each([
  ["no state", { questions: { a: noul } }, /decide, state/],
  ["no questions", { state: "" }, /decide, questions/],
  ["empty questions", { state: "", questions: {} }, /1 to 64/],
  [
    "an unknown field",
    { state: "", questions: { a: noul }, temperature: 1 },
    /decide\.temperature/,
  ],
  ["an unknown type", { state: "", questions: { a: { ...noul, type: "text" } } }, /a\.type.*noul/],
  ["no instructions", { state: "", questions: { a: { type: "noul" } } }, /a\.instructions/],
  ["a field of no question", { state: "", questions: { a: { ...noul, levels: [] } } }, /a\.levels/],
  [
    "one level",
    { state: "", questions: { a: { type: "score", instructions: "", criteria: ["x"] } } },
    /2 to 10/,
  ],
  [
    "no options",
    { state: "", questions: { a: { type: "choice", instructions: "", criteria: {} } } },
    /1 to 255/,
  ],
  [
    "a criterion of another answer",
    { state: "", questions: { a: { ...noul, criteria: { maybe: "" } } } },
    /maybe/,
  ],
  [
    "equal names",
    {
      input: "",
      questions: [
        { ...noul, name: "a" },
        { ...noul, name: "a" },
      ],
    },
    /same name/,
  ],
  ["a picture that is none", { state: "", questions: { a: noul }, images: [3] }, /images\[0\]/],
  ["a state that JSON cannot hold", { state: () => {}, questions: { a: noul } }, /plain data/],
])("decide: %s → InputError that names it", (_, request, message) => {
  expect(() => readDecideInput(request)).toThrow(InputError);
  expect(() => readDecideInput(request)).toThrow(message);
});
