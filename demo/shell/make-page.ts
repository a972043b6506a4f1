/** The page as an object: it keeps the parts of the state and draws on every change. */
import { render } from "lit";
import type { Page, Part, View } from "../base/page.ts";
import { Pictures } from "../base/pictures.ts";
import { pageView } from "./page.ts";

interface Kept {
  readonly part: Part<unknown>["first"];
  readonly state: unknown;
}

/** @param drawn called after each drawing */
export function makePage(
  root: HTMLElement,
  views: readonly View[],
  drawn: (page: Page) => void = () => {},
): Page {
  const parts = new Map<string, Kept>();
  let isDrawing = false;
  const page: Page = {
    views,
    jobs: new Map(),
    pictures: new Pictures(),
    get<State>({ name, first }: Part<State>): State {
      const kept = parts.get(name);
      if (kept === undefined) {
        const state = Object.freeze(first());
        parts.set(name, { part: first, state });
        return state;
      }
      if (kept.part !== first) {
        throw new Error(`two parts of the page have the name ${name}`);
      }
      return kept.state as State;
    },
    change(part, change) {
      const state = Object.freeze({ ...page.get(part), ...change });
      parts.set(part.name, { part: part.first, state });
      // Many changes in one turn are drawn once.
      if (!isDrawing) {
        isDrawing = true;
        queueMicrotask(() => {
          isDrawing = false;
          render(pageView(page), root);
          page.pictures.keepOnly(new Set(views.flatMap((view) => [...view.shown(page)])));
          drawn(page);
        });
      }
    },
  };
  return page;
}
