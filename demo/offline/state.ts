// Tested by: test/demo/offline/update.browser.test.ts
/** What the page knows of its offline copy, and of a newer version of itself. */
import type { Part } from "../base/page.ts";
import type { NotKept } from "./copy.ts";

/** Why there is no offline copy. */
export type WhyNot =
  | NotKept
  /** The page is served without a service worker: `npm start`. */
  | { readonly code: "unserved" }
  /** The browser offers none here: a private window, a frame, an address without HTTPS. */
  | { readonly code: "none" }
  /** A person has asked the browser to save data. */
  | { readonly code: "saving" };

export type Kept =
  | { readonly kind: "unknown" | "filling" }
  | { readonly kind: "kept"; readonly bytes: number }
  | { readonly kind: "not-kept"; readonly why: WhyNot };

/** A newer version: there, wanted as soon as nothing runs, or wanted while other tabs are open. */
export type Update =
  | { readonly kind: "none" | "offered" | "wanted" }
  | { readonly kind: "elsewhere"; readonly otherTabs: number };

interface OfflineState {
  readonly kept: Kept;
  readonly update: Update;
}

export const offline: Part<OfflineState> = {
  name: "offline",
  first: () => ({ kept: { kind: "unknown" }, update: { kind: "none" } }),
};
