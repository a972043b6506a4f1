/**
 * What callers of `score` and `rank` give, as conversations.
 */
import { isObject, kindOf } from "../../base/json.ts";
import { checkOptions, isFlag, isFunction, isPositive, isSignal } from "../../base/options.ts";
import type { Rule, Rules } from "../../base/options.ts";
import { InputError, RewardError } from "../../errors.ts";
import type { CompareOptions, ConversationInput, RankRequest, ScoreOptions } from "../../types.ts";

export const SCORE_RULES: Rules<ScoreOptions> = {
  signal: isSignal,
  onProgress: isFunction,
  features: isFlag,
};
export const COMPARE_RULES: Rules<CompareOptions> = { ...SCORE_RULES, temperature: isPositive };

/**
 * Returns the conversations of a call, or undefined if it gave one conversation. An empty list is
 * an empty batch.
 * @throws InputError if it gave neither
 */
export function batchOf(
  input: ConversationInput | readonly ConversationInput[],
): readonly ConversationInput[] | undefined {
  if (!Array.isArray(input)) {
    const expected = "a conversation [{ role, content }, …], or a list of conversations";
    throw new InputError({ where: "score", expected, got: kindOf(input) });
  }
  const isMany = input.length === 0 || input.some((item) => Array.isArray(item));
  return isMany ? (input as readonly ConversationInput[]) : undefined;
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
