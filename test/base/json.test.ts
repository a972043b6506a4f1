import { expect, test } from "vitest";
import { isObject, kindOf } from "../../src/base/json.ts";

test.each([
  [{}, true, "an object"],
  [[], false, "a list"],
  [null, false, "null"],
  [undefined, false, "nothing"],
  ["x", false, "a string"],
  [1, false, "a number"],
  [true, false, "a boolean"],
])("isObject, kindOf: %j → %s, %s", (value, object, kind) => {
  expect([isObject(value), kindOf(value)]).toEqual([object, kind]);
});
