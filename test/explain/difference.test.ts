import { expect, test } from "vitest";
import { differencesOf, replaced } from "../../src/explain/difference.ts";

const parts = (a: string, b: string, most?: number): [string, string][] =>
  differencesOf(a, b, most).map((one) => [
    a.slice(one.a.start, one.a.end),
    b.slice(one.b.start, one.b.end),
  ]);

test("differences: one word → that word, and nothing beside it", () => {
  expect(parts("The circle is red.", "The circle is blue.")).toEqual([["red", "blue"]]);
  expect(parts("犬が好きです", "猫が好きです")).toEqual([["犬", "猫"]]);
  expect(parts("same", "same")).toEqual([]);
});

test("differences: a word more → an empty side", () => {
  expect(parts("It is not red.", "It is red.")).toEqual([["not", ""]]);
});

test("differences: little in common → the whole texts", () => {
  expect(parts("Red", "It is blue.")).toEqual([["Red", "It is blue."]]);
});

test("differences: more than wanted → neighbours are joined", () => {
  const a = "a 1 b 2 c 3 d e f g h 4";
  const b = "a 5 b 6 c 7 d e f g h 8";
  expect(parts(a, b, 2)).toEqual([
    ["1 b 2 c 3", "5 b 6 c 7"],
    ["4", "8"],
  ]);
});

test("differences: swapped one by one → the other text", () => {
  const a = "It is not a red circle.";
  const b = "It is a blue circle.";
  let text = a;
  for (const one of differencesOf(a, b).toReversed()) {
    text = replaced(text, one.a, b.slice(one.b.start, one.b.end));
  }
  expect(text).toBe(b);
  expect(replaced("ab cd", { start: 2, end: 2 }, "x")).toBe("ab x cd");
});

test("differences: a full stop that only one text ends with → the word and the sign apart", () => {
  const partsOf = (a: string, b: string) =>
    differencesOf(a, b).map((one) => [
      a.slice(one.a.start, one.a.end),
      b.slice(one.b.start, one.b.end),
    ]);
  expect(partsOf("The circle is red.", "The circle is blue")).toEqual([
    ["red", "blue"],
    [".", ""],
  ]);
  expect(partsOf("Yes.", "no")).toEqual([
    ["Yes", "no"],
    [".", ""],
  ]);
  expect(partsOf("3", "Four.")).toEqual([
    ["3", "Four"],
    ["", "."],
  ]);
});
