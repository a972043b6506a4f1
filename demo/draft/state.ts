/** The draft: what is to be judged. Compare and Rank share its picture and its prompt. */
import type { PageFault } from "../base/faults.ts";
import type { Part } from "../base/page.ts";

export interface Picture {
  readonly blob: Blob;
  /** What the page shows: the sample's URL, or a `blob:` address of `Pictures`. */
  readonly url: string;
  readonly name: string;
}

export interface DraftResponse {
  /** Stays with the response while others are added and removed, so that the caret stays too. */
  readonly key: number;
  readonly text: string;
}

export interface Draft {
  readonly picture: Picture | undefined;
  readonly prompt: string;
  readonly responses: readonly DraftResponse[];
}

export interface DraftRoom {
  readonly draft: Draft;
  /** The sample that the draft is; undefined once it was edited. */
  readonly sampleId: string | undefined;
  /** The fault of the draft's picture. Choosing another picture removes it. */
  readonly pictureFault: string | undefined;
  /** The fault of the draft. An edit removes it. */
  readonly fault: PageFault | undefined;
  /** An example that was cleared because another picture took its place: it can be had back. */
  readonly cleared: Draft | undefined;
  /** Tokens of each response with its question, by its key, while they near the model's limit. */
  readonly tokens: ReadonlyMap<number, number>;
  /** Pixels of the picture that is shown, once the browser has read it. */
  readonly pictureSize: { readonly width: number; readonly height: number } | undefined;
}

export const MIN_RESPONSES = 1;
export const MAX_RESPONSES = 8;

let lastKey = 0;

export function draftResponse(text: string): DraftResponse {
  lastKey += 1;
  return { key: lastKey, text };
}

export const drafting: Part<DraftRoom> = {
  name: "draft",
  first: () => ({
    draft: { picture: undefined, prompt: "", responses: [draftResponse("")] },
    sampleId: undefined,
    pictureFault: undefined,
    fault: undefined,
    cleared: undefined,
    tokens: new Map(),
    pictureSize: undefined,
  }),
};
