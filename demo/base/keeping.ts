// Tested by: test/demo/sessions.browser.test.ts
/**
 * What a person has seen is not lost: a result that took work is kept before it is shown. The room
 * of the sessions says how; without it, nothing is kept.
 */
import type { Page, Part } from "./page.ts";

interface Keeping {
  /** Keeps the session as the page is about to show it. Never fails: it says what went wrong. */
  readonly keep: ((ahead: Page) => Promise<void>) | undefined;
}

export const keeping: Part<Keeping> = { name: "keeping", first: () => ({ keep: undefined }) };

/**
 * A database that takes longer is not waited for: the result is shown, and the page says that it is
 * not kept yet.
 */
const PATIENCE_MS = 2000;

/** Keeps what a change is about to show; the caller then makes the change. */
export async function keepAhead<State>(
  page: Page,
  part: Part<State>,
  change: Partial<State>,
): Promise<void> {
  const { keep } = page.get(keeping);
  if (keep === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([keep(withChange(page, part, change)), late]);
  clearTimeout(timer);
}

/** Returns the page with a change that is not made yet. What else changes meanwhile shows too. */
function withChange<Changed>(page: Page, part: Part<Changed>, change: Partial<Changed>): Page {
  const get = <State>(asked: Part<State>): State => {
    const state = page.get(asked);
    return asked.name === part.name ? Object.assign({}, state, change) : state;
  };
  return { ...page, get };
}
