/** Score's form: picture, prompt, one to eight responses, and the button that has them scored. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { live } from "lit/directives/live.js";
import { letter } from "../base/axis.ts";
import {
  describe,
  fieldFault,
  focusOn,
  focusOnceDrawn,
  shortcut,
  shortcutHint,
  submit,
  valueOf,
} from "../base/form.ts";
import { count } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { languageOf } from "../../src/base/text-language.ts";
import { addResponse, pasteResponses, removeResponse, setResponse } from "../draft/edit.ts";
import { contextField } from "../draft/context-field.ts";
import { pictureField } from "../draft/picture-field.ts";
import { promptField } from "../draft/prompt-field.ts";
import { drafting, MAX_RESPONSES, MIN_RESPONSES } from "../draft/state.ts";
import { countSoon, tokenCount } from "../draft/token-count.ts";
import type { DraftResponse } from "../draft/state.ts";
import { words } from "../language/language.ts";
import { score, stopScoring } from "./actions.ts";
import { sampleStrip } from "./sample-strip.ts";
import { scores } from "./state.ts";

export function draftForm(page: Page): TemplateResult {
  const { draft } = page.get(drafting);
  const say = words().draft;
  const room = say.count(count(draft.responses.length), count(MAX_RESPONSES));
  return html`
    <form
      class="card"
      @submit=${(event: Event) => submit(event, () => score(page))}
      @keydown=${(event: KeyboardEvent) => keys(page, event)}
      @input=${() => countSoon(page)}
      @change=${() => countSoon(page)}
    >
      ${pictureField(page, sampleStrip(page))} ${promptField(page)}
      <fieldset class="responses">
        <legend>${say.responses}</legend>
        <p class="hint" id="responses-hint">${room} · ${say.pasteSeveral}</p>
        <ol>
          ${repeat(
            draft.responses,
            ({ key }) => key,
            (response, at) => html`<li>${responseField(page, response, at)}</li>`,
          )}
        </ol>
        ${draft.responses.length < MAX_RESPONSES ? addButton(page) : nothing}
      </fieldset>
      ${buttons(page)} ${contextField(page)}
    </form>
  `;
}

function responseField(page: Page, { key, text }: DraftResponse, at: number): TemplateResult {
  const name = letter(at);
  const say = words().draft;
  const { draft, fault, tokens } = page.get(drafting);
  const canRemove = draft.responses.length > MIN_RESPONSES;
  const id = `response-${key}`;
  const hints = tokens.has(key) ? [`tokens-${key}`] : [];
  const { invalid, by } = describe(fault, id, hints);
  // Not a stop of the Tab key: Alt Delete in the field does the same, and Score stays near.
  const remove = html`
    <button
      type="button"
      class="quiet icon"
      tabindex="-1"
      aria-label=${say.removeResponse(name)}
      title="${say.removeResponse(name)} (Alt Delete)"
      @click=${(event: Event) => removeAt(page, key, event)}
    >
      ×
    </button>
  `;
  return html`
    <label class="letter" for=${id}>
      <span class="visually-hidden">${say.response}</span> ${name}
    </label>
    <textarea
      id=${id}
      dir="auto"
      lang=${languageOf(text) ?? nothing}
      aria-invalid=${invalid}
      aria-describedby=${by}
      rows="1"
      placeholder=${say.responseHint}
      .value=${live(text)}
      @input=${(event: InputEvent) => setResponse(page, key, valueOf(event))}
      @paste=${(event: ClipboardEvent) => paste(page, key, event)}
      @keydown=${(event: KeyboardEvent) => removeByKey(page, key, event)}
    ></textarea>
    ${canRemove ? remove : nothing} ${fieldFault(fault, id)} ${tokenCount(page, key)}
  `;
}

function addButton(page: Page): TemplateResult {
  return html`
    <button type="button" class="quiet" id="add-response" @click=${() => addAndFocus(page)}>
      ${words().draft.add}
    </button>
  `;
}

function buttons(page: Page): TemplateResult {
  const { scoring } = page.get(scores);
  const { fault } = page.get(drafting);
  const say = words().score;
  // The card with the fault may be out of sight: the eye is here.
  const isElsewhere = fault !== undefined && fault.field === undefined;
  const stop = html`
    <button type="button" class="quiet" id="stop" @click=${() => stopScoring(page)}>
      ${say.stop}
    </button>
  `;
  return html`
    <div class="buttons run">
      <button type="submit" class="primary" id="score">${say.score}</button>
      ${scoring === undefined ? shortcutHint(say.addKey) : stop}
      ${
        isElsewhere
          ? html`<p class="field-fault" id="score-fault" lang="en">${fault.message}</p>`
          : nothing
      }
    </div>
  `;
}

function paste(page: Page, key: number, event: ClipboardEvent): void {
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (pasteResponses(page, key, text)) {
    event.preventDefault();
  }
}

/** Score's keys anywhere in the form. An input method that composes a word keeps its keys. */
function keys(page: Page, event: KeyboardEvent): void {
  shortcut(event, () => score(page));
  if (event.key === "Escape" && page.get(scores).scoring !== undefined) {
    stopScoring(page);
  }
  if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing) {
    return;
  }
  // By the place of the key: Alt writes other signs on a Mac.
  const { responses } = page.get(drafting).draft;
  const digit = /^Digit(\d)$/.exec(event.code)?.[1];
  const chosen = digit === undefined ? undefined : responses[Number(digit) - 1];
  if (event.code === "KeyA" && responses.length < MAX_RESPONSES) {
    event.preventDefault();
    addAndFocus(page);
  } else if (chosen !== undefined) {
    event.preventDefault();
    focusOn(`response-${chosen.key}`);
  }
}

function removeByKey(page: Page, key: number, event: KeyboardEvent): void {
  const isWished = event.altKey && (event.key === "Delete" || event.key === "Backspace");
  if (isWished && page.get(drafting).draft.responses.length > MIN_RESPONSES) {
    event.preventDefault();
    removeAt(page, key, event);
  }
}

/** Adds a response and moves the focus to its field. */
function addAndFocus(page: Page): void {
  addResponse(page);
  const added = page.get(drafting).draft.responses.at(-1);
  focusOnceDrawn(`response-${added?.key}`);
}

/** Removes a response. The focus must not fall off the page with the control that held it. */
function removeAt(page: Page, key: number, event: Event): void {
  const item = (event.currentTarget as HTMLElement).closest("li");
  const neighbour = item?.nextElementSibling ?? item?.previousElementSibling;
  neighbour?.querySelector("textarea")?.focus();
  removeResponse(page, key);
}
