/** An error as a card: who must act, what the engine says, and the one thing to do. */
import { languageOf } from "../../src/base/text-language.ts";
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { PageFault } from "../base/faults.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import { startAgain } from "./life.ts";
import { engine } from "./state.ts";

/** Shows a fault of one view in the engine's words, which say what to do. */
export function plainFault(fault: PageFault, id: string): TemplateResult {
  return html`
    <div class="fault" role="alert" id=${id} data-code=${fault.code}>
      <p class="fault-message" lang=${languageOf(fault.message) ?? "en"}>${fault.message}</p>
    </div>
  `;
}

export function faultCard(page: Page, fault: PageFault): TemplateResult {
  const { title, todo, again } = words().engine.faults[fault.code];
  const button = html`
    <button type="button" id="again" @click=${() => startAgain(page)}>${again}</button>
  `;
  return html`
    <div class="fault" role="alert" id="fault" data-code=${fault.code}>
      <h2><span aria-hidden="true">!</span>${title}</h2>
      <p class="fault-message" lang=${languageOf(fault.message) ?? "en"}>${fault.message}</p>
      <p>${fault.todo ?? todo}</p>
      ${again === undefined ? nothing : button}
    </div>
  `;
}

/** Shows the failure that concerns every view, if there is one. */
export function engineFault(page: Page): TemplateResult | typeof nothing {
  const { fault } = page.get(engine);
  return fault === undefined ? nothing : faultCard(page, fault);
}
