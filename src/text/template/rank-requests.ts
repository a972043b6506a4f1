// Tested by: test/text/template/requests.test.ts
/** What callers of `rank`, `rankImages` and `scoreSteps` give, as cases. */
import { isObject, kindOf } from "../../base/json.ts";
import { checkOptions, isAnything, isText } from "../../base/options.ts";
import type { Rule } from "../../base/options.ts";
import { InputError } from "../../errors.ts";
import type {
  ConversationInput,
  InputsCase,
  RankImagesRequest,
  RankInputsRequest,
  RankRequest,
  StepsRequest,
} from "../../types.ts";
import { isTexts } from "./requests.ts";

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
  checkOptions("scoreSteps", request, { question: isText, steps: isTexts });
  const { question, steps } = request;
  return { inputs: { question, steps } };
}
