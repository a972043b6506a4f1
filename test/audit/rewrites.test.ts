/** Rows of a file of rewrites. */
import { expect, test } from "vitest";
import { readRewrite } from "../../src/audit/rewrites.ts";

const row = { id: 7, attribute: "length", has: true, rewrite: "short", back: "long again" };

test.each([
  [{}, { response: 0, has: true, id: "7" }],
  [
    { response: "rejected", has: 0 },
    { response: 1, has: false },
  ],
  [{ response: 2 }, { response: 2 }],
])("rewrite %j → read", (more, expected) => {
  expect(readRewrite({ ...row, ...more }, "file")).toMatchObject(expected);
});

test.each([
  [undefined, "file, line 1: expected a JSON object"],
  [{ ...row, id: null }, "id: expected a row's id"],
  [{ ...row, has: "yes" }, "has: expected true or false, got a string"],
  [{ ...row, back: 3 }, "back: expected a text, got a number"],
  [
    { ...row, response: -1 },
    'response: expected "chosen", "rejected" or the number of a response, got -1',
  ],
])("rewrite %j → refused by name", (value, message) => {
  expect(() => readRewrite(value, "file, line 1")).toThrow(message);
});
