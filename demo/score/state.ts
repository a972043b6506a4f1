/**
 * What Score knows: examples, and the last verdict.
 *
 * A verdict keeps the draft that it judges and the model that judged. So the page can show results
 * while the next draft is written, and say when the two differ.
 */
import type { Page, Part } from "../base/page.ts";
import { askedKey } from "../draft/context.ts";
import { drafting } from "../draft/state.ts";
import type { Verdict } from "../verdict/state.ts";

export interface Sample {
  readonly id: string;
  readonly title: string;
  /** URL of the picture. */
  readonly image: string;
  readonly prompt: string;
  readonly candidates: readonly string[];
}

export interface ScoreState {
  readonly samples: readonly Sample[];
  /** Responses that are done, of all; undefined while nothing is scored. */
  readonly scoring: { readonly done: number; readonly total: number } | undefined;
  readonly verdict: Verdict | undefined;
  /** True after the result was copied, until the next one. */
  readonly isCopied: boolean;
}

export const scores: Part<ScoreState> = {
  name: "score",
  first: () => ({
    samples: [],
    scoring: undefined,
    verdict: undefined,
    isCopied: false,
  }),
};

/** Returns true if the draft is no longer what the verdict judges. */
export function isStale(page: Page): boolean {
  const { verdict } = page.get(scores);
  const { draft } = page.get(drafting);
  if (verdict === undefined) {
    return false;
  }
  const judged = verdict.draft;
  return (
    askedKey(judged) !== askedKey(draft) ||
    judged.responses.length !== draft.responses.length ||
    judged.responses.some(({ text }, at) => text !== draft.responses[at]?.text)
  );
}
