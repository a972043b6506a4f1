/** What keys and buttons of the Label view do. */
import { currentTask } from "../../src/label/session.ts";
import { located } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { actionOf, withKey, writeKeys, ACTIONS, type Action } from "./keys.ts";
import { flag, undo, vote } from "./session-actions.ts";
import { labelling } from "./state.ts";
import { say } from "./words.ts";

let isListening = false;

/** Listens to keys as long as the page is open: once, however often the view is drawn. */
export function listen(page: Page): void {
  if (isListening) return;
  isListening = true;
  document.addEventListener("keydown", (event) => onKey(page, event));
}

/** Fields that take single keys themselves. */
const FIELDS = "input:not([type=checkbox], [type=file], [type=button]), textarea, select";

function onKey(page: Page, event: KeyboardEvent): void {
  const [view] = page.get(located).address.split("/");
  const { session, keys, keysOn, rebinding } = page.get(labelling);
  if (view !== "label" || session === undefined || event.isComposing) return;
  if (rebinding !== undefined) {
    rebind(page, rebinding, event);
    return;
  }
  const { target } = event;
  const isWriting = target instanceof Element && target.closest(FIELDS) !== null;
  if (isWriting || document.querySelector(":popover-open") !== null) return;
  const action = actionOf(event, keys, keysOn);
  if (action === undefined) return;
  event.preventDefault();
  // A key that is held down is one vote.
  if (!event.repeat) act(page, action);
}

export function act(page: Page, action: Action): void {
  const { session, showsModel } = page.get(labelling);
  if (session === undefined) return;
  if (action === "undo") void undo(page);
  else if (action === "model") page.change(labelling, { showsModel: !showsModel });
  else if (currentTask(session) === undefined) return;
  else if (action === "flag") flag(page);
  else void vote(page, action);
}

/** Takes the pressed key for an action; Escape leaves it as it was. */
function rebind(page: Page, name: string, event: KeyboardEvent): void {
  const action = ACTIONS.find((one) => one === name);
  if (event.key === "Tab") return;
  event.preventDefault();
  if (action === undefined || event.key === "Escape") {
    page.change(labelling, { rebinding: undefined });
    return;
  }
  const { keys: before, keysOn } = page.get(labelling);
  const keys = withKey(before, action, event.key);
  if (keys === undefined) {
    const fault = { code: "input", message: say().badKey, field: `key-${action}` } as const;
    page.change(labelling, { fault });
    return;
  }
  writeKeys({ keys, keysOn });
  page.change(labelling, { keys, rebinding: undefined, fault: undefined });
}
