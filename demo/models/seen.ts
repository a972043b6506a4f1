/**
 * Shows a model before the click: the bytes to download, where it is kept, how it fits this device.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Inspection } from "../../src/load/inspect.ts";
import { bytes, count } from "../base/format.ts";
import { valueOf } from "../base/form.ts";
import type { Page } from "../base/page.ts";
import { engine, modelTitle, titleOf } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { canKeep, fitsOf, loadSeen, wayOfSeen } from "./actions.ts";
import type { Fit } from "./fit.ts";
import { forecastField } from "./forecast.ts";
import { BUDGETS_GIB, models } from "./state.ts";
import type { Seen } from "./state.ts";

export function seenModel(page: Page, seen: Seen): TemplateResult {
  const { inspection } = seen;
  const { name, architecture, hasVision, isLocal } = inspection;
  const say = words().models.seen;
  return html`
    <div class="panel seen" id="seen">
      <h2>${modelTitle(name)}</h2>
      <dl class="machine">
        <div>
          <dt>${say.kind}</dt>
          <dd>${say.kindOf(architecture, hasVision)}</dd>
        </div>
        <div>
          <dt>${isLocal ? say.files : say.download}</dt>
          <dd class="numbers" id="download-size">
            ${downloadWords(inspection)} ${files(inspection)}
          </dd>
        </div>
        <div>
          <dt>${say.keptWhere}</dt>
          <dd>${keptField(page, inspection)}</dd>
        </div>
      </dl>
      ${fitFields(page, inspection)} ${forecastField(page, seen, fitsOf(page.get(models)).chosen)}
      ${wayNote(page)}
      <div class="buttons">
        <button type="button" class="primary" id="load" @click=${() => void loadSeen(page)}>
          ${say.load}
        </button>
      </div>
    </div>
  `;
}

/** Says what becomes of the model in use. */
function wayNote(page: Page): TemplateResult | typeof nothing {
  const way = wayOfSeen(page);
  if (way === undefined) return nothing;
  const used = titleOf(page.get(engine).choice);
  const budget = `${page.get(models).budgetGiB} GiB`;
  return html`<p class="hint" id="way" data-way=${way}>
    ${words().models.seen.ways[way](used, budget)}
  </p>`;
}

function totalBytes({ files: all }: Inspection): number {
  return all.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function downloadWords(inspection: Inspection): string {
  const { isLocal, keptBytes = 0 } = inspection;
  const total = totalBytes(inspection);
  const say = words().models.seen;
  const all = say.inFiles(bytes(total), count(inspection.files.length));
  if (isLocal) return say.local(all);
  if (keptBytes >= total) return say.allKept(bytes(total));
  return keptBytes > 0 ? say.someKept(bytes(total - keptBytes), all) : say.downloadAll(all);
}

function files({ files: all }: Inspection): TemplateResult {
  return html`
    <details>
      <summary>${words().models.seen.everyFile}</summary>
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
  const say = words().models.seen;
  if (isLocal) {
    return html`${say.keptLocal}`;
  }
  if (!canKeep(name, isLocal)) {
    return html`${say.keptWithPage}`;
  }
  if (keptBytes === undefined) {
    return html`${say.keptNowhere}`;
  }
  const missing = totalBytes(inspection) - keptBytes;
  const isShort = freeBytes !== undefined && missing > freeBytes;
  const { chosen } = fitsOf(page.get(models));
  const isCopied = chosen !== undefined && chosen.form !== "stored" && missing > 0;
  return html`
    <label class="choice">
      <input
        type="checkbox"
        id="keep"
        .checked=${live(page.get(models).keep)}
        @change=${(event: Event) =>
          page.change(models, { keep: (event.currentTarget as HTMLInputElement).checked })}
      />
      ${say.keep}
    </label>
    <span class="hint">
      ${say.keepHint(freeBytes === undefined ? undefined : bytes(freeBytes))}
      ${isCopied ? say.keepsAfter(bytes(missing), bytes(chosen.totalBytes)) : nothing}
      ${isShort ? html`<b>${say.tooLittleSpace}</b>` : nothing}
    </span>
  `;
}

function fitFields(page: Page, { maxBindingBytes }: Inspection): TemplateResult {
  const asked = page.get(models);
  const { fits, best, chosen } = fitsOf(asked);
  const say = words().models.seen;
  return html`
    <div class="field budget">
      <label for="budget">${say.budget}</label>
      <select
        id="budget"
        @change=${(event: Event) => page.change(models, { budgetGiB: Number(valueOf(event)) })}
      >
        ${BUDGETS_GIB.map(
          (gib) =>
            html`<option value=${gib} ?selected=${gib === asked.budgetGiB}>${gib} GiB</option>`,
        )}
      </select>
      <p class="hint">${say.budgetHint(bytes(maxBindingBytes))}</p>
    </div>
    <fieldset class="choices forms">
      <legend>${say.form}</legend>
      ${fits.map((fit) => formChoice(page, fit, fit === best, fit === chosen))}
    </fieldset>
  `;
}

function formChoice(page: Page, fit: Fit, isBest: boolean, isChosen: boolean): TemplateResult {
  const say = words().models.seen;
  const { name, note } = say.forms[fit.form];
  const fits = say.fitsBudget(`${page.get(models).budgetGiB} GiB`);
  const best = fit.kind === "resident" ? fits : say.smallest;
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
        <b>${name}</b>, ${note}${isBest ? html` <em>${best}</em>` : nothing}
        <span class="hint numbers">${fitWords(fit)}</span>
      </span>
    </label>
  `;
}

function fitWords({ kind, totalBytes: total, heldBytes }: Fit): string {
  const say = words().models.seen;
  switch (kind) {
    case "resident":
      return say.resident(bytes(total));
    case "streamed":
      return say.streamed(bytes(total), bytes(heldBytes));
    case "tight":
      return say.tight(bytes(total), bytes(heldBytes));
  }
}
