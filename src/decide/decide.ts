// Tested by: test/decide/decide.gpu.test.ts
/**
 * Typed questions about a state and pictures, all of them branches of one prefix.
 *
 *   request → questions → turns that ask for a label, or tokens of a pointer head
 *     → logits of the options → answers
 */
import { at } from "../base/at.ts";
import { InputError } from "../errors.ts";
import type { Computed } from "../load/said/computed.ts";
import type { Case } from "../load/prepare.ts";
import type { LoadedModel } from "../load/load.ts";
import { logit } from "../model/heads/labels.ts";
import { pointerLogits } from "../model/heads/pointer.ts";
import { answerOf, decisionsOf, pointerConfidence, verbalConfidence } from "./answers.ts";
import type { Answer, Decisions } from "./answers.ts";
import { pointerPrefix, pointerQuestion, verbalQuestion } from "./prompts.ts";
import { readDecideInput } from "./questions.ts";
import type { DecideInput, Question } from "./questions.ts";

/** Computes cases. @param isWhole whether shares of the vocabulary are asked for */
export type Compute = (
  cases: readonly Case[],
  isWhole: boolean,
) => Promise<{ readonly computed: readonly (readonly Computed[])[]; readonly tokens: number }>;

export interface DecideSettings {
  /** Divides the logits of the options. */
  readonly temperature: number;
  readonly labelMass: boolean;
  /** Whether the tokens are returned too. */
  readonly tokenIds: boolean;
}

/** @throws InputError for a request of another form, or a model that answers no questions */
export async function decide(
  model: LoadedModel,
  request: unknown,
  settings: DecideSettings,
  compute: Compute,
): Promise<Decisions> {
  const input = readDecideInput(request);
  const { head } = at(model.reward.passes, 0);
  if (head.kind === "mlp") {
    throw new InputError({
      where: "decide",
      what: `this model scores, and answers no questions (its head: ${model.reward.origin})`,
      todo: "Load an instruct model, or one with a pointer head",
    });
  }
  const cases = head.kind === "pointer" ? pointerCases(model, input) : verbalCases(input);
  const isWhole = settings.labelMass && head.kind === "labels";
  const { computed, tokens } = await compute(cases, isWhole);
  const answers = input.questions.map((question, i): Answer => {
    const one = at(at(computed, i), 0);
    return head.kind === "pointer"
      ? pointerAnswer(question, pointerLogitsOf(head, one), settings)
      : verbalAnswer(question, one, settings);
  });
  const decisions = decisionsOf(input, answers, tokens, model.name);
  if (!settings.tokenIds) return decisions;
  const shared = head.kind === "pointer" ? [...pointerPrefix(model.text, input.state)] : [];
  const branches = input.questions.map(({ id }, i) => {
    const { prompt, reads } = at(at(computed, i), 0).prepared;
    return [id, { input_ids: [...prompt.ids.subarray(shared.length)], read_at: reads }] as const;
  });
  return { ...decisions, input_ids: shared, branches: Object.fromEntries(branches) };
}

function verbalCases({ state, images, questions }: DecideInput): Case[] {
  return questions.map((question) => ({
    ...verbalQuestion(state, images, question),
    ending: { generationPrompt: true, enableThinking: false },
  }));
}

function verbalAnswer(
  question: Question,
  { prepared, reading, logSum }: Computed,
  { temperature }: DecideSettings,
): Answer {
  const state = at(reading.states, 0);
  const logits = (prepared.labels?.rows ?? []).map((row) => logit(state, row));
  const mass =
    logSum === undefined
      ? undefined
      : logits.reduce((sum, value) => sum + Math.exp(value - logSum), 0);
  const scaled = logits.map((value) => value / temperature);
  return answerOf(question, scaled, verbalConfidence(mass), mass);
}

function pointerCases({ text }: LoadedModel, { state, images, questions }: DecideInput): Case[] {
  if (images.length > 0) {
    throw new InputError({
      where: "decide, images",
      what: "this model reads text only",
      got: `${images.length} pictures`,
      todo: "Leave them out, or load a vision-language model",
    });
  }
  const prefix = pointerPrefix(text, state);
  return questions.map((question) => pointerQuestion(text, prefix, question));
}

function pointerLogitsOf(
  head: Parameters<typeof pointerLogits>[0],
  { reading: { queries, keys } }: Computed,
): number[] {
  const last = queries.length - 1;
  return pointerLogits(head, at(queries, last), keys.slice(0, last));
}

function pointerAnswer(
  question: Question,
  logits: readonly number[],
  { temperature }: DecideSettings,
): Answer {
  const scaled = logits.map((value) => value / temperature);
  return answerOf(question, scaled, pointerConfidence, undefined);
}
