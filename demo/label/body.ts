/** What the Label view draws, and the keys that it listens to. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { engineFault, plainFault } from "../engine/fault-card.ts";
import { enginePanel } from "../engine/panel.ts";
import { listen } from "./acts.ts";
import { keysSection } from "./draw/keys.ts";
import { numbersView } from "./draw/numbers.ts";
import { pairView } from "./draw/pair.ts";
import { ratersSection } from "./draw/raters.ts";
import { readOn } from "./reading.ts";
import { saveSection } from "./draw/save.ts";
import { beginFiles, leaveSession, openLabel } from "./session-actions.ts";
import { startView } from "./draw/start.ts";
import { labelling } from "./state.ts";
import { tasteSection } from "./draw/taste.ts";
import { say } from "./words.ts";
import "./label.css";

export { openLabel };

export function labelBody(page: Page): TemplateResult {
  listen(page);
  // A model that has become ready reads the pairs of the session.
  queueMicrotask(() => readOn(page));
  const { session, fault, notes } = page.get(labelling);
  const shownFault = fault === undefined || fault.field !== undefined ? nothing : fault;
  return html`
    <div class="label-head">
      <h1 class="view-title" id="view-title" tabindex="-1">${say().title}</h1>
      ${
        session === undefined
          ? nothing
          : html`<button type="button" id="label-leave" @click=${() => void leaveSession(page)}>
              ${say().leave}
            </button>`
      }
    </div>
    ${engineFault(page)} ${shownFault === nothing ? nothing : plainFault(shownFault, "label-fault")}
    ${noteList(notes)}
    ${
      session === undefined
        ? html`${startView(page)} ${ratersSection(page)}`
        : html`
            ${pairView(page, session)} ${numbersView(page, session)} ${enginePanel(page)}
            <div class="label-after">
              ${saveSection(page, session)} ${tasteSection(page, session)} ${ratersSection(page)}
              ${keysSection(page)}
            </div>
          `
    }
  `;
}

/** Takes files that were dropped: pairs, if no session is open. */
export async function takeFiles(page: Page, files: readonly File[]): Promise<void> {
  await leaveSession(page);
  await beginFiles(page, files);
}

function noteList(notes: readonly string[]): TemplateResult | typeof nothing {
  if (notes.length === 0) return nothing;
  return html`
    <details class="note" id="label-notes">
      <summary>${say().notes(notes.length)}</summary>
      <ul>
        ${notes.slice(0, 100).map((note) => html`<li lang="en">${note}</li>`)}
      </ul>
    </details>
  `;
}
