/** `<vl-score>` as a page sees it. */
import type { Ranking } from "../reward-model.ts";
import type { ImageInput, MessageInput, RankRequest, WeightForm } from "../types.ts";

/** What the element needs of a model: `RewardModel`, `WorkerRewardModel`, or one of one's own. */
export interface ElementScorer {
  rank(
    request: RankRequest,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Ranking>;
}

/** Also a CSS state: `vl-score:state(loading)`. */
export type ScoreState = "idle" | "loading" | "scoring" | "done" | "failed";

export interface VlScoreElement extends HTMLElement {
  /** `org/name@revision`, or the address of a folder. */
  model: string | undefined;
  weights: WeightForm | undefined;
  /** The address of the picture. */
  src: string | undefined;
  prompt: string | undefined;
  /** Keeps the model in this browser: an empty text, or the store's name. */
  store: string | undefined;
  /** Whether the engine runs without a way to the network. */
  sealed: boolean;
  /** `eager` loads without being asked. */
  loading: "lazy" | "eager";
  name: string | undefined;
  /** Whether a form waits for the scores. */
  required: boolean;
  /** A picture in any form, in place of `src`. */
  picture: ImageInput | undefined;
  /** The whole conversation up to the response, or its JSON, in place of `prompt` and picture. */
  messages: readonly MessageInput[] | string | undefined;
  /** The responses, or the JSON of their list, in place of the element's children. */
  responses: readonly string[] | string | undefined;
  /** A loaded model of the host's. It stays the host's to dispose of. */
  scorer: ElementScorer | undefined;
  /** The address of `engine-worker.js`, for bundlers that do not take it along. */
  workerUrl: string | undefined;
  readonly state: ScoreState;
  /** The places of the responses; undefined before they are scored. */
  readonly ranking: Ranking | undefined;
  /** What went wrong last. */
  readonly fault: Error | undefined;
  /** The scores, in the order of the responses; empty before they are there. */
  readonly values: readonly number[];
  readonly form: HTMLFormElement | null;
  readonly validity: ValidityState;
  checkValidity(): boolean;
  reportValidity(): boolean;
  /**
   * Loads the model, and scores: the consent of a person or of the host. Resolves with the places,
   * or undefined if there is nothing to score. What fails is in `fault` and in the event `error`.
   */
  load(): Promise<Ranking | undefined>;
}

declare global {
  interface HTMLElementTagNameMap {
    "vl-score": VlScoreElement;
  }
}
