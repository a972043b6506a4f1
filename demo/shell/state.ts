/**
 * What the page knows of itself: which view is shown, and whether the browser can run the engine.
 */
import type { Page, Part, View } from "../base/page.ts";
import type { WebGpuSupport } from "../base/support.ts";

interface ShellState {
  /** What the address has after `#`. */
  readonly address: string;
  readonly support: WebGpuSupport | undefined;
  /** True while a file is dragged over the page. */
  readonly dragging: boolean;
}

export const shell: Part<ShellState> = {
  name: "shell",
  first: () => ({ address: "", support: undefined, dragging: false }),
};

/** Returns the view that the address names, or the first one. @throws Error without any view */
export function viewShown(page: Page): View {
  const { address } = page.get(shell);
  const view = page.views.find(({ name }) => name === address) ?? page.views[0];
  if (view === undefined) {
    throw new Error("the page has no view");
  }
  return view;
}
