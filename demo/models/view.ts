/** Which model judges: its place, what loading means for this device, and the models kept here. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { fileNames } from "../base/files.ts";
import type { GivenFiles } from "../base/files.ts";
import { describe, fieldFault, submit, valueOf } from "../base/form.ts";
import type { Page, View } from "../base/page.ts";
import { engineFault, plainFault } from "../engine/fault-card.ts";
import { enginePanel, nextPanel } from "../engine/panel.ts";
import { engine, modelTitle } from "../engine/state.ts";
import { askFor, lookAfterKept, lookAt } from "./actions.ts";
import { keptModels } from "./kept.ts";
import { seenModel } from "./seen.ts";
import { TRIED, triedModels } from "./tried.ts";
import { models } from "./state.ts";
import type { ModelsState, PlaceKind } from "./state.ts";
import { words } from "../language/language.ts";
import "./models.css";

export const modelView: View = {
  ...models,
  title: () => words().frame.views.models,
  drop: () => words().models.drop,
  accepts: ["model"],
  view,
  reset: () => {}, // What was seen and kept does not depend on the loaded model.
  take: (page, given) => void takeFolder(page, given),
  shown: () => [],
  open: (page) => void lookAfterKept(page),
};

async function takeFolder(page: Page, { files, folder }: GivenFiles): Promise<void> {
  const handle = await folder();
  const label = handle?.name ?? fileNames(files);
  askFor(page, { place: "disk", chosen: { from: handle ?? files, label } });
  await lookAt(page);
}

const PLACES: readonly PlaceKind[] = ["embedded", "hub", "disk", "url"];

function view(page: Page): TemplateResult {
  const { isLooking, fault, seen } = page.get(models);
  const say = words().models;
  return html`
    <h1 class="view-title" id="view-title" tabindex="-1">${say.title}</h1>
    <div class="columns">
      <section class="question" aria-label=${say.which}>${modelForm(page)}</section>
      <section class="answer" aria-label=${say.meaning} aria-busy=${isLooking}>
        ${engineFault(page)} ${enginePanel(page)} ${readyNote(page)} ${nextPanel(page)}
        ${isLooking ? lookingPanel() : nothing}
        ${fault === undefined ? nothing : plainFault(fault, "model-fault")}
        ${seen === undefined || isLoading(page) ? nothing : seenModel(page, seen)}
      </section>
    </div>
    ${keptModels(page)}
  `;
}

function isLoading(page: Page): boolean {
  const { state, next } = page.get(engine);
  const isNext = next !== undefined && next.state.kind !== "failed";
  return isNext || state.kind === "loading" || state.kind === "paused";
}

function readyNote(page: Page): TemplateResult | typeof nothing {
  const { state } = page.get(engine);
  if (state.kind !== "ready") {
    return nothing;
  }
  const { name, architecture, hasVision } = state.model;
  return html`
    <p class="note" id="ready">
      <b>${words().models.loaded}</b> ${modelTitle(name)} (${architecture},
      ${hasVision ? words().models.seesPictures : words().models.textOnly})
    </p>
  `;
}

function lookingPanel(): TemplateResult {
  return html`
    <div class="panel" id="looking">
      <p class="panel-title">${words().models.looking}</p>
      <progress aria-label=${words().models.looking}></progress>
    </div>
  `;
}

function modelForm(page: Page): TemplateResult {
  const say = words().models;
  return html`
    <form @submit=${(event: Event) => submit(event, () => lookAt(page))}>
      <fieldset class="choices">
        <legend>${say.where}</legend>
        ${PLACES.map((place) => placeChoice(page, place))}
      </fieldset>
      ${placeFields(page, page.get(models))}
      <div class="buttons">
        <button type="submit" class="primary" id="look">${say.look}</button>
      </div>
      <p class="hint">${say.lookHint}</p>
    </form>
  `;
}

function placeChoice(page: Page, place: PlaceKind): TemplateResult {
  return html`
    <label class="choice">
      <input
        type="radio"
        name="place"
        value=${place}
        .checked=${live(page.get(models).place === place)}
        @change=${() => askFor(page, { place })}
      />
      ${words().models.places[place]}
    </label>
  `;
}

function placeFields(page: Page, asked: ModelsState): TemplateResult {
  switch (asked.place) {
    case "embedded":
      return html`<p class="hint">${words().models.embeddedHint}</p>`;
    case "hub":
      return hubFields(page, asked);
    case "url":
      return urlField(page, asked);
    case "disk":
      return diskFields(page, asked);
  }
}

function hubFields(page: Page, { hubId, token, fault }: ModelsState): TemplateResult {
  const { invalid, by } = describe(fault, "hub-id");
  const say = words().models;
  return html`
    <div class="field">
      <label for="hub-id">${say.hubName}</label>
      <input
        id="hub-id"
        aria-invalid=${invalid}
        aria-describedby=${by}
        list="known-models"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        placeholder=${say.hubPlaceholder}
        .value=${live(hubId)}
        @input=${(event: Event) => askFor(page, { hubId: valueOf(event) })}
      />
      ${fieldFault(fault, "hub-id")}
      <datalist id="known-models">
        ${TRIED.map(({ name }) => html`<option value=${name}></option>`)}
      </datalist>
      ${triedModels(page)}
    </div>
    <div class="field">
      <label for="hub-token">${say.hubToken}</label>
      <input
        id="hub-token"
        type="password"
        autocomplete="off"
        placeholder="hf_…"
        .value=${live(token)}
        @input=${(event: Event) => askFor(page, { token: valueOf(event) })}
      />
      <p class="hint">${say.hubTokenHint}</p>
    </div>
  `;
}

function urlField(page: Page, { url, fault }: ModelsState): TemplateResult {
  const { invalid, by } = describe(fault, "model-url");
  return html`
    <div class="field">
      <label for="model-url">${words().models.address}</label>
      <input
        id="model-url"
        aria-invalid=${invalid}
        aria-describedby=${by}
        type="text"
        inputmode="url"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        placeholder="https://example.org/models/skywork-vl-reward/"
        .value=${live(url)}
        @input=${(event: Event) => askFor(page, { url: valueOf(event) })}
      />
      ${fieldFault(fault, "model-url")}
      <p class="hint">${words().models.addressHint}</p>
    </div>
  `;
}

function diskFields(page: Page, { chosen, fault }: ModelsState): TemplateResult {
  const { invalid, by } = describe(fault, "model-folder");
  const take = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const files = [...(input.files ?? [])];
    if (files.length > 0) {
      askFor(page, { place: "disk", chosen: { from: files, label: fileNames(files) } });
      void lookAt(page);
    }
    // So that choosing the same folder again is a change again.
    input.value = "";
  };
  return html`
    <div class="picture-actions">
      <label class="button" for="model-folder">${words().models.chooseFolder}</label>
      <input
        id="model-folder"
        class="visually-hidden"
        type="file"
        webkitdirectory
        aria-invalid=${invalid}
        aria-describedby=${by}
        @change=${take}
      />
      <label class="button" for="model-files">${words().models.chooseFiles}</label>
      <input id="model-files" class="visually-hidden" type="file" multiple @change=${take} />
      ${fieldFault(fault, "model-folder")}
      <p class="hint">
        ${chosen === undefined ? nothing : html`<b>${chosen.label}</b>. `}${words().models.orDrop}
      </p>
    </div>
  `;
}
