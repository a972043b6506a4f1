/**
 * What callers of `score` and `rank` give, as conversations.
 */
import { isObject, kindOf } from "../../base/json.ts";
import {
  checkOptions,
  isAnything,
  isFlag,
  isFunction,
  isPositive,
  isSignal,
  isText,
} from "../../base/options.ts";
import type { Rule, Rules } from "../../base/options.ts";
import { InputError, RewardError } from "../../errors.ts";
import type {
  CompareOptions,
  ConversationCase,
  ConversationInput,
  DecideOptions,
  InputsCase,
  OutputOptions,
  RankImagesRequest,
  RankInputsRequest,
  RankRequest,
  ScoreInput,
  ScoreOptions,
  StepsRequest,
} from "../../types.ts";

export const SCORE_RULES: Rules<ScoreOptions> = {
  signal: isSignal,
  onProgress: isFunction,
  features: isFlag,
};
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

const isLabels: Rule = {
  expected: "a list of texts",
  fits: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
};
const CASE_RULES = { messages: isAnything, labels: isLabels };
const INPUT_RULES = { inputs: isAnything, labels: isLabels };

/**
 * Returns an input in the form of a case.
 * @throws InputError for a field that no case has
 */
export function caseOf(input: ScoreInput): ConversationCase | InputsCase {
  if (!isCase(input)) return { messages: input };
  checkOptions("score", input, "inputs" in input ? INPUT_RULES : CASE_RULES);
  return input;
}

const isList: Rule = { expected: "a list", fits: Array.isArray };
const RULES = { messages: isList, responses: isList };
const HABITS = {
  meant: {
    prompt: "messages",
    conversation: "messages",
    candidates: "responses",
    completions: "responses",
    answers: "responses",
  },
};

/**
 * Returns the conversations of a ranking: the messages with each of the responses.
 * @throws InputError if there are no messages or responses, or the messages end in a response
 */
export function rankConversations(request: RankRequest): ConversationInput[] {
  if (!isObject(request)) {
    throw new InputError({
      where: "rank",
      expected: "{ messages, responses }",
      got: kindOf(request),
    });
  }
  checkOptions("rank", request, RULES, HABITS);
  const { messages, responses } = request;
  for (const [where, list, item] of [
    ["messages", messages, "turns"],
    ["responses", responses, "texts"],
  ] as const) {
    if (list === undefined || list.length === 0) {
      const got = list && "an empty list";
      throw new InputError({ where: `rank, ${where}`, expected: `one or more ${item}`, got });
    }
  }
  const conversations = responses.map((content, i): ConversationInput => {
    if (typeof content !== "string" || /\p{Surrogate}/u.test(content)) {
      const got = typeof content === "string" ? "half a surrogate pair in it" : kindOf(content);
      throw new InputError({ where: `rank, responses[${i}]`, expected: "a text", got });
    }
    return [...messages, { role: "assistant", content }];
  });
  const last: unknown = messages.at(-1);
  if (isObject(last) && last["role"] === "assistant") {
    throw new InputError({
      where: `messages[${messages.length - 1}].role`,
      expected: "user: the responses are the assistant's turns",
      got: "assistant",
      todo: "Leave the response out of the messages",
    });
  }
  return conversations;
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

/**
 * Returns the cases of a ranking of candidates for one field.
 * @throws InputError if it is not one field with one or more candidates
 */
export function rankInputs(request: RankInputsRequest): InputsCase[] {
  checkOptions("rank", request, { inputs: isAnything, candidates: isAnything });
  const { inputs, candidates } = request;
  const fields = isObject(candidates) ? Object.entries(candidates) : [];
  const [only, ...more] = fields;
  if (only === undefined || more.length > 0 || !isList.fits(only[1])) {
    throw new InputError({
      where: "rank, candidates",
      expected: "one field with a list: { document: [ … ] }",
      got: isObject(candidates) ? Object.keys(candidates).join(", ") : kindOf(candidates),
    });
  }
  const [field, values] = only;
  if (values.length === 0) {
    const expected = "one or more candidates";
    throw new InputError({ where: `rank, candidates.${field}`, expected, got: "an empty list" });
  }
  if (!isObject(inputs)) {
    throw new InputError({ where: "rank, inputs", expected: "an object", got: kindOf(inputs) });
  }
  return values.map((value) => ({ inputs: { ...inputs, [field]: value } }));
}

/** Returns the cases of a ranking of pictures. @throws InputError if a field is missing */
export function rankedImages(request: RankImagesRequest): InputsCase[] {
  checkOptions("rankImages", request, { prompt: isText, images: isList });
  const { prompt, images } = request;
  if (typeof prompt !== "string" || !isList.fits(images)) {
    const got = typeof prompt === "string" ? kindOf(images) : kindOf(prompt);
    throw new InputError({ where: "rankImages", expected: "{ prompt, images }", got });
  }
  return rankInputs({ inputs: { prompt }, candidates: { image: images } });
}

/** Returns the case of a solution in steps. @throws InputError if a field is missing */
export function stepsCase(request: StepsRequest): InputsCase {
  checkOptions("scoreSteps", request, { question: isText, steps: isLabels });
  const { question, steps } = request;
  return { inputs: { question, steps } };
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
