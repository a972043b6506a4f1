// Tested by: test/demo/rank/table.browser.test.ts
/** Where a table of prompts comes from: files, a folder, pasted rows, the examples. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { filesButton, folderButton } from "../../base/file-buttons.ts";
import { describe, fieldFault } from "../../base/form.ts";
import type { Page } from "../../base/page.ts";
import { openSample, openTable, openText } from "./actions.ts";
import { ranking } from "./state.ts";
import { say } from "./words.ts";

export function startView(page: Page): TemplateResult {
  const { fault } = page.get(ranking);
  const { invalid, by } = describe(fault, "rank-files", ["rank-files-hint"]);
  const take = (files: File[]): void => void openTable(page, files);
  return html`
    <section class="card table-start" aria-labelledby="table-start-title">
      <h2 id="table-start-title">${say().title}</h2>
      <p>${say().lead}</p>
      <div class="buttons">
        ${filesButton({ id: "rank-files", label: say().choose, isPrimary: true, invalid, by, take })}
        ${folderButton({ id: "rank-folder", label: say().folder, take })}
        <button type="button" id="rank-sample" @click=${() => void openSample(page)}>
          ${say().sample}
        </button>
      </div>
      ${fieldFault(fault, "rank-files")}
      <p class="hint" id="rank-files-hint">${say().pictures}</p>
      ${pasteForm(page)}
      <details class="table-shapes">
        <summary>${say().accepted}</summary>
        <dl>
          ${say().shapes.map(
            ([what, fields]) =>
              html`<div>
                <dt>${what}</dt>
                <dd>${fields}</dd>
              </div>`,
          )}
        </dl>
      </details>
    </section>
  `;
}

function pasteForm(page: Page): TemplateResult {
  const read = (event: Event): void => {
    event.preventDefault();
    const field = document.querySelector<HTMLTextAreaElement>("#rank-rows");
    if (field !== null && field.value.trim() !== "") void openText(page, field.value);
  };
  return html`
    <form @submit=${read}>
      <div class="field">
        <label for="rank-rows">${say().paste}</label>
        <textarea
          id="rank-rows"
          rows="3"
          spellcheck="false"
          placeholder=${say().pasteHint}
        ></textarea>
      </div>
      <div class="buttons"><button type="submit" id="read-rows">${say().open}</button></div>
    </form>
  `;
}
