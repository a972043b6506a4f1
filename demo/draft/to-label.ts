// Tested by: test/demo/label.browser.test.ts
/** Pairs on their way to Label: a ranking or a report hands them over, and the view takes them. */
import type { Conversation } from "../../src/types.ts";
import { located, type Page, type Part } from "../base/page.ts";

/** A pair to label; pictures as blobs in the messages. */
export interface GivenPair {
  readonly id: string;
  readonly messages: Conversation;
  readonly responses: readonly [string, string];
  readonly group?: string | undefined;
  /** How the pictures are called, in their order. */
  readonly pictureNames: readonly string[];
}

interface GivenPairs {
  /** Undefined once the view has taken them. */
  readonly pairs: readonly GivenPair[] | undefined;
  /** Where they come from, in words. */
  readonly title: string;
}

export const givenPairs: Part<GivenPairs> = {
  name: "given-pairs",
  first: () => ({ pairs: undefined, title: "" }),
};

/** Opens Label with these pairs. */
export function labelThese(page: Page, pairs: readonly GivenPair[], title: string): void {
  page.change(givenPairs, { pairs, title });
  if (page.get(located).address !== "label") location.hash = "label";
}
