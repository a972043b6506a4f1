/**
 * What Compare knows: samples, the last verdict, and which token a reader points at.
 *
 * A verdict keeps the draft that it judges. So the page can show results while the next draft is
 * written, and say when the two differ.
 */
import type { Page, Part } from "../base/page.ts";
import { drafting } from "../draft/state.ts";
import type { Draft } from "../draft/state.ts";
import type { ResponseScore } from "../engine/protocol.ts";

export interface Sample {
  readonly id: string;
  readonly title: string;
  /** URL of the picture. */
  readonly image: string;
  readonly prompt: string;
  readonly candidates: readonly string[];
}

export interface Verdict {
  readonly draft: Draft;
  readonly scores: readonly ResponseScore[];
}

/** A token that the reader points at, by mouse or keyboard. */
export interface Inspected {
  readonly response: number;
  readonly step: number;
}

export interface CompareState {
  readonly samples: readonly Sample[];
  readonly scoring: boolean;
  readonly verdict: Verdict | undefined;
  readonly inspected: Inspected | undefined;
}

export const compare: Part<CompareState> = {
  name: "compare",
  first: () => ({ samples: [], scoring: false, verdict: undefined, inspected: undefined }),
};

/** Returns true if the draft is no longer what the verdict judges. */
export function isStale(page: Page): boolean {
  const { verdict } = page.get(compare);
  const { draft } = page.get(drafting);
  if (verdict === undefined) {
    return false;
  }
  const judged = verdict.draft;
  return (
    judged.picture?.url !== draft.picture?.url ||
    judged.prompt !== draft.prompt ||
    judged.responses.length !== draft.responses.length ||
    judged.responses.some(({ text }, at) => text !== draft.responses[at]?.text)
  );
}
