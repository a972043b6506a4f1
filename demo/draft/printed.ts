// Tested by: test/demo/steady.browser.test.ts
/** The question as paper shows it: without its fields, which hold what may have changed since. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { languageOf } from "../../src/base/text-language.ts";
import { words } from "../language/language.ts";
import { questionPictures } from "./context.ts";
import type { Draft, Picture } from "./state.ts";

/** @param judge the name of the model that answered it */
export function printedQuestion(
  draft: Pick<Draft, "picture" | "prompt" | "context">,
  judge: string,
): TemplateResult {
  const { system = "", exchanges = [] } = draft.context ?? {};
  return html`
    <div class="printed">
      ${paragraph(system)}
      ${exchanges.map(
        ({ pictures, user, assistant }) =>
          html`${pictures.map(image)} ${paragraph(user)} ${paragraph(assistant)}`,
      )}
      ${questionPictures(draft).map(image)} ${paragraph(draft.prompt)}
      <p class="hint">${words().frame.card.title}: ${judge}</p>
    </div>
  `;
}

function paragraph(text: string): TemplateResult | typeof nothing {
  if (text === "") return nothing;
  return html`<p dir="auto" lang=${languageOf(text) ?? nothing}>${text}</p>`;
}

function image({ url, name }: Picture): TemplateResult {
  return html`<img src=${url} alt=${name} />`;
}
