/** What callers of `score` give, as cases, and the options of all calls. */
import { isObject, kindOf } from "../../base/json.ts";
import {
  checkOptions,
  isAnything,
  isFlag,
  isFunction,
  isPositive,
  isSignal,
} from "../../base/options.ts";
import type { Rule, Rules } from "../../base/options.ts";
import { InputError, RewardError } from "../../errors.ts";
import type {
  CompareOptions,
  ConversationCase,
  ConversationInput,
  DecideOptions,
  MeasureOptions,
  InputsCase,
  OutputOptions,
  ScoreInput,
  ScoreOptions,
} from "../../types.ts";

export const SCORE_RULES: Rules<ScoreOptions> = {
  signal: isSignal,
  onProgress: isFunction,
  features: isFlag,
};
export const MEASURE_RULES: Rules<MeasureOptions> = { signal: isSignal };
export const OUTPUT_RULES: Rules<OutputOptions> = { ...SCORE_RULES, labelMass: isFlag };
export const DECIDE_RULES: Rules<DecideOptions> = {
  ...SCORE_RULES,
  temperature: isPositive,
  labelMass: isFlag,
  tokenIds: isFlag,
};
export const COMPARE_RULES: Rules<CompareOptions> = { ...SCORE_RULES, temperature: isPositive };

/**
 * Returns the cases of a call, or undefined if it gave one. An empty list is an empty batch.
 * @throws InputError if it gave neither
 */
export function batchOf(
  input: ScoreInput | readonly ScoreInput[],
): readonly ScoreInput[] | undefined {
  if (isCase(input)) return undefined;
  if (!Array.isArray(input)) {
    const expected = "a conversation [{ role, content }, …], { inputs }, or a list of them";
    throw new InputError({ where: "score", expected, got: kindOf(input) });
  }
  const isMany = input.length === 0 || input.some((item) => Array.isArray(item) || isCase(item));
  return isMany ? (input as readonly ScoreInput[]) : undefined;
}

function isCase(value: unknown): value is ConversationCase | InputsCase {
  return isObject(value) && ("messages" in value || "inputs" in value) && !("role" in value);
}

export const isTexts: Rule = {
  expected: "a list of texts",
  fits: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
};
const CASE_RULES = { messages: isAnything, labels: isTexts };
const INPUT_RULES = { inputs: isAnything, labels: isTexts };

/**
 * Returns an input in the form of a case.
 * @throws InputError for a field that no case has
 */
export function caseOf(input: ScoreInput): ConversationCase | InputsCase {
  if (!isCase(input)) return { messages: input };
  checkOptions("score", input, "inputs" in input ? INPUT_RULES : CASE_RULES);
  return input;
}

/** Returns a conversation. @throws InputError for a case of another form: servers take none */
export function conversationIn(input: ScoreInput): ConversationInput {
  if (!isCase(input)) return input;
  throw new InputError({
    where: "score",
    expected: "a conversation [{ role, content }, …]",
    got: `{ ${Object.keys(input).join(", ")} }`,
    todo: "Load the model here: servers take conversations only",
  });
}

/** Runs the work of one conversation of a call. Errors name which of several it is. */
export async function withPlace<T>(
  index: number,
  count: number,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isNamed = count > 1 && error instanceof RewardError;
    throw isNamed ? error.within(`conversations[${index}]`) : error;
  }
}
