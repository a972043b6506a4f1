// Tested by: test/demo/conversation.browser.test.ts
/** Earlier turns, the system prompt, the pictures of a turn, and a conversation as JSON. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { describe, fieldFault, focusOn, focusOnceDrawn, valueOf } from "../base/form.ts";
import { count } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { languageOf } from "../../src/base/text-language.ts";
import { seesPictures } from "../engine/state.ts";
import { contextWords } from "../language/context.ts";
import { NO_CONTEXT, picturesOf } from "./context.ts";
import {
  addExchange,
  removeExchange,
  replaceDraft,
  setExchange,
  setSystem,
} from "./edit-context.ts";
import { readConversation } from "./read-conversation.ts";
import { drafting, draftResponse } from "./state.ts";
import type { Exchange } from "./state.ts";
import { countSoon } from "./token-count.ts";
import { turnPictures } from "./turn-pictures.ts";
import "./context.css";

const JSON_FIELD = "conversation-json";

export function contextEditor(page: Page): TemplateResult {
  const { context } = page.get(drafting).draft;
  const { system, exchanges, isTextFirst } = context ?? NO_CONTEXT;
  const say = contextWords();
  return html`
    ${seesPictures(page) ? nothing : html`<p class="note">${say.leftOut}</p>`}
    ${turnPictures(page, "question", say.questionPictures, isTextFirst)}
    <div class="field">
      <label for="system-prompt">${say.system}</label>
      ${textField("system-prompt", system, (text) => setSystem(page, text), page, say.systemHint)}
    </div>
    <ol class="exchanges">
      ${repeat(
        exchanges,
        ({ key }) => key,
        (one, at) => html`<li>${exchangeField(page, one, count(at + 1))}</li>`,
      )}
    </ol>
    <button type="button" class="quiet" id="add-turn" @click=${() => addAndFocus(page)}>
      ${say.addTurn}
    </button>
    ${jsonField(page)}
  `;
}

function exchangeField(page: Page, one: Exchange, turn: string): TemplateResult {
  const { key, user, assistant, isTextFirst } = one;
  const say = contextWords();
  return html`
    <fieldset class="exchange">
      <legend>${say.turn(turn)}</legend>
      ${turnPictures(page, key, say.picturesOfTurn(turn), isTextFirst)}
      <div class="field">
        <label for="user-${key}">${say.user}</label>
        ${textField(`user-${key}`, user, (text) => setExchange(page, key, { user: text }), page)}
      </div>
      <div class="field">
        <label for="assistant-${key}">${say.assistant}</label>
        ${textField(
          `assistant-${key}`,
          assistant,
          (text) => setExchange(page, key, { assistant: text }),
          page,
        )}
      </div>
      <button type="button" class="quiet remove-turn" @click=${() => removeTurn(page, key)}>
        ${say.removeTurn(turn)}
      </button>
    </fieldset>
  `;
}

function textField(
  id: string,
  text: string,
  change: (text: string) => void,
  page: Page,
  hint?: string,
): TemplateResult {
  const { fault } = page.get(drafting);
  const { invalid, by } = describe(fault, id);
  return html`
    <textarea
      id=${id}
      dir="auto"
      lang=${languageOf(text) ?? nothing}
      rows="1"
      placeholder=${hint ?? nothing}
      aria-invalid=${invalid}
      aria-describedby=${by}
      .value=${live(text)}
      @input=${(event: InputEvent) => change(valueOf(event))}
    ></textarea>
    ${fieldFault(fault, id)}
  `;
}

/** Adds a turn and moves the focus to its first text. */
function addAndFocus(page: Page): void {
  const key = addExchange(page);
  focusOnceDrawn(`user-${key}`);
}

/** Removes a turn; the focus goes to what brings it back. */
function removeTurn(page: Page, key: number): void {
  removeExchange(page, key);
  focusOnceDrawn("undo-removal");
  countSoon(page);
}

function jsonField(page: Page): TemplateResult {
  const { json } = page.get(drafting);
  const say = contextWords();
  const { fault } = page.get(drafting);
  const { invalid, by } = describe(fault, JSON_FIELD, ["json-help"]);
  return html`
    <div class="field">
      <label for=${JSON_FIELD}>${say.json}</label>
      <p class="hint" id="json-help">${say.jsonHelp}</p>
      <textarea
        id=${JSON_FIELD}
        rows="3"
        spellcheck="false"
        translate="no"
        aria-invalid=${invalid}
        aria-describedby=${by}
        .value=${live(json.text)}
        @input=${(event: InputEvent) =>
          page.change(drafting, {
            json: { text: valueOf(event), note: undefined },
            fault: undefined,
          })}
      ></textarea>
      ${fieldFault(fault, JSON_FIELD)}
      ${json.note === undefined ? nothing : html`<p class="hint" id="json-note">${json.note}</p>`}
      <button
        type="button"
        id="take-json"
        ?disabled=${json.text.trim() === ""}
        @click=${() => takeJson(page)}
      >
        ${say.takeJson}
      </button>
    </div>
  `;
}

/** Puts the conversation into the form, or says at the field what is wrong with it. */
function takeJson(page: Page): void {
  const { draft, json, sampleId } = page.get(drafting);
  const read = readConversation(json.text, picturesOf(draft), (blob, name) => ({
    blob,
    name,
    url: page.pictures.addressOf(blob),
  }));
  if ("wrong" in read) {
    page.change(drafting, { fault: { code: "input", message: read.wrong, field: JSON_FIELD } });
    focusOn(JSON_FIELD);
    return;
  }
  const { responses, unused, ...asked } = read;
  // Without a response those that are written stay, but not those of an example.
  const own = sampleId === undefined ? draft.responses : [draftResponse("")];
  const texts = responses.map((text) => draftResponse(text));
  replaceDraft(page, { ...asked, responses: texts.length === 0 ? own : texts });
  const note = unused.length === 0 ? undefined : contextWords().unused(unused.join(", "));
  page.change(drafting, { json: { text: "", note }, showsContext: true });
  focusOnceDrawn("undo-removal");
  countSoon(page);
}
