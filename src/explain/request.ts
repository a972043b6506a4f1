// Tested by: test/explain/explain.test.ts
/** What may be asked: the options of an explanation, and its request. */
import { isObject, kindOf } from "../base/json.ts";
import { isAnything, isCount, isFunction, oneOf } from "../base/options.ts";
import type { Rule, Rules } from "../base/options.ts";
import { InputError } from "../errors.ts";
import type { ExplainOptions, ExplainRequest } from "./types.ts";

export const DEFAULT_BUDGET = 500;

const isSide: Rule = {
  expected: "a whole number from 2 to 16",
  fits: (value) => Number.isInteger(value) && Number(value) >= 2 && Number(value) <= 16,
};
const isSeed: Rule = { expected: "a whole number", fits: (value) => Number.isSafeInteger(value) };

export const RULES: Rules<ExplainOptions> = {
  budget: isCount,
  units: oneOf("auto", "sentence", "clause", "word"),
  method: oneOf("auto", "leave-out", "shapley"),
  hide: oneOf("mean", "blur"),
  cells: isSide,
  otherPicture: isAnything,
  decode: isFunction,
  seed: isSeed,
};

/** @throws InputError for a request that cannot be */
export function checkRequest(request: ExplainRequest): void {
  if (!isObject(request)) {
    const expected = "{ messages, responses }";
    throw new InputError({ where: "explain", expected, got: kindOf(request) });
  }
  const { responses }: { responses?: unknown } = request;
  const isList = Array.isArray(responses) && (responses.length === 1 || responses.length === 2);
  if (!isList || !responses.every((text) => typeof text === "string")) {
    const expected = "one or two texts";
    const got = Array.isArray(responses) ? `a list of ${responses.length}` : kindOf(responses);
    throw new InputError({ where: "explain, responses", expected, got });
  }
}
