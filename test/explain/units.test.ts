import { expect, test } from "vitest";
import { sizeFor, unitsOf, without, type UnitSize } from "../../src/explain/units.ts";

const cut = (text: string, size: UnitSize): string[] =>
  unitsOf(text, size).map(({ start, end }) => text.slice(start, end));

test("units: sentences, clauses and words of English → without white space, in order", () => {
  const text = "It is red, so stop.  Don't go!";
  expect(cut(text, "sentence")).toEqual(["It is red, so stop.", "Don't go!"]);
  expect(cut(text, "clause")).toEqual(["It is red,", "so stop.", "Don't go!"]);
  expect(cut(text, "word")).toEqual(["It", "is", "red", "so", "stop", "Don't", "go"]);
});

test("units: Japanese and Chinese → sentences at 。, words that need no spaces", () => {
  const text = "犬が好きです。猫も、好きです。";
  expect(cut(text, "sentence")).toEqual(["犬が好きです。", "猫も、好きです。"]);
  expect(cut(text, "clause")).toEqual(["犬が好きです。", "猫も、", "好きです。"]);
  expect(cut(text, "word").length).toBeGreaterThan(5);
  expect(cut("红色的圆在左边。", "word").join("")).toBe("红色的圆在左边");
});

test("units: code and list items → whole", () => {
  const text =
    "Look. Run it:\n```js\nlet a = 1. b;\n\ncall(a).\n```\n- First. Item.\n- Second one.\nUse `a.b. c` here.";
  const sentences = cut(text, "sentence");
  expect(sentences).toContain("```js\nlet a = 1. b;\n\ncall(a).\n```");
  expect(sentences).toContain("- First. Item.");
  expect(cut(text, "word")).toContain("`a.b. c`");
  expect(cut(text, "clause")).toContain("First.");
});

test("units: leaving out each → the rest, without double spaces or a space before a full stop", () => {
  const text = "The big circle is red.";
  const words = unitsOf(text, "word");
  expect(words.map((word) => without(text, [word]))).toEqual([
    "big circle is red.",
    "The circle is red.",
    "The big is red.",
    "The big circle red.",
    "The big circle is.",
  ]);
  expect(without(text, words)).toBe(".");
  expect(without("- a\n- b\n- c", [{ start: 4, end: 7 }])).toBe("- a\n- c");
});

test("units: the largest size with enough units is chosen", () => {
  expect(sizeFor(["A b. C d. E f."], 3)).toBe("sentence");
  expect(sizeFor(["A b, c d, e f."], 3)).toBe("clause");
  expect(sizeFor(["Red"], 3)).toBe("word");
});
