// Tested by: test/decide/answers.test.ts
/** Answers to questions, from the logits of their options. */
import { at } from "../base/at.ts";
import { softmax } from "../model/heads/labels.ts";
import type { DecideInput, Question } from "./questions.ts";

/**
 * The answer to one question, in the shapes that servers have, with what they leave out.
 */
export interface Answer {
  readonly type: "noul" | "choice" | "score" | "predicate";
  /** Only in a list of answers. */
  readonly name?: string;
  /** P(yes) of a noul; `probability` of a predicate. */
  readonly noul?: number;
  readonly probability?: number;
  /** The first of the most probable options. */
  readonly choice?: string;
  /** Σ i · p of levels from 0. */
  readonly score?: number;
  /** The levels by their numbers. */
  readonly legend?: Readonly<Record<string, unknown>>;
  /** By option; of a noul `false` and `true`. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** The answer whatever the type: P(yes), the option's name, or the expected level. */
  readonly value: number | string;
  readonly confidence?: number;
  /** How the confidence was computed, in words of this answer. */
  readonly confidence_formula?: string;
  /** The labels' share of the whole vocabulary; absent for a pointer head, or if not asked for. */
  readonly label_mass?: number;
  /** The logits of the options, after the temperature. */
  readonly outputs: readonly number[];
}

export interface Decisions {
  readonly answers: Readonly<Record<string, Answer>> | readonly Answer[];
  /** Tokens that were computed: what questions share is counted once. */
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
  readonly model: string;
  /** Tokens of the state, which all questions follow. Of label heads each branch is whole. */
  readonly input_ids?: readonly number[];
  /** By question: its own tokens, and the places in the whole that the head is read at. */
  readonly branches?: Readonly<Record<string, Branch>>;
}

/** One question's tokens. */
export interface Branch {
  readonly input_ids: readonly number[];
  readonly read_at: readonly number[];
}

/** How confident an answer is: other servers define it in other ways. */
type Confidence = (
  question: Question,
  p: readonly number[],
) => { readonly value: number; readonly formula: string };

/** vLLM: the top probability, times the labels' share of the vocabulary if it is known. */
export function verbalConfidence(labelMass: number | undefined): Confidence {
  return (_, p) =>
    labelMass === undefined
      ? { value: Math.max(...p), formula: "max(p)" }
      : { value: Math.max(...p) * labelMass, formula: "max(p) * label_mass" };
}

/** Kev: how far the top is above chance; of levels, how near the others are to the top. */
export const pointerConfidence: Confidence = ({ type }, p) => {
  const most = Math.max(...p);
  const mode = p.indexOf(most);
  if (type === "score") {
    const spread = p.reduce((sum, value, i) => sum + value * Math.abs(i - mode), 0);
    const formula = "1 - sum(p_i * |i - mode|) / (levels - 1)";
    return { value: 1 - spread / (p.length - 1), formula };
  }
  const chance = 1 / p.length;
  const value = p.length === 1 ? 1 : (most - chance) / (1 - chance);
  return { value, formula: "(max(p) - 1/options) / (1 - 1/options)" };
};

/** Returns the answer to a question. @param logits of the options, in their order */
export function answerOf(
  question: Question,
  logits: readonly number[],
  confidenceOf: Confidence,
  labelMass: number | undefined,
): Answer {
  const { type, options } = question;
  const p = softmax(logits);
  const probabilities = Object.fromEntries(options.map(({ key }, i) => [key, at(p, i)]));
  const common = {
    probabilities,
    ...(labelMass !== undefined && { label_mass: labelMass }),
    outputs: logits,
  };
  if (type === "noul") return { type, noul: at(p, 1), value: at(p, 1), ...common };
  const { value: confidence, formula } = confidenceOf(question, p);
  const sure = { confidence, confidence_formula: formula };
  if (type === "choice") {
    const choice = at(options, p.indexOf(Math.max(...p))).key;
    return { type, choice, value: choice, ...sure, ...common };
  }
  const score = p.reduce((sum, value, i) => sum + i * value, 0);
  const legend = Object.fromEntries(options.map(({ key, about }) => [key, about]));
  return { type, score, legend, value: score, ...sure, ...common };
}

/** Returns the answers in the shape of the request. */
export function decisionsOf(
  { questions, isList, model }: DecideInput,
  answers: readonly Answer[],
  tokens: number,
  name: string,
): Decisions {
  const usage = { input_tokens: tokens, output_tokens: 0 };
  const named = questions.map(({ id }, i) => [id, at(answers, i)] as const);
  if (!isList) return { answers: Object.fromEntries(named), usage, model: model ?? name };
  const listed = named.map(([id, answer]): Answer => {
    if (answer.type !== "noul") return { ...answer, name: id };
    const { noul: probability = Number.NaN, ...rest } = answer;
    return { ...rest, type: "predicate", name: id, probability };
  });
  return { answers: listed, usage, model: model ?? name };
}
