/** The prompt, which Compare and Rank share. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { valueOf } from "../base/form.ts";
import type { Page } from "../base/page.ts";
import { seesPictures } from "../engine/state.ts";
import { setPrompt } from "./edit.ts";
import { drafting } from "./state.ts";

export function promptField(page: Page): TemplateResult {
  return html`
    <div class="field">
      <label for="prompt">Prompt</label>
      <textarea
        id="prompt"
        dir="auto"
        rows="2"
        placeholder="A question${seesPictures(page) ? " about the picture" : ""}"
        .value=${live(page.get(drafting).draft.prompt)}
        @input=${(event: InputEvent) => setPrompt(page, valueOf(event))}
      ></textarea>
    </div>
  `;
}
