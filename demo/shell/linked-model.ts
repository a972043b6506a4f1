/** Asks before a model is loaded that the page's address names: a link may come from anyone. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { loadModel } from "../engine/life.ts";
import { besideChoice, engine } from "../engine/state.ts";
import { words } from "../language/language.ts";

/** Loads the model that the page begins with, and lets the views begin. */
export function begin(page: Page): void {
  loadModel(page);
  for (const view of page.views) view.begin?.(page);
}

/** Shows the question; nothing if the address names no model, or a person has answered. */
export function linkedModel(page: Page): TemplateResult | typeof nothing {
  const { linked } = page.get(engine);
  if (linked === undefined) return nothing;
  const answer = (loads: boolean): void => {
    page.change(engine, { linked: undefined });
    if (loads) page.change(engine, { choice: besideChoice(linked) });
    begin(page);
  };
  const say = words().frame.linked;
  return html`
    <section class="panel" id="linked" role="region" aria-labelledby="linked-title">
      <p class="panel-title" id="linked-title">${say.title}</p>
      <p><span class="address" translate="no">${linked}</span></p>
      <p>${say.trust}</p>
      <div class="buttons">
        <button type="button" id="load-linked" @click=${() => answer(true)}>${say.load}</button>
        <button type="button" class="quiet" id="drop-linked" @click=${() => answer(false)}>
          ${say.drop}
        </button>
      </div>
    </section>
  `;
}
