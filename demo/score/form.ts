/** Compare's form: picture, prompt, two to eight responses, and the button that has them scored. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { live } from "lit/directives/live.js";
import { letter } from "../base/axis.ts";
import {
  describe,
  fieldFault,
  focusOn,
  shortcut,
  shortcutHint,
  submit,
  valueOf,
} from "../base/form.ts";
import type { Page } from "../base/page.ts";
import { addResponse, removeResponse, setResponse } from "../draft/edit.ts";
import { pictureField } from "../draft/picture-field.ts";
import { promptField } from "../draft/prompt-field.ts";
import { drafting, MAX_RESPONSES, MIN_RESPONSES } from "../draft/state.ts";
import type { DraftResponse } from "../draft/state.ts";
import { score, stopScoring } from "./actions.ts";
import { compare } from "./state.ts";

export function draftForm(page: Page): TemplateResult {
  const { draft } = page.get(drafting);
  return html`
    <form
      @submit=${(event: Event) => submit(event, () => score(page))}
      @keydown=${(event: KeyboardEvent) => shortcut(event, () => score(page))}
    >
      ${pictureField(page)} ${promptField(page)}
      <fieldset class="responses">
        <legend>Responses</legend>
        <ol>
          ${repeat(
            draft.responses,
            ({ key }) => key,
            (response, at) => html`<li>${responseField(page, response, at)}</li>`,
          )}
        </ol>
        ${draft.responses.length < MAX_RESPONSES ? addButton(page) : nothing}
      </fieldset>
      ${buttons(page)}
    </form>
  `;
}

function responseField(page: Page, { key, text }: DraftResponse, at: number): TemplateResult {
  const name = letter(at);
  const { draft, fault } = page.get(drafting);
  const canRemove = draft.responses.length > MIN_RESPONSES;
  const id = `response-${key}`;
  const { invalid, by } = describe(fault, id);
  const remove = html`
    <button
      type="button"
      class="quiet icon"
      aria-label="Remove response ${name}"
      title="Remove response ${name}"
      @click=${(event: Event) => removeAt(page, key, event)}
    >
      ×
    </button>
  `;
  return html`
    <label class="letter" for=${id}><span class="visually-hidden">Response</span> ${name}</label>
    <textarea
      id=${id}
      dir="auto"
      aria-invalid=${invalid}
      aria-describedby=${by}
      rows="1"
      placeholder="A response"
      .value=${live(text)}
      @input=${(event: InputEvent) => setResponse(page, key, valueOf(event))}
    ></textarea>
    ${canRemove ? remove : nothing} ${fieldFault(fault, id)}
  `;
}

function addButton(page: Page): TemplateResult {
  return html`
    <button type="button" class="quiet" id="add-response" @click=${() => addAndFocus(page)}>
      + Add a response
    </button>
  `;
}

function buttons(page: Page): TemplateResult {
  const { scoring } = page.get(compare);
  const { fault } = page.get(drafting);
  // The card with the fault may be out of sight: the eye is here.
  const isElsewhere = fault !== undefined && fault.field === undefined;
  const stop = html`
    <button type="button" class="quiet" id="stop" @click=${() => stopScoring(page)}>Stop</button>
  `;
  return html`
    <div class="buttons">
      <button type="submit" class="primary" id="score">Score</button>
      ${scoring ? stop : shortcutHint()}
      ${isElsewhere ? html`<p class="field-fault" id="score-fault">${fault.message}</p>` : nothing}
    </div>
  `;
}

/** Adds a response and moves the focus to its field. */
function addAndFocus(page: Page): void {
  addResponse(page);
  const added = page.get(drafting).draft.responses.at(-1);
  requestAnimationFrame(() => focusOn(`response-${added?.key}`));
}

/** Removes a response. The focus must not fall off the page with the button that held it. */
function removeAt(page: Page, key: number, event: Event): void {
  const item = (event.currentTarget as HTMLElement).closest("li");
  const neighbour = item?.nextElementSibling ?? item?.previousElementSibling;
  neighbour?.querySelector("textarea")?.focus();
  removeResponse(page, key);
}
