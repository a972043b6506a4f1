// Tested by: test/text/template/steps.test.ts
/** A response as the steps of a solution, for process reward models. */
import { InputError } from "../../errors.ts";
import type { Conversation, InputsCase, StepsRequest } from "../../types.ts";

/**
 * Returns the question and the steps of a conversation: the response's paragraphs, or its lines if
 * it is one paragraph.
 * @throws InputError for pictures, other turns than a question and its response, or no step
 */
export function stepsOf(conversation: Conversation): StepsRequest {
  const [first, last, ...more] = conversation;
  if (first?.role !== "user" || last?.role !== "assistant" || more.length > 0) {
    throw new InputError({
      where: "steps",
      expected: "a question of the user and a solution of the assistant",
      got:
        conversation
          .map(({ role }) => role)
          .join(", ")
          .slice(0, 80) || "no turns",
    });
  }
  const question = textOf(first.content, "question");
  const solution = textOf(last.content, "solution");
  const steps = solutionSteps(solution);
  if (steps.length > 0) return { question, steps };
  throw new InputError({ where: "steps", expected: "one step or more", got: "an empty solution" });
}

/** Returns a conversation as a case of a model that judges steps. @throws as `stepsOf` does */
export function stepsInputs(conversation: Conversation): InputsCase {
  const { question, steps } = stepsOf(conversation);
  return { inputs: { question, steps } };
}

/** Returns the paragraphs of a solution, or its lines if it is one paragraph. */
export function solutionSteps(solution: string): string[] {
  const paragraphs = partsOf(solution, /\n\s*\n/);
  return paragraphs.length > 1 ? paragraphs : partsOf(solution, /\n/);
}

function partsOf(text: string, gap: RegExp): string[] {
  return text
    .split(gap)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function textOf(content: Conversation[number]["content"], where: string): string {
  if (typeof content === "string") return content;
  return content
    .map((part) => {
      if (part.type === "text") return part.text;
      throw new InputError({
        where,
        what: "this model reads text only",
        got: "a picture",
        todo: "Remove the picture",
      });
    })
    .join("");
}
