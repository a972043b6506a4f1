/**
 * From a score's value at every token to the steps that the page shows.
 *
 * The steps begin with the token before the response and end with the tokens of the template after
 * it, whose last one is the score. What a reader sees as one character is one step, though several
 * tokens may spell it: an emoji of a family, a letter with its accent. Tokens that spell parts of a
 * code point have no text: the engine gives it to the last of them.
 */
import { languageOf } from "../../src/base/text-language.ts";
import type { TokenStep } from "./protocol.ts";

/** What of a score the steps are made of. */
interface ValuedTokens {
  readonly tokenValues: ArrayLike<number>;
  readonly response: { readonly begin: number; readonly end: number };
}

/**
 * Returns the steps of a score.
 * @param pieces the text of each token from `score.response.begin` to the end
 */
export function tokenSteps(score: ValuedTokens, pieces: readonly string[]): TokenStep[] {
  const { begin, end } = score.response;
  const steps: TokenStep[] = [];
  const before = score.tokenValues[begin - 1];
  if (before !== undefined) {
    steps.push({ text: "", value: before, part: "start" });
  }
  const wholes = characterEnds(pieces.slice(0, end - begin).join(""));
  let length = 0;
  let text = "";
  pieces.forEach((piece, offset) => {
    const position = begin + offset;
    const isResponse = position < end;
    text += piece;
    length += piece.length;
    const isWhole = !isResponse || position === end - 1 || wholes.has(length);
    const completes = (text !== "" && isWhole) || offset === pieces.length - 1;
    const value = score.tokenValues[position];
    if (value !== undefined && completes) {
      steps.push({ text, value, part: isResponse ? "response" : "end" });
      text = "";
    }
  });
  return steps;
}

/** Returns the ends of a text's characters, as readers count characters. */
function characterEnds(text: string): Set<number> {
  const characters = new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text);
  return new Set(Array.from(characters, ({ index, segment }) => index + segment.length));
}

/** A step with the distance from the step before it. */
export interface Move extends TokenStep {
  /** Value minus the value one step before; 0 at the start. */
  readonly move: number;
}

export function moves(steps: readonly TokenStep[]): Move[] {
  return steps.map((step, at) => ({ ...step, move: step.value - (steps[at - 1] ?? step).value }));
}

/** Returns the language of the text that steps spell; undefined without letters. */
export function languageOfSteps(steps: readonly TokenStep[]): string | undefined {
  return languageOf(steps.map(({ text, part }) => (part === "response" ? text : "")).join(""));
}

/** Returns a token's text with white space made visible, but for the space before a word. */
export function visibleText(step: TokenStep): string {
  if (step.part === "start") {
    return "start";
  }
  const text = step.text
    .replace(/^ (?=\S)/, "")
    .replaceAll("\n", "⏎")
    .replaceAll("\t", "⇥");
  return text.trim() === "" ? "␣".repeat(Math.max(1, text.length)) : text;
}
