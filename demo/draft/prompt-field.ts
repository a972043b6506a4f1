/** The prompt, which Compare and Rank share. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { describe, fieldFault, valueOf } from "../base/form.ts";
import type { Page } from "../base/page.ts";
import { languageOf } from "../../src/base/text-language.ts";
import { words } from "../language/language.ts";
import { seesPictures } from "../engine/state.ts";
import { setPrompt } from "./edit.ts";
import { drafting } from "./state.ts";

export function promptField(page: Page): TemplateResult {
  const { draft, fault } = page.get(drafting);
  const { invalid, by } = describe(fault, "prompt");
  return html`
    <div class="field">
      <label for="prompt">${words().draft.prompt}</label>
      <textarea
        id="prompt"
        dir="auto"
        lang=${languageOf(draft.prompt) ?? nothing}
        rows="1"
        aria-invalid=${invalid}
        aria-describedby=${by}
        placeholder=${words().draft.promptHint(seesPictures(page))}
        .value=${live(draft.prompt)}
        @input=${(event: InputEvent) => setPrompt(page, valueOf(event))}
      ></textarea>
      ${fieldFault(fault, "prompt")}
    </div>
  `;
}
