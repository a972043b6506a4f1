/** What frameworks give the element: lists made again, and objects that became texts. */
import { expect, test } from "vitest";
import { copied, isSame, readMessages, readResponses } from "../../src/element/inputs.ts";
import { InputError } from "../../src/errors.ts";

const blob = new Blob(["a"]);
const message = (image: unknown, text = "Which?") => [
  {
    role: "user",
    content: [
      { type: "image", image },
      { type: "text", text },
    ],
  },
];

test.each([
  ["equal lists", ["a", "b"], ["a", "b"], true],
  ["another order", ["a", "b"], ["b", "a"], false],
  ["one more", ["a"], ["a", "b"], false],
  ["one fewer", ["a", "b"], ["a"], false],
  ["equal messages with the same picture", message(blob), message(blob), true],
  ["equal pictures that are other objects", message(blob), message(new Blob(["a"])), false],
  ["another text", message(blob), message(blob, "What?"), false],
  ["a list and an object of its fields", ["a"], { 0: "a" }, false],
  ["a field that is undefined, and another name", { a: undefined }, { b: undefined }, false],
  ["nothing and null", undefined, null, false],
  ["a text and its list", '["a"]', ["a"], false],
])("isSame: %s → %s", (_, a, b, expected) => {
  expect(isSame(a, b)).toBe(expected);
});

test("copied: a list that is changed afterwards → the copy is as it was, files are the same", () => {
  const list: unknown[] = message(blob);
  const copy = copied(list);
  expect(isSame(copy, list)).toBe(true);
  list.push("more");
  expect(isSame(copy, list)).toBe(false);
  expect(copy).toEqual(message(blob));
});

test("copied, isSame: an object that holds itself → end", () => {
  const loop: { self?: unknown } = {};
  loop.self = loop;
  expect(isSame(copied(loop), { self: {} })).toBe(false);
});

test("readResponses: a list, and its JSON → the texts", () => {
  expect(readResponses(["a", "b"])).toEqual(["a", "b"]);
  expect(readResponses('["a","b"]')).toEqual(["a", "b"]);
  expect(readMessages('[{"role":"user","content":"a"}]')).toEqual([{ role: "user", content: "a" }]);
});

test.each([
  ["joined by commas", "a,b", "<vl-score> responses"],
  ["JSON of a text", '"a"', "<vl-score> responses"],
  ["an object", { length: 1 }, "<vl-score> responses"],
  ["a list of numbers", ["a", 1], "responses[1]"],
])("readResponses: %s → an InputError that says where", (_, given, where) => {
  expect(() => readResponses(given)).toThrow(InputError);
  expect(() => readResponses(given)).toThrow(where);
});
