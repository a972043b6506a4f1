// Tested by: test/load/features.gpu.test.ts
/**
 * The states of an input apart from its response: at the end of the question, and of the pictures.
 * They tell whether a model was ever shown such an input.
 */
import { at } from "../base/at.ts";
import type { InputFeatures } from "../types.ts";
import type { Prepared } from "./prepare.ts";

/** Tokens of pictures whose states are averaged, at most. */
const PICTURE_STATES = 32;

/** Returns the last token before the response, then tokens of the pictures, evenly spaced. */
export function inputTokens({ prompt }: Pick<Prepared, "prompt">): readonly number[] {
  const { images, response } = prompt;
  const all = images.flatMap(({ begin, tokens }) =>
    Array.from({ length: tokens }, (_, k) => begin + k),
  );
  const count = Math.min(PICTURE_STATES, all.length);
  const spread = Array.from({ length: count }, (_, k) =>
    at(all, Math.floor(((k + 0.5) * all.length) / count)),
  );
  return [Math.max(0, response.begin - 1), ...spread];
}

/** Returns the features, from the states at those tokens. */
export function inputFeatures(states: readonly Float32Array[]): InputFeatures {
  const [question, ...pictures] = [at(states, 0), ...states.slice(1)];
  if (pictures.length === 0) return { question, picture: undefined };
  const picture = question.map(
    (_, i) => pictures.reduce((sum, row) => sum + at(row, i), 0) / pictures.length,
  );
  return { question, picture };
}
