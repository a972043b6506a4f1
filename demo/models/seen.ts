/**
 * Shows a model before the click: the bytes to download, where it is kept, how it fits this device.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Inspection } from "../../src/load/inspect.ts";
import type { WeightForm } from "../../src/types.ts";
import { bytes } from "../base/format.ts";
import { valueOf } from "../base/form.ts";
import type { Page } from "../base/page.ts";
import { modelTitle } from "../engine/state.ts";
import { canKeep, fitsOf, loadSeen } from "./actions.ts";
import type { Fit } from "./fit.ts";
import { BUDGETS_GIB, models } from "./state.ts";
import type { Seen } from "./state.ts";

export const FORMS: Readonly<Record<WeightForm, { name: string; words: string }>> = {
  stored: { name: "As stored", words: "exact" },
  q8: { name: "8 bits", words: "quantised while loading, nearly exact" },
  q4: { name: "4 bits", words: "quantised while loading, scores drift a little" },
};

export function seenModel(page: Page, { inspection }: Seen): TemplateResult {
  const { name, architecture, hasVision, isLocal } = inspection;
  return html`
    <div class="panel seen" id="seen">
      <h2>${modelTitle(name)}</h2>
      <dl class="machine">
        <div>
          <dt>Kind</dt>
          <dd>${architecture}: ${hasVision ? "pictures and text" : "text only, no pictures"}</dd>
        </div>
        <div>
          <dt>${isLocal ? "Files" : "Download"}</dt>
          <dd class="numbers" id="download-size">
            ${downloadWords(inspection)} ${files(inspection)}
          </dd>
        </div>
        <div>
          <dt>Kept</dt>
          <dd>${keptField(page, inspection)}</dd>
        </div>
      </dl>
      ${fitFields(page, inspection)}
      <div class="buttons">
        <button type="button" class="primary" id="load" @click=${() => loadSeen(page)}>Load</button>
      </div>
    </div>
  `;
}

function totalBytes({ files: all }: Inspection): number {
  return all.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function downloadWords(inspection: Inspection): string {
  const { isLocal, keptBytes = 0 } = inspection;
  const total = totalBytes(inspection);
  const all = `${bytes(total)} in ${inspection.files.length} files`;
  if (isLocal) {
    return `${all}, read where they are: nothing is downloaded or copied.`;
  }
  if (keptBytes >= total) {
    return `nothing: all ${bytes(total)} are kept here.`;
  }
  return keptBytes > 0 ? `${bytes(total - keptBytes)} of ${all}; the rest is here.` : `${all}.`;
}

function files({ files: all }: Inspection): TemplateResult {
  return html`
    <details>
      <summary>Every file</summary>
      <table>
        <tbody>
          ${all.map(
            ({ path, byteLength }) =>
              html`<tr>
                <th scope="row">${path}</th>
                <td>${bytes(byteLength)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>
  `;
}

function keptField(page: Page, inspection: Inspection): TemplateResult {
  const { name, isLocal, keptBytes, freeBytes } = inspection;
  if (isLocal) {
    return html`Where they are, on this machine. Choose them again on the next visit.`;
  }
  if (!canKeep(name, isLocal)) {
    return html`With the page, by the browser’s own cache.`;
  }
  if (keptBytes === undefined) {
    return html`Nowhere: this browser keeps no files for this page (a private window?). The next
    visit downloads again.`;
  }
  const missing = totalBytes(inspection) - keptBytes;
  const isShort = freeBytes !== undefined && missing > freeBytes;
  const space = freeBytes === undefined ? "" : ` The browser offers ${bytes(freeBytes)} more.`;
  return html`
    <label class="choice">
      <input
        type="checkbox"
        id="keep"
        .checked=${live(page.get(models).keep)}
        @change=${(event: Event) =>
          page.change(models, { keep: (event.currentTarget as HTMLInputElement).checked })}
      />
      In this browser, for this site only
    </label>
    <span class="hint">
      A closed tab goes on where it stopped, and the next visit reads from disk.${space}
      ${isShort ? html`<b>That is not enough: it will be read without being kept.</b>` : nothing}
    </span>
  `;
}

function fitFields(page: Page, { maxBindingBytes }: Inspection): TemplateResult {
  const asked = page.get(models);
  const { fits, best, chosen } = fitsOf(asked);
  return html`
    <div class="field budget">
      <label for="budget">Graphics memory that it may take</label>
      <select
        id="budget"
        @change=${(event: Event) => page.change(models, { budgetGiB: Number(valueOf(event)) })}
      >
        ${BUDGETS_GIB.map(
          (count) =>
            html`<option value=${count} ?selected=${count === asked.budgetGiB}>
              ${count} GiB
            </option>`,
        )}
      </select>
      <p class="hint">
        Browsers do not tell how much there is. This adapter binds ${bytes(maxBindingBytes)} at most
        at once; larger matrices are split.
      </p>
    </div>
    <fieldset class="choices forms">
      <legend>Form of the weights</legend>
      ${fits.map((fit) => formChoice(page, fit, fit === best, fit === chosen))}
    </fieldset>
  `;
}

function formChoice(page: Page, fit: Fit, isBest: boolean, isChosen: boolean): TemplateResult {
  const { name, words } = FORMS[fit.form];
  return html`
    <label class="choice" data-form=${fit.form} data-fit=${fit.kind}>
      <input
        type="radio"
        name="form"
        value=${fit.form}
        .checked=${live(isChosen)}
        @change=${() => page.change(models, { form: fit.form })}
      />
      <span>
        <b>${name}</b>, ${words}${isBest ? html` <em>suits this device</em>` : nothing}
        <span class="hint numbers">${fitWords(fit)}</span>
      </span>
    </label>
  `;
}

function fitWords({ kind, totalBytes: total, heldBytes }: Fit): string {
  switch (kind) {
    case "resident":
      return `fits: all ${bytes(total)} stay on the GPU`;
    case "streamed":
      return `${bytes(total)}: ${bytes(heldBytes)} are on the GPU at a time, the rest streams through, slower`;
    case "tight":
      return `${bytes(total)}: needs ${bytes(heldBytes)} at a time even when streamed, more than its share of this budget`;
  }
}
