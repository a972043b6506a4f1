// Tested by: test/reference/reference-file.test.ts
/**
 * A reference set: by what a score of one model is read. It has the temperature of the model's
 * probabilities, the distribution of its scores, and what inputs it knows.
 */
import { at } from "../base/at.ts";
import type { InputFeatures } from "../types.ts";
import { distanceTo } from "./normal.ts";
import type { Normal } from "./normal.ts";

/** A kind of inputs that a model knows. */
export interface KnownKind {
  readonly normal: Normal;
  /** The distance beyond which a row is not of the kind. */
  readonly limit: number;
}

export interface ReferenceSet {
  /** The model that it is for. */
  readonly model: string;
  /** T of P(a over b) = σ((a − b) / T), fitted on the pairs. */
  readonly temperature: number;
  /** Labelled pairs that it was made of. */
  readonly pairs: number;
  /** Scores of their responses, ascending: the minimum, each hundredth, the maximum. */
  readonly quantiles: Float32Array;
  /** Undefined if there were too few rows of the kind. */
  readonly picture: KnownKind | undefined;
  /** Questions about a picture. */
  readonly pictureQuestion: KnownKind | undefined;
  /** Questions without one. */
  readonly textQuestion: KnownKind | undefined;
}

/** How unlike the reference rows an input is. */
export interface Strangeness {
  /** The distance in limits: above 1 the model was shown nothing like it. */
  readonly ratio: number;
  /** What is the farthest. */
  readonly part: "picture" | "question";
}

/** Returns how unlike the reference rows an input is. Kinds that were never shown are outside. */
export function strangenessOf(
  set: ReferenceSet,
  { question, picture }: InputFeatures,
): Strangeness {
  const asked = ratioTo(picture === undefined ? set.textQuestion : set.pictureQuestion, question);
  const seen = picture === undefined ? 0 : ratioTo(set.picture, picture);
  return seen > asked ? { ratio: seen, part: "picture" } : { ratio: asked, part: "question" };
}

/** Stands for "never shown": a distance that a file of JSON can hold too. */
const NEVER = 1e6;

function ratioTo(kind: KnownKind | undefined, row: Float32Array): number {
  return kind === undefined ? NEVER : distanceTo(kind.normal, row) / kind.limit;
}

/** Returns the share of the reference answers whose score is lower, 0 to 1. */
export function percentileOf({ quantiles }: ReferenceSet, score: number): number {
  const last = quantiles.length - 1;
  const above = quantiles.findIndex((value) => value >= score);
  if (above === -1) return 1;
  if (above === 0) return 0;
  const [low, high] = [at(quantiles, above - 1), at(quantiles, above)];
  const part = high > low ? (score - low) / (high - low) : 0;
  return (above - 1 + part) / last;
}
