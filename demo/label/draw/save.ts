/** Labels and pairs made of them, as files. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { PairFormat } from "../../../src/pairs/formats.ts";
import { saveFile } from "../../base/download.ts";
import { count } from "../../base/format.ts";
import type { Page } from "../../base/page.ts";
import { FORMATS, labelsCsv, labelsJsonl, trainingFiles } from "../export.ts";
import type { OpenSession } from "../state.ts";
import { labelling } from "../state.ts";
import { say } from "../words.ts";

export function saveSection(page: Page, session: OpenSession): TemplateResult {
  const words = say();
  const { format, exported } = page.get(labelling);
  const isEmpty = session.votes.every(({ answer }) => answer === "skip");
  const save = (name: string, type: string, make: () => string) => (): void => {
    saveFile(name, type, make());
  };
  return html`
    <section class="card" aria-labelledby="label-save-title">
      <h2 id="label-save-title">${words.exportTitle}</h2>
      <p class="hint">${words.exportHint}</p>
      <div class="buttons">
        <button
          type="button"
          id="label-jsonl"
          ?disabled=${isEmpty}
          @click=${save("labels.jsonl", "application/jsonl", () => labelsJsonl(session))}
        >
          ${words.labelsJsonl}
        </button>
        <button
          type="button"
          id="label-csv"
          ?disabled=${isEmpty}
          @click=${save("labels.csv", "text/csv", () => labelsCsv(session))}
        >
          ${words.labelsCsv}
        </button>
      </div>
      <div class="field">
        <label for="label-format">${words.pairsFor}</label>
        <select
          id="label-format"
          @change=${(event: Event) => {
            const { value } = event.currentTarget as HTMLSelectElement;
            page.change(labelling, { format: value as PairFormat, exported: undefined });
          }}
        >
          ${FORMATS.map(
            (name) => html`<option value=${name} ?selected=${name === format}>${name}</option>`,
          )}
        </select>
      </div>
      <div class="buttons">
        <button
          type="button"
          id="label-pairs"
          ?disabled=${isEmpty}
          @click=${() => savePairs(page, session, "pairs")}
        >
          ${words.savePairs}
        </button>
        <button
          type="button"
          id="label-ties"
          ?disabled=${isEmpty}
          @click=${() => savePairs(page, session, "ties")}
        >
          ${words.saveTies}
        </button>
      </div>
      ${
        exported === undefined
          ? nothing
          : html`<p class="hint" id="label-counts" role="status">${words.exported(...exported)}</p>`
      }
    </section>
  `;
}

/** Saves pairs or ties, and says how many there are of each. */
function savePairs(page: Page, session: OpenSession, which: "pairs" | "ties"): void {
  const { format } = page.get(labelling);
  const files = trainingFiles(session, format);
  const name = which === "pairs" ? `pairs-${format}.jsonl` : "ties.jsonl";
  saveFile(name, "application/jsonl", files[which]);
  const { pairCount, tieCount, left } = files;
  page.change(labelling, { exported: [count(pairCount), count(tieCount), count(left)] });
}
