// Tested by: test/demo/keys.browser.test.ts
/**
 * Single keys of the whole page, outside text fields: g and a letter open a view, the arrows move
 * between rows that have a score, w opens their reasons, c compares with the next response, and
 * ? opens the help. They can be switched off (WCAG 2.1.4): who dictates would press them.
 *
 * They work on what the views draw, so that every view with rows has them.
 */
import type { Page } from "../base/page.ts";
import { actionOf, readKeys } from "../label/keys.ts";
import { shell, viewShown } from "./state.ts";

/** The letter after g, and the view's address. */
const VIEWS: ReadonlyMap<string, string> = new Map([
  ["s", "score"],
  ["r", "rank"],
  ["l", "label"],
  ["e", "report"],
  ["m", "models"],
]);
/** A letter belongs to a g that was pressed within this time. */
const SEQUENCE_MS = 1500;
const FIELDS = "input:not([type=checkbox], [type=file], [type=button]), textarea, select";

/** When g was pressed; undefined if no letter is awaited. */
let began: number | undefined;

/** Listens as long as the page is open. Capturing: the letter after g must not vote in Label. */
export function takeKeys(page: Page): void {
  document.addEventListener("keydown", (event) => onKey(page, event), { capture: true });
}

function onKey(page: Page, event: KeyboardEvent): void {
  const { target, key, timeStamp } = event;
  const isOpening = began !== undefined && timeStamp - began < SEQUENCE_MS;
  if (key !== "Shift") began = undefined;
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey;
  const isWriting = target instanceof Element && target.closest(FIELDS) !== null;
  const isBusy = document.querySelector(":popover-open, dialog[open]") !== null;
  if (!page.get(shell).keysOn || hasModifier || isWriting || isBusy) return;
  if (event.isComposing || event.repeat || (!isOpening && votes(page, event))) return;
  if (isOpening ? openView(key) : act(event)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

/** Returns whether the key is one of Label's: a person may have chosen it. */
function votes(page: Page, event: KeyboardEvent): boolean {
  const { keys, keysOn } = readKeys();
  const isOnRow = event.target instanceof Element && event.target.matches(".why-button");
  return (
    viewShown(page).name === "label" && !isOnRow && actionOf(event, keys, keysOn) !== undefined
  );
}

function openView(key: string): boolean {
  const view = VIEWS.get(key.toLowerCase());
  if (view !== undefined) location.hash = view;
  return view !== undefined;
}

/** Returns whether the key was one of the page's. */
function act({ key, target, timeStamp }: KeyboardEvent): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>(".why-button")];
  const row = rows.findIndex((button) => button === target);
  switch (key) {
    case "g": {
      began = timeStamp;
      return true;
    }
    case "?": {
      document.querySelector<HTMLElement>("#about")?.showPopover();
      return true;
    }
    case "w": {
      return press(rows[Math.max(0, row)]);
    }
    case "c": {
      return compareWithNext();
    }
    // Elsewhere the arrows scroll.
    case "ArrowDown": {
      return row !== -1 && focusOn(rows[Math.min(row + 1, rows.length - 1)]);
    }
    case "ArrowUp": {
      return row !== -1 && focusOn(rows[Math.max(row - 1, 0)]);
    }
    default: {
      return false;
    }
  }
}

function focusOn(element: HTMLElement | undefined): boolean {
  element?.focus();
  return element !== undefined;
}

function press(button: HTMLElement | undefined): boolean {
  focusOn(button);
  button?.click();
  return button !== undefined;
}

/** Compares the row whose reasons are open with the next response; after the last the first. */
function compareWithNext(): boolean {
  const field = document.querySelector<HTMLSelectElement>("#why-other");
  if (field === null) return false;
  field.selectedIndex = (field.selectedIndex + 1) % field.options.length;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}
