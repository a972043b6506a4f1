/**
 * What the rooms of the page agree on: the page itself, the parts of its state, and its views.
 *
 * Each room declares the part of the state that it owns, as plain frozen data. The page keeps the
 * parts by name, replaces a part as a whole on each change, and draws the view that is shown.
 */
import type { TemplateResult } from "lit";
import type { FileKind, GivenFiles } from "./files.ts";
import type { Jobs } from "./jobs.ts";
import type { Pictures } from "./pictures.ts";

/** A part of the page's state. The room that owns it declares it; no list has to name it. */
export interface Part<State> {
  /** No two parts have the same name. */
  readonly name: string;
  /** Returns the state before anything has happened. */
  readonly first: () => State;
}

/** The page: its state, how it changes, what runs, and its views. */
export interface Page {
  readonly views: readonly View[];
  /** What runs now, at most one job of a name. */
  readonly jobs: Jobs;
  /** Pictures of the user that some view shows. */
  readonly pictures: Pictures;
  get<State>(part: Part<State>): State;
  /** Changes a part of the state and draws the page soon. */
  change<State>(part: Part<State>, change: Partial<State>): void;
}

/**
 * A view of the page. All that the page must ask of a view is a field here, and fields are required
 * if a page without them would go wrong in silence.
 */
export interface View extends Part<unknown> {
  /** What the address has after `#`, up to a slash. */
  readonly name: string;
  /** Returns the words of the link to it, in the page's language. */
  title(): string;
  /** Returns the words over the page while a file is dragged. */
  drop(): string;
  /**
   * What files it takes, what it is made for first. A file of another kind goes to the view that
   * names it soonest.
   */
  readonly accepts: readonly FileKind[];
  /** True if files that are dropped on another view never go to this one. */
  readonly takesOnlyShown?: boolean;
  view(page: Page): TemplateResult;
  /** Forgets what only the last model could go on with: another one judges from now on. */
  reset(page: Page): void;
  /** Takes files that were dropped on the page or pasted, while the view is shown. */
  take(page: Page, files: GivenFiles): void;
  /** Returns the addresses of all pictures that it shows; the memory behind all others is freed. */
  shown(page: Page): Iterable<string | undefined>;
  /** Fills the view before the page is drawn for the first time. */
  prepare?(page: Page): void;
  /** Starts the view's own work, once, after the engine has started to load. */
  begin?(page: Page): void;
  /** Called each time the view comes to be shown. */
  open?(page: Page): void;
  /** Goes on after a failure: the engine has been started again. */
  again?(page: Page): void;
}

interface Located {
  /** What the address has after `#`: a view's name, and what the view reads after a slash. */
  readonly address: string;
}

export const located: Part<Located> = { name: "address", first: () => ({ address: "" }) };

interface Announced {
  /** What a screen reader says, politely. */
  readonly announcement: string;
}

export const announced: Part<Announced> = {
  name: "announcement",
  first: () => ({ announcement: "" }),
};

/** Has a screen reader say a sentence when it next has time. */
export function announce(page: Page, sentence: string): void {
  // A text that does not change is not spoken a second time; a space at its end is a change.
  const isSame = page.get(announced).announcement === sentence;
  page.change(announced, { announcement: isSame ? `${sentence}\u00a0` : sentence });
}
