/**
 * From a score's value at every token to the steps that the page shows.
 *
 * The steps begin with the token before the response (what the model thought before it read a word) and end with the
 * tokens of the template after it, whose last one is the score. A character that several tokens spell together comes
 * as one step: the engine gives its text to the last of them and nothing to the others.
 */
import type { Score } from "../../src/types.ts";
import type { TokenStep } from "./protocol.ts";

/** @param pieces the text of each token from `score.response.begin` to the end. */
export function tokenSteps(score: Score, pieces: readonly string[]): TokenStep[] {
  const { begin, end } = score.response;
  const steps: TokenStep[] = [];
  const before = score.tokenValues[begin - 1];
  if (before !== undefined) {
    steps.push({ text: "", value: before, part: "start" });
  }
  pieces.forEach((text, offset) => {
    const position = begin + offset;
    const value = score.tokenValues[position];
    const completes = text !== "" || offset === pieces.length - 1;
    if (value !== undefined && completes) {
      steps.push({ text, value, part: position < end ? "response" : "end" });
    }
  });
  return steps;
}

/** A step with the distance from the step before it. */
export interface Move extends TokenStep {
  /** Value minus the value one step before; 0 at the start. */
  readonly move: number;
}

export function moves(steps: readonly TokenStep[]): Move[] {
  return steps.map((step, at) => ({ ...step, move: step.value - (steps[at - 1] ?? step).value }));
}

/** The step that raised the value most and the one that lowered it most; undefined where nothing rose or fell. */
export function extremes(all: readonly Move[]): {
  rise: Move | undefined;
  fall: Move | undefined;
} {
  let rise: Move | undefined;
  let fall: Move | undefined;
  for (const each of all) {
    if (each.move > (rise?.move ?? 0)) {
      rise = each;
    }
    if (each.move < (fall?.move ?? 0)) {
      fall = each;
    }
  }
  return { rise, fall };
}

/** A token's text with what the eye cannot see spelled out; a space before a word goes without saying. */
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
