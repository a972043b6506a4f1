/** What the page knows of itself: whether the browser can run the engine, and how it looks. */
import { located } from "../base/page.ts";
import type { Page, Part, View } from "../base/page.ts";
import { readSetting } from "../base/settings.ts";
import type { WebGpuSupport } from "../base/support.ts";

export type Theme = "auto" | "light" | "dark";

interface ShellState {
  readonly support: WebGpuSupport | undefined;
  /** True while a file is dragged over the page. */
  readonly dragging: boolean;
  readonly theme: Theme;
  /** A sentence about files that were dropped, until the next drop. */
  readonly dropNote: string | undefined;
  /** Whether single keys do something. */
  readonly keysOn: boolean;
}

export const shell: Part<ShellState> = {
  name: "shell",
  first: () => ({
    support: undefined,
    dragging: false,
    theme: "auto",
    dropNote: undefined,
    keysOn: readSetting("keys") !== "off",
  }),
};

/** Returns the view that the address names, or the first one. @throws Error without any view */
export function viewShown(page: Page): View {
  const [asked] = page.get(located).address.split("/");
  const view = page.views.find(({ name }) => name === asked) ?? page.views[0];
  if (view === undefined) {
    throw new Error("the page has no view");
  }
  return view;
}
