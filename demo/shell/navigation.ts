/** Follows the address: links change what comes after `#`, and back and forward work. */
import { focusOn } from "../base/form.ts";
import type { Page } from "../base/page.ts";
import { shell, viewShown } from "./state.ts";

export function followAddress(page: Page): void {
  show(page);
  addEventListener("hashchange", () => {
    show(page);
    viewShown(page).open?.(page);
    // Users of screen readers and keyboards continue at the start of the new view.
    requestAnimationFrame(() => focusOn("view-title"));
  });
}

function show(page: Page): void {
  page.change(shell, { address: location.hash.slice(1) });
  document.title = `vl-reward: ${viewShown(page).title.toLowerCase()}`;
}
