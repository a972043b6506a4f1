import { describe, expect, test } from "vitest";
import { findPhrases } from "../../../tools/check/phrases.ts";

describe("comments", () => {
  test.each([
    ["/** Called by whoever aborts. */", "whoever"],
    ["// Read anew after a loss.", "anew"],
    ["// All are read at once.", "at once"],
    [" * Every block, of which the last is short.", "of which"],
    ["// Where there is none, the default.", "Where there is"],
    ["// A classifier is no chat model.", "is no c"],
    ["const a = 1; // begun anew", "anew"],
  ])("%s → %s", (line, phrase) => {
    expect(findPhrases("a.ts", line)).toMatchObject([{ line: 1, phrase }]);
  });

  test.each([
    "// It is no longer read.",
    "// So many that the queue is full.",
    "const anew = 1;",
    'const name = "anew";',
    "// The folder where the model is stored.",
  ])("%s → nothing", (line) => {
    expect(findPhrases("a.ts", line)).toEqual([]);
  });

  test("a comment of 101 columns → found, a line of code as long → not", () => {
    expect(findPhrases("a.ts", `// ${"x".repeat(98)}`)).toHaveLength(1);
    expect(findPhrases("a.ts", `const ${"x".repeat(98)} = 1;`)).toEqual([]);
  });
});

test("messages: a string is read, its code is not", () => {
  expect(findPhrases("a.ts", 'throw new Error("messages: is no list");')).toHaveLength(1);
});

test("docs: every line is read", () => {
  expect(findPhrases("README.md", "Where there is a GPU it is fast.")).toHaveLength(1);
});
