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

/** An earlier exchange of the conversation: what the user asked, and what the assistant said. */
export interface Exchange {
  /** Stays with the exchange while others are added and removed. */
  readonly key: number;
  readonly pictures: readonly Picture[];
  /** True if the pictures come after the text. */
  readonly isTextFirst: boolean;
  readonly user: string;
  readonly assistant: string;
}

/** What a question of Score has beyond one picture and one prompt. */
export interface Context {
  /** Empty without a system prompt. */
  readonly system: string;
  readonly exchanges: readonly Exchange[];
  /** Pictures of the question after its first one. */
  readonly morePictures: readonly Picture[];
  /** True if the question's pictures come after its text. */
  readonly isTextFirst: boolean;
}

export interface Draft {
  readonly picture: Picture | undefined;
  readonly prompt: string;
  readonly responses: readonly DraftResponse[];
  /** Undefined for one picture and one prompt, which is all that Rank asks about. */
  readonly context?: Context | undefined;
}

/** What was taken away, so that it can be had back. */
export interface Removed {
  readonly what: "turn" | "picture" | "replaced";
  /** The draft before. */
  readonly draft: Draft;
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
  /** What was removed last, until the next edit. */
  readonly removed: Removed | undefined;
  /** Whether the rest of the conversation is open; undefined until a person says so. */
  readonly showsContext: boolean | undefined;
  /** What is pasted as JSON and not taken yet, and what is wrong with it or was not read of it. */
  readonly json: { readonly text: string; readonly note: string | undefined };
  /** Tokens of each response with its question, by its key, while they near the model's limit. */
  readonly tokens: ReadonlyMap<number, number>;
  /** Pixels of the picture that is shown, once the browser has read it. */
  readonly pictureSize: { readonly width: number; readonly height: number } | undefined;
}

export const MIN_RESPONSES = 1;
export const MAX_RESPONSES = 8;

let lastKey = 0;

export function draftResponse(text: string): DraftResponse {
  return { key: nextKey(), text };
}

export function nextKey(): number {
  lastKey += 1;
  return lastKey;
}

export const drafting: Part<DraftRoom> = {
  name: "draft",
  first: () => ({
    draft: { picture: undefined, prompt: "", responses: [draftResponse("")] },
    sampleId: undefined,
    pictureFault: undefined,
    fault: undefined,
    cleared: undefined,
    removed: undefined,
    showsContext: undefined,
    json: { text: "", note: undefined },
    tokens: new Map(),
    pictureSize: undefined,
  }),
};
