import { expect, test } from "vitest";
import {
  atLeast,
  checkOptions,
  isCount,
  isDuration,
  isFlag,
  isFunction,
  isPositive,
  isSignal,
  isText,
  objectWith,
  oneOf,
} from "../../src/base/options.ts";
import type { Rule } from "../../src/base/options.ts";
import { InputError } from "../../src/errors.ts";

const RULES = {
  onProgress: isFunction,
  memoryBudgetBytes: atLeast(1024, "bytes"),
  weights: oneOf("a", "b", "c"),
};

test.each<[string, Rule, unknown[], unknown[]]>([
  ["isText", isText, ["", "x"], [1, null, {}, ["x"]]],
  ["isFlag", isFlag, [true, false], [0, 1, "true", null]],
  ["isFunction", isFunction, [() => {}, fetch], [{}, "f", null]],
  [
    "isSignal",
    isSignal,
    [AbortSignal.abort(), new AbortController().signal],
    [{}, new AbortController(), true, null],
  ],
  ["isPositive", isPositive, [1e-9, 1, 1e9], [0, -0, -1, Number.NaN, Infinity, "1", null, 1n]],
  ["isCount", isCount, [1, 2, 1e6], [0, 1.5, -1, Number.NaN, Infinity, "2"]],
  ["isDuration", isDuration, [0, 0.5, 1e6], [-1, Number.NaN, Infinity, "0"]],
  ["atLeast", atLeast(1024, "bytes"), [1024, 1e12], [1023, Number.NaN, Infinity, -1, "6GB", null]],
  ["oneOf", oneOf("a", "b"), ["a", "b"], ["A", "", null, 0, ["a"]]],
  [
    "objectWith",
    objectWith("a GPU", "close"),
    [{ close() {} }],
    [{}, { close: 1 }, null, "x", () => {}],
  ],
])("options: %s → takes the right values, and only those", (_, rule, right, wrong) => {
  for (const value of right) expect(rule.fits(value), String(value)).toBe(true);
  for (const value of wrong) expect(rule.fits(value), String(value)).toBe(false);
});

test.each([
  [{ memoryBudgetBytes: Number.NaN }, "memoryBudgetBytes: expected 1,024 bytes or more, got NaN."],
  [{ memoryBudgetBytes: "6GB" }, 'memoryBudgetBytes: expected 1,024 bytes or more, got "6GB".'],
  [{ weights: "d" }, 'weights: expected a, b or c, got "d".'],
  [{ onProgress: {} }, "onProgress: expected a function, got an object."],
  [{ onProgress: null }, "onProgress: expected a function, got null."],
  [{ onprogress: () => {} }, "load: unknown option onprogress (did you mean onProgress?)."],
  [{ on_progress: 1 }, "load: unknown option on_progress (did you mean onProgress?)."],
  [{ memoryBudget: 1 }, "load: unknown option memoryBudget (did you mean memoryBudgetBytes?)."],
  [{ weigths: "a" }, "load: unknown option weigths (did you mean weights?)."],
  [{ "d-type": "a" }, "load: unknown option d-type (did you mean weights?)."],
  [{ foo: 1 }, "load: unknown option foo. Options are onProgress, memoryBudgetBytes, weights."],
  [{ constructor: 1 }, "load: unknown option constructor."],
  [new AbortController().signal, "load: unknown option"],
  [null, "load, options: expected an object, got null."],
  ["q4", 'load, options: expected an object, got "q4".'],
  [[], "load, options: expected an object, got a list."],
  [() => {}, "load, options: expected an object, got a function."],
])("options: %o → InputError that names it", (options, message) => {
  const check = (): void => checkOptions("load", options, RULES, { meant: { dtype: "weights" } });
  expect(check).toThrow(InputError);
  expect(check).toThrow(message.replace(/\.$/, ""));
});

test("options: undefined values, no options, right ones → nothing", () => {
  for (const options of [undefined, {}, { weights: undefined, foo: undefined }, { weights: "a" }]) {
    expect(() => checkOptions("load", options, RULES)).not.toThrow();
  }
});

test("options: an unknown one with somebody to warn → a warning, and the others are checked", () => {
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const habits = { meant: { dtype: "weights" }, warn };
  checkOptions("load", { dtype: "q4", foo: 1 }, RULES, habits);
  expect(warnings).toEqual([
    "load: unknown option dtype (did you mean weights?)",
    "load: unknown option foo",
  ]);
  expect(() => checkOptions("load", { dtype: "q4", weights: 5 }, RULES, habits)).toThrow(
    InputError,
  );
});
