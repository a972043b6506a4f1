/** Forms: what is pressed, and what is written. */
import { html } from "lit";
import type { TemplateResult } from "lit";

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

export function shortcutHint(): TemplateResult {
  const keys = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘ Enter" : "Ctrl Enter";
  return html`<span class="hint">or <kbd>${keys}</kbd></span>`;
}

/** Returns what a field holds after an event in it. */
export function valueOf(event: Event): string {
  const field = event.currentTarget as HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
  return field.value;
}

/** Moves the focus to a field, by its id. */
export function focusOn(id: string): void {
  document.querySelector<HTMLElement>(`#${CSS.escape(id)}`)?.focus();
}
