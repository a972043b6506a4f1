import { expect, test } from "vitest";
import {
  GpuError,
  InputError,
  RewardError,
  UnsupportedError,
  WeightsError,
} from "../src/errors.ts";
import type { Fault } from "../src/errors.ts";

const where = "temperature";

test.each<[string, Fault, string]>([
  [
    "both values",
    { where, expected: "a number", got: -1 },
    "temperature: expected a number, got -1.",
  ],
  [
    "a fact and both",
    { where, what: "is wrong", expected: 12_345, got: "x", todo: "Give one" },
    "temperature: is wrong: expected 12,345, got x. Give one.",
  ],
  ["a fact and what came", { where, what: "is wrong", got: 5 }, "temperature: is wrong, got 5."],
  ["a fact alone", { where, what: "is wrong" }, "temperature: is wrong."],
  ["no value", { where, expected: "one", got: undefined }, "temperature: expected one."],
])("errors: %s → `where: what: expected A, got B. Todo.`", (_, fault, message) => {
  expect(new InputError(fault).message).toBe(message);
});

test("errors: the parts of the message → fields", () => {
  const fault = { where, what: "is wrong", got: "x", expected: 3, todo: "Give 3" };
  expect(new WeightsError(fault)).toMatchObject({
    ...fault,
    code: "weights",
    name: "WeightsError",
  });
});

test("errors: a value of a megabyte → cut, between characters", () => {
  const { message, got } = new InputError({
    where: "x".repeat(9999),
    got: "😀".repeat(500_000),
  });
  expect(message.length).toBeLessThan(700);
  expect(String(got).at(-1)).toBe("…");
  expect(message.isWellFormed?.() ?? true).toBe(true);
  expect(new InputError({ where, got: `a${"😀".repeat(500)}` }).message).not.toMatch(
    /\p{Surrogate}/u,
  );
});

test("errors: control characters of others → spelled out, line ends stay", () => {
  const error = new InputError({ where: "\u001b]0;x\u0007.png", what: "a\nb", got: "\u009b2J" });
  expect(error.message).toBe("\\x1b]0;x\\x07.png: a\nb, got \\x9b2J.");
});

test.each([InputError, WeightsError, UnsupportedError, GpuError])(
  "errors: %o through structuredClone and JSON → class, fields and message",
  (Kind) => {
    const cause = new GpuError({ where: "shader", what: "lost", cause: new RangeError("deep") });
    const error = new Kind({ where, what: "is wrong", got: 1, expected: "2", todo: "Do", cause });
    error.message = `${error.message} Added.`;
    for (const copy of [structuredClone(error.toJSON()), JSON.parse(JSON.stringify(error))]) {
      const back = RewardError.fromJSON(copy);
      expect(back).toBeInstanceOf(Kind);
      expect(back.toJSON()).toEqual(error.toJSON());
      expect(back.cause).toBeInstanceOf(GpuError);
      expect((back.cause as GpuError).cause).toBe("RangeError: deep");
    }
  },
);

test.each([undefined, null, 5, {}, { code: "input" }, { code: "dom", where: "x", message: "y" }])(
  "errors: fromJSON of %j → InputError",
  (data) => {
    expect(() => RewardError.fromJSON(data as never)).toThrow(InputError);
  },
);
