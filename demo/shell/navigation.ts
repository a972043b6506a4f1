/** Follows the address: links change what comes after `#`, and back and forward work. */
import { focusOnceDrawn } from "../base/form.ts";
import { located } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import { viewShown } from "./state.ts";

export function followAddress(page: Page): void {
  show(page);
  addEventListener("hashchange", () => {
    const before = viewShown(page);
    show(page);
    const now = viewShown(page);
    now.open?.(page);
    if (now !== before) {
      scrollTo(0, 0);
      // Users of screen readers and keyboards continue at the start of the new view.
      focusOnceDrawn("view-title");
    }
  });
}

function show(page: Page): void {
  page.change(located, { address: location.hash.slice(1) });
  nameTab(page);
}

/** Names the tab after the view. */
export function nameTab(page: Page): void {
  document.title = words().frame.pageTitle(viewShown(page).title());
}
