/** Forms: what is pressed, and what is written. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { PageFault } from "./faults.ts";

/** Runs what a form's button does; the browser would load the page again. */
export function submit(event: Event, act: () => Promise<void>): void {
  event.preventDefault();
  void act();
}

/**
 * Runs the act on Ctrl Enter or Cmd Enter. An input method that composes a word keeps its Enter;
 * Safari marks that one by the key code 229 alone.
 */
export function shortcut(event: KeyboardEvent, act: () => Promise<void>): void {
  const isComposing = event.isComposing || event.keyCode === 229;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isComposing) {
    event.preventDefault();
    void act();
  }
}

/** @param more what other keys do here */
export function shortcutHint(more?: string): TemplateResult {
  const keys = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ Enter" : "Ctrl Enter";
  return html`<span class="hint shortcut"
    ><kbd translate="no">${keys}</kbd>${more === undefined ? nothing : ` · ${more}`}</span
  >`;
}

/** Returns what a field holds after an event in it. */
export function valueOf(event: Event): string {
  const field = event.currentTarget as HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
  return field.value;
}

/** Returns a field's fault, to show under it, with the id that `describe` names. */
export function fieldFault(
  fault: PageFault | undefined,
  field: string,
): TemplateResult | typeof nothing {
  return fault?.field === field
    ? html`<p class="field-fault" id="${field}-fault">${fault.message}</p>`
    : nothing;
}

/** Returns the attributes of a field, wrong or not. @param help ids of what else describes it */
export function describe(
  fault: PageFault | undefined,
  field: string,
  help: readonly string[] = [],
): { readonly invalid: "true" | typeof nothing; readonly by: string | typeof nothing } {
  const isWrong = fault?.field === field;
  const ids = [...(isWrong ? [`${field}-fault`] : []), ...help];
  return { invalid: isWrong ? "true" : nothing, by: ids.length === 0 ? nothing : ids.join(" ") };
}

/** Moves the focus to a field, by its id. */
export function focusOn(id: string): void {
  document.querySelector<HTMLElement>(`#${CSS.escape(id)}`)?.focus();
}

/**
 * Moves the focus to a field that the change just made draws. Within the same task: if it came a
 * frame later, a person who types already would lose the focus in mid-word.
 */
export function focusOnceDrawn(id: string): void {
  queueMicrotask(() => focusOn(id));
}
