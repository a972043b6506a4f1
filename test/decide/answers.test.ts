/** Answers from logits, in the shapes of the requests. */
import { expect, test } from "vitest";
import {
  answerOf,
  decisionsOf,
  pointerConfidence,
  verbalConfidence,
} from "../../src/decide/answers.ts";
import { readDecideInput } from "../../src/decide/questions.ts";

const input = readDecideInput({
  state: "",
  questions: {
    yes: { type: "noul", instructions: "?" },
    which: { type: "choice", instructions: "?", criteria: { a: null, b: null } },
    much: { type: "score", instructions: "?", criteria: ["low", "mid", "high"] },
  },
});
const [noul, choice, score] = input.questions;

test("answer: noul → P(yes)", () => {
  const answer = answerOf(noul!, [0, Math.log(3)], verbalConfidence(0.5), 0.5);
  expect(answer).toMatchObject({ type: "noul", label_mass: 0.5 });
  expect(answer.noul).toBeCloseTo(0.75, 12);
  expect(answer.value).toBe(answer.noul);
  expect(answer.confidence).toBeUndefined();
});

test("answer: choice → the top; vLLM's confidence has the labels' share in it", () => {
  const answer = answerOf(choice!, [Math.log(3), 0], verbalConfidence(0.5), 0.5);
  expect(answer).toMatchObject({
    choice: "a",
    value: "a",
    confidence_formula: "max(p) * label_mass",
  });
  expect(answer.confidence).toBeCloseTo(0.375, 12);
});

test("answer: choice of a pointer head → Kev's confidence; of one option 1", () => {
  const answer = answerOf(choice!, [Math.log(3), 0], pointerConfidence, undefined);
  expect(answer.confidence).toBeCloseTo(0.5, 12);
  const one = { ...choice!, options: choice!.options.slice(0, 1) };
  expect(answerOf(one, [2], pointerConfidence, undefined).confidence).toBe(1);
});

test("answer: score → the expected level, the legend, Kev's confidence", () => {
  const answer = answerOf(score!, [0, 0, Math.log(2)], pointerConfidence, undefined);
  expect(answer.score).toBeCloseTo(0.25 + 1, 12);
  expect(answer.legend).toEqual({ "0": "low", "1": "mid", "2": "high" });
  expect(answer.confidence).toBeCloseTo(1 - (2 * 0.25 + 0.25) / 2, 12);
});

test("answers: of a list → a list, a noul as a predicate with its probability", () => {
  const listed = readDecideInput({
    input: "",
    questions: [{ type: "predicate", instructions: "?", name: "p" }],
    model: "m",
  });
  const answer = answerOf(listed.questions[0]!, [0, 0], verbalConfidence(undefined), undefined);
  expect(decisionsOf(listed, [answer], 7, "x")).toMatchObject({
    answers: [{ type: "predicate", name: "p", probability: 0.5 }],
    usage: { input_tokens: 7, output_tokens: 0 },
    model: "m",
  });
});
