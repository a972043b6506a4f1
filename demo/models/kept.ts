/**
 * The models that this browser keeps for this site: check, repair, delete, and ask that they stay.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { StoredModel } from "../../src/store/model-store.ts";
import { bytes, count, date, list } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { plainFault } from "../engine/fault-card.ts";
import { words } from "../language/language.ts";
import { checkKept, copiesOf, persistKept, removeKept, resumeKept, useKept } from "./actions.ts";
import type { Deletion } from "./protocol.ts";
import { models } from "./state.ts";

export function keptModels(page: Page): TemplateResult {
  const { kept, keptFault } = page.get(models);
  return html`
    <section class="kept" aria-labelledby="kept-title">
      <h2 id="kept-title" tabindex="-1">${words().models.kept.title}</h2>
      ${keptFault === undefined ? nothing : plainFault(keptFault, "kept-fault")}
      ${
        kept === undefined
          ? nothing
          : kept.models.length === 0
            ? html`<p class="hint">${words().models.kept.none}</p>`
            : html`<ul>
                ${kept.models.map((model) => html`<li>${keptModel(page, model)}</li>`)}
              </ul>`
      }
      ${spaceLine(page)}
    </section>
  `;
}

function keptModel(page: Page, model: StoredModel): TemplateResult {
  const { note } = page.get(models);
  const { name, copyOf, isComplete, byteLength, storedAt, files } = model;
  const copies = isComplete ? copiesOf(page, name) : [];
  const own = note?.name === name ? note : undefined;
  const say = words().models.kept;
  const since = storedAt === undefined ? undefined : date(storedAt);
  const state = isComplete
    ? say.whole(bytes(byteLength), count(files.length), since)
    : say.unfinished(bytes(byteLength));
  const use = (): void => void (isComplete ? useKept : resumeKept)(page, copyOf ?? name);
  return html`
    <div class="kept-model" data-name=${name}>
      <div>
        <p class="kept-name">${name}</p>
        <p class="hint numbers">${state}</p>
        ${own === undefined ? nothing : html`<p class="kept-note" role="status">${own.text}</p>`}
        ${copies.length === 0 ? nothing : html`<p class="hint numbers">${describeOriginals(model, copies)}</p>`}
      </div>
      <div class="buttons">
        <button type="button" data-do=${isComplete ? "use" : "resume"} @click=${use}>
          ${isComplete ? say.use : say.resume}
        </button>
        ${isComplete ? checkButtons(page, name, own?.isRunning === true, own?.isDamaged) : nothing}
        ${
          copies.length === 0
            ? nothing
            : deleteButtons(page, { name, keepsCopies: true }, say.onlyCopy, model.ownBytes)
        }
        ${deleteButtons(page, { name, keepsCopies: false }, say.delete, goneBytes(model, copies))}
      </div>
    </div>
  `;
}

/** Says what the original files are still good for, and how many bytes they take. */
function describeOriginals({ ownBytes }: StoredModel, copies: readonly StoredModel[]): string {
  const { forms, kept } = { forms: words().models.seen.forms, kept: words().models.kept };
  const names = copies.flatMap(({ form }) => (form === undefined ? [] : [forms[form].name]));
  return kept.copy(list(names), copies.length === 1, bytes(ownBytes));
}

/** Returns the bytes that are freed if a model is deleted with its copies. */
function goneBytes(model: StoredModel, copies: readonly StoredModel[]): number {
  return copies.reduce((sum, { ownBytes }) => sum + ownBytes, model.byteLength);
}

/** Shows the buttons. The first press asks: the button then names what will be deleted. */
function deleteButtons(
  page: Page,
  asked: Deletion,
  label: string,
  freedBytes: number,
): TemplateResult {
  const { doomed } = page.get(models);
  const isDoomed = doomed?.name === asked.name && doomed.keepsCopies === asked.keepsCopies;
  const keep = html`
    <button type="button" class="quiet" @click=${() => page.change(models, { doomed: undefined })}>
      ${words().models.kept.keepIt}
    </button>
  `;
  return html`
    <button
      type="button"
      data-do=${asked.keepsCopies ? "delete-originals" : "delete"}
      ?data-sure=${isDoomed}
      @click=${() => void removeKept(page, asked)}
    >
      ${isDoomed ? words().models.kept.sure(bytes(freedBytes)) : label}
    </button>
    ${isDoomed ? keep : nothing}
  `;
}

function checkButtons(
  page: Page,
  name: string,
  isRunning: boolean,
  isDamaged = false,
): TemplateResult {
  const how = isDamaged ? "repair" : "verify";
  return html`
    <button
      type="button"
      data-do=${how}
      ?disabled=${isRunning}
      @click=${() => void checkKept(page, how, name)}
    >
      ${isDamaged ? words().models.kept.repair : words().models.kept.check}
    </button>
  `;
}

function spaceLine(page: Page): TemplateResult | typeof nothing {
  const { kept, isPersistent } = page.get(models);
  if (kept === undefined) {
    return nothing;
  }
  const { usedBytes, quotaBytes } = kept;
  const say = words().models.kept;
  const space =
    usedBytes === undefined || quotaBytes === undefined
      ? ""
      : say.space(bytes(usedBytes), bytes(quotaBytes));
  if (kept.models.length === 0) {
    return html`<p class="hint numbers" id="space">${space}</p>`;
  }
  const answer = isPersistent === undefined ? say.mayGo : isPersistent ? say.stays : say.refused;
  return html`
    <p class="hint numbers" id="space">${space} ${answer}</p>
    ${
      isPersistent === true
        ? nothing
        : html`<button type="button" id="persist" @click=${() => void persistKept(page)}>
            ${say.ask}
          </button>`
    }
  `;
}
