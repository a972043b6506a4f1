// Tested by: test/demo/offline/update.browser.test.ts
/** What the page and its service worker say to each other. */
import type { MadeRequest } from "../base/requests.ts";
import type { NotKept } from "./copy.ts";

/** What the page asks; the answer comes through the port that is sent along. */
export type OfflineAsk =
  /** How many bytes are kept. */
  | { readonly ask: "kept" }
  /** To fill the copy again; there is no answer. */
  | { readonly ask: "fill" }
  /** To become the page's version, if no other tab has the page open. */
  | { readonly ask: "take" };

export interface OfflineAnswer {
  readonly keptBytes?: number | undefined;
  /** Other tabs that have the page open. */
  readonly otherTabs?: number;
}

/** What the service worker says unasked. */
export interface OfflineNews {
  readonly offline: {
    readonly isKept?: true;
    readonly notKept?: NotKept;
    /** Requests that it made. */
    readonly requests?: readonly MadeRequest[];
  };
}
