/** The whole page: one line of header, the view that is shown, and the foot. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { focusOn } from "../base/form.ts";
import { announced } from "../base/page.ts";
import type { Page, View } from "../base/page.ts";
import { LANGUAGES, languageName, words } from "../language/language.ts";
import { sessionButton, sessionPanel } from "../sessions/panel.ts";
import { aboutPanel } from "./about.ts";
import { modelCard, modelChip } from "./chip.ts";
import { footLine } from "./foot.ts";
import { linkedModel } from "./linked-model.ts";
import { nextLanguage, nextTheme } from "./looks.ts";
import { noWebGpu } from "./no-webgpu.ts";
import { updateLine } from "./offline.ts";
import { shell, viewShown } from "./state.ts";

export function pageView(page: Page): TemplateResult {
  const { support, dragging, dropNote } = page.get(shell);
  const { announcement } = page.get(announced);
  const [first] = page.views;
  const current = viewShown(page);
  const isSupported = support === undefined || support === "available";
  return html`
    <a class="skip" href="#view-title" @click=${skip}>${words().frame.skip}</a>
    <header class="bar-top">
      <p class="brand" translate="no">vl-reward</p>
      ${viewLinks(page.views, current)} ${modelChip(page)} ${tools(page)}
    </header>
    <main>
      ${updateLine(page)}
      ${dropNote === undefined ? nothing : html`<p class="note" id="drop-note">${dropNote}</p>`}
      ${isSupported ? linkedModel(page) : nothing}
      ${isSupported || current !== first ? current.view(page) : noWebGpu(page, support)}
    </main>
    <footer>${footLine(page)}</footer>
    ${modelCard(page)} ${sessionPanel(page)} ${aboutPanel(page)}
    <p class="visually-hidden" role="status" id="announcement">${announcement}</p>
    ${dragging ? html`<div class="drop-veil"><p>${current.drop()}</p></div>` : nothing}
  `;
}

function viewLinks(views: readonly View[], current: View): TemplateResult {
  return html`
    <nav aria-label=${words().frame.navigation}>
      ${views.map(
        (view) =>
          html`<a href="#${view.name}" aria-current=${view === current ? "page" : nothing}
            >${view.title()}</a
          >`,
      )}
    </nav>
  `;
}

const THEME_SIGNS = { auto: "◐", light: "☀", dark: "☾" };

function tools(page: Page): TemplateResult {
  const { theme } = page.get(shell);
  const say = words().frame;
  const other = languageName() === "en" ? "ja" : "en";
  return html`
    <div class="tools">
      ${sessionButton(page)}
      <button
        type="button"
        class="quiet"
        id="language"
        lang=${other}
        title=${say.otherLanguage}
        @click=${() => void nextLanguage(page)}
      >
        ${LANGUAGES[other]}
      </button>
      <button
        type="button"
        class="quiet icon"
        id="theme"
        aria-label=${say.theme[theme]}
        title=${say.theme[theme]}
        @click=${() => nextTheme(page)}
      >
        <span aria-hidden="true">${THEME_SIGNS[theme]}</span>
      </button>
      <button
        type="button"
        class="quiet icon"
        id="help"
        popovertarget="about"
        aria-label=${say.about}
        title=${say.about}
      >
        <span aria-hidden="true">?</span>
      </button>
    </div>
  `;
}

/** Moves the focus past the header: to the question's prompt, or to the title of the view. */
function skip(event: Event): void {
  event.preventDefault();
  focusOn(document.querySelector("#prompt") === null ? "view-title" : "prompt");
}
