/** Before a session: who labels, which pairs, and sessions that can be continued. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { filesButton, folderButton } from "../../base/file-buttons.ts";
import { describe, fieldFault, valueOf } from "../../base/form.ts";
import { count, date } from "../../base/format.ts";
import type { Page } from "../../base/page.ts";
import { beginBuiltIn, beginFiles, continueSession, forgetSession } from "../session-actions.ts";
import { labelling } from "../state.ts";
import { say } from "../words.ts";

export function startView(page: Page): TemplateResult {
  const { rater, seed, isOpening, fault } = page.get(labelling);
  const words = say();
  const { invalid, by } = describe(fault, "label-files", ["label-files-help"]);
  const take = (files: File[]): void => void beginFiles(page, files);
  return html`
    <div class="card label-start">
      <p>${words.intro} ${words.introModel}</p>
      <div class="label-fields">
        <div class="field">
          <label for="label-rater">${words.rater}</label>
          <input
            id="label-rater"
            autocomplete="off"
            aria-describedby="label-rater-help"
            .value=${rater}
            @input=${(event: Event) => page.change(labelling, { rater: valueOf(event) })}
          />
          <p class="hint" id="label-rater-help">${words.raterHint}</p>
        </div>
        <div class="field">
          <label for="label-seed">${words.seed}</label>
          <input
            id="label-seed"
            type="number"
            min="0"
            step="1"
            inputmode="numeric"
            aria-describedby="label-seed-help"
            .value=${String(seed)}
            @input=${(event: Event) => setSeed(page, valueOf(event))}
          />
          <p class="hint" id="label-seed-help">${words.seedHint}</p>
        </div>
      </div>
      <h2>${words.begin}</h2>
      <div class="picture-actions">
        <button
          type="button"
          class="primary"
          id="label-built-in"
          ?disabled=${isOpening}
          @click=${() => void beginBuiltIn(page)}
        >
          ${words.builtIn}
        </button>
        <p class="hint">${words.builtInHint}</p>
        ${filesButton({ id: "label-files", label: words.files, accept: ".jsonl,.ndjson,.json,.csv,.tsv,.parquet,image/*", invalid, by, take })}
        ${folderButton({ id: "label-folder", label: words.folder, take })}
        ${fieldFault(fault, "label-files")}
        <p class="hint" id="label-files-help">${isOpening ? words.opening : words.filesHint}</p>
      </div>
      ${keptList(page)}
    </div>
  `;
}

function setSeed(page: Page, text: string): void {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) page.change(labelling, { seed });
}

function keptList(page: Page): TemplateResult | typeof nothing {
  const { kept = [] } = page.get(labelling);
  if (kept.length === 0) return nothing;
  const words = say();
  return html`
    <h2>${words.keptTitle}</h2>
    <ul class="label-kept">
      ${kept.map(
        ({ id, title, rater, votes, pairCount, changed }) =>
          html`<li>
            <span>
              <b>${title}</b>${rater === "" ? "" : ` · ${rater}`}
              <span class="hint numbers"
                >${words.keptRow(count(votes), count(pairCount), date(changed))}</span
              >
            </span>
            <button
              type="button"
              class="label-resume"
              data-session=${id}
              @click=${() => void continueSession(page, id)}
            >
              ${words.resume}
            </button>
            <button
              type="button"
              class="quiet label-remove"
              @click=${() => void forgetSession(page, id)}
            >
              ${words.remove}
            </button>
          </li>`,
      )}
    </ul>
    <p class="hint">${words.keptHere}</p>
  `;
}
