/**
 * The button and the place of the panel in a row. The panel itself is loaded when the first one is
 * opened.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { isInUse } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { closeWhy, writeAddress } from "./close.ts";
import { whyOf } from "./state.ts";
import type { Subject } from "./state.ts";

type Panel = typeof import("./panel.ts");

let panel: Panel | undefined;

/** Returns the button that opens and closes the panel of a row. */
export function whyButton(page: Page, subject: Subject): TemplateResult {
  const isOpen = whyOf(page, subject) !== undefined;
  const say = words().score;
  const isExplained = subject.judge === undefined || isInUse(page, subject.judge);
  const name = subject.candidates[subject.index]?.name ?? "";
  return html`
    <button
      type="button"
      class="why-button"
      ?disabled=${!isExplained}
      title=${isExplained ? nothing : say.judgedByOther}
      aria-expanded=${isOpen}
      aria-label=${isOpen ? nothing : say.whyLabel(name)}
      @click=${() => (isOpen ? closeWhy(page) : void openWhy(page, subject))}
    >
      ${isOpen ? say.hide : say.why}
    </button>
  `;
}

/** Returns the panel of a row, if it is open. */
export function whyPanel(page: Page, subject: Subject): TemplateResult | typeof nothing {
  const why = whyOf(page, subject);
  if (why === undefined) return nothing;
  return panel === undefined
    ? html`<div class="why" id="why" aria-busy="true"></div>`
    : panel.panelView(page, subject, why);
}

/** Opens the panel of a row in place of another one, and begins to explain. */
export async function openWhy(page: Page, subject: Subject): Promise<void> {
  closeWhy(page);
  panel ??= await import("./panel.ts");
  if (subject.address !== undefined) writeAddress(page, subject.address);
  panel.begin(page, subject);
}
