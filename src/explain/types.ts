// Tested by: test/explain/explain.test.ts
/** What goes into an explanation and what comes out. */
import type { ConversationInput, ImageInput, RawPixels, ScoredImage } from "../types.ts";
import type { Box, HideWith } from "./cells.ts";
import type { Truth } from "./truth.ts";
import type { UnitSize } from "./units.ts";

/** A score, as far as an explanation reads it. A server gives the value alone. */
export interface ExplainScore {
  readonly value: number;
  readonly tokens?: number | undefined;
  readonly tokenIds?: ArrayLike<number>;
  readonly tokenValues?: ArrayLike<number>;
  readonly response?: { readonly begin: number; readonly end: number };
  readonly images?: readonly ScoredImage[];
}

/** Scores of conversations that share their pictures. */
export interface ExplainScores {
  score(
    conversations: readonly ConversationInput[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly ExplainScore[]>;
  /** Decodes a picture as the model sees it. */
  decode?(image: ImageInput, signal?: AbortSignal): Promise<RawPixels>;
  /** Returns the pair's margins under random heads; undefined if the head cannot be shuffled. */
  randomHeads?(
    pair: readonly [ConversationInput, ConversationInput],
    count: number,
    options?: { readonly seed?: number; readonly signal?: AbortSignal | undefined },
  ): Promise<readonly number[] | undefined>;
}

/** What can be explained: `RewardModel`, `RemoteRewardModel`, or anything that scores. */
export interface ExplainScorer extends ExplainScores {
  /** Scores many calls about the same pictures, and computes each picture once. */
  sharePictures?(): ExplainScores;
}

export interface ExplainRequest {
  /** The conversation up to the responses. */
  readonly messages: ConversationInput;
  /** The response to explain, and the other one that it is compared with. */
  readonly responses: readonly [string, string] | readonly [string];
}

export interface ExplainOptions {
  /** Conversations to score at most, 500 by default. */
  readonly budget?: number | undefined;
  /** How texts are cut; by default as large as leaves five units or more, else words. */
  readonly units?: UnitSize | "auto" | undefined;
  /**
   * What a unit's effect is; `auto` enumerates Shapley values where a response has five or fewer.
   */
  readonly method?: "auto" | "leave-out" | "shapley" | undefined;
  /** What hides a cell of a picture: the mean colour around it, or a blurred copy. */
  readonly hide?: HideWith | undefined;
  /** Cells along a side of a picture at first, 4 by default. */
  readonly cells?: number | undefined;
  /** A picture that has nothing to do with the question; without it `picture.other` is null. */
  readonly otherPicture?: ImageInput | undefined;
  /** Decodes pictures where the scorer does not. */
  readonly decode?: ((image: ImageInput, signal?: AbortSignal) => Promise<RawPixels>) | undefined;
  /** Of the random removals and orders, 1 by default. */
  readonly seed?: number | undefined;
}

export interface RunOptions {
  /** Stops; what was found is returned. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((explanation: Explanation) => void) | undefined;
}

/** What an explanation costs. */
export interface ExplainCost {
  /** Conversations to score, at most. */
  readonly scores: number;
  /** Tokens of them, if each were computed whole; undefined if nothing reports tokens. */
  readonly tokens: number | undefined;
  /** On this machine, by the time of the first scores. */
  readonly seconds: number;
}

/** A place in which the responses differ. */
export interface Contrast {
  /** What each response has there. */
  readonly a: string;
  readonly b: string;
  /** Characters of each. */
  readonly spans: { readonly a: readonly [number, number]; readonly b: readonly [number, number] };
  /** What the difference adds to the margin: swapped in a and in b, the mean of the two. */
  readonly effect: number;
}

export interface TextUnit {
  readonly in: "a" | "b" | "prompt";
  readonly text: string;
  /** Characters of the response, or of the prompt's text. */
  readonly start: number;
  readonly end: number;
  /** Which text of the prompt: the index of its message, and of its part. */
  readonly message?: number;
  readonly part?: number;
  /** What the unit adds to the margin. */
  readonly effect: number;
  /** Of sampled orders; 0 if nothing was sampled. */
  readonly standardError: number;
}

export interface PictureUnit {
  readonly in: "picture";
  readonly picture: number;
  readonly box: Box;
  readonly effect: number;
  readonly standardError: number;
}

export type ExplainedUnit = TextUnit | PictureUnit;

/**
 * What is left of the margin, as a share: 1 if the picture does not matter. Null if it is unknown.
 */
export interface PictureShare {
  /** With grey pictures. */
  readonly blank: number | null;
  readonly blurred: number | null;
  /** With another picture. */
  readonly other: number | null;
}

/** A deletion that flips the order of the responses; it was scored. */
export interface Counterfactual {
  readonly removed: readonly TextUnit[];
  /** The margin without them. */
  readonly margin: number;
}

/** Values of tokens on the way. They show how the score came about, and not what caused it. */
export interface TokenTrace {
  readonly tokenIds: readonly number[];
  readonly tokenValues: readonly number[];
  /** Tokens of the response, `[begin, end)`. */
  readonly response: readonly [number, number];
}

export interface Explanation {
  /** Score of a minus score of b; of a single response its score. */
  readonly margin: number;
  readonly values: readonly number[];
  /** Strongest first. */
  readonly contrast: readonly Contrast[];
  /** Strongest first. */
  readonly units: readonly ExplainedUnit[];
  /** Null without pictures. */
  readonly picture: PictureShare | null;
  /** Null if none was found or looked for. */
  readonly counterfactual: Counterfactual | null;
  readonly truth: Truth;
  readonly trace: readonly TokenTrace[];
  /** Conversations scored so far. */
  readonly scores: number;
  /** The share of the steps that are done, 0 to 1. */
  readonly progress: number;
  /** Why it ended early; undefined if it did not. */
  readonly stopped?: "budget" | "signal";
  /** What could not be explained, and why. */
  readonly notes: readonly string[];
}
