// Tested by: test/demo/conversation.browser.test.ts
/** The pictures of a turn: added, put in order by buttons and arrow keys, taken away. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { focusOnceDrawn } from "../base/form.ts";
import { count } from "../base/format.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { seesPictures } from "../engine/state.ts";
import { contextWords } from "../language/context.ts";
import { words } from "../language/language.ts";
import {
  addPictures,
  movePicture,
  picturesIn,
  removePicture,
  setTextFirst,
} from "./edit-context.ts";
import type { Owner } from "./edit-context.ts";
import type { Picture } from "./state.ts";
import { countSoon } from "./token-count.ts";

export function turnPictures(
  page: Page,
  owner: Owner,
  name: string,
  isTextFirst: boolean,
): TemplateResult | typeof nothing {
  const pictures = picturesIn(page, owner);
  if (!seesPictures(page)) return nothing;
  const say = contextWords();
  const input = `add-pictures-${owner}`;
  return html`
    <div class="turn-pictures" role="group" aria-label=${name} id="pictures-${owner}">
      <p class="turn-pictures-name">${name}</p>
      ${
        pictures.length === 0
          ? nothing
          : html`<ol>
              ${pictures.map((one, at) => html`<li>${item(page, owner, one, at, pictures.length)}</li>`)}
            </ol>`
      }
      <div class="picture-actions">
        <label class="button" for=${input}>${say.addPictures}</label>
        <input
          id=${input}
          class="visually-hidden"
          type="file"
          accept="image/*"
          multiple
          aria-label="${say.addPictures}: ${name}"
          @change=${(event: Event) => takeFiles(page, owner, event)}
        />
        ${
          pictures.length === 0
            ? nothing
            : html`<label class="text-first"
                ><input
                  type="checkbox"
                  .checked=${isTextFirst}
                  @change=${(event: Event) =>
                    setTextFirst(page, owner, (event.currentTarget as HTMLInputElement).checked)}
                />
                ${say.textFirst}</label
              >`
        }
      </div>
    </div>
  `;
}

function item(
  page: Page,
  owner: Owner,
  { url, name }: Picture,
  at: number,
  total: number,
): TemplateResult {
  const say = contextWords();
  const move = (step: -1 | 1): void => moveAndFocus(page, owner, at, step);
  const keys = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(step === 1 ? 1 : -1);
  };
  return html`
    <img src=${url} alt=${words().draft.pictureAlt(name)} />
    <span class="turn-picture-name">${count(at + 1)} · ${name}</span>
    <button
      type="button"
      class="quiet icon"
      id="earlier-${owner}-${at}"
      ?disabled=${at === 0}
      aria-label=${say.earlier(name)}
      @click=${() => move(-1)}
      @keydown=${keys}
    >
      ↑
    </button>
    <button
      type="button"
      class="quiet icon"
      id="later-${owner}-${at}"
      ?disabled=${at === total - 1}
      aria-label=${say.later(name)}
      @click=${() => move(1)}
      @keydown=${keys}
    >
      ↓
    </button>
    <button
      type="button"
      class="quiet icon"
      aria-label=${say.removePicture(name)}
      @click=${() => remove(page, owner, at)}
    >
      ×
    </button>
  `;
}

/** Moves a picture; the focus goes with it, to the button that can still move it. */
function moveAndFocus(page: Page, owner: Owner, at: number, step: -1 | 1): void {
  const { length } = picturesIn(page, owner);
  const to = at + step;
  const name = picturesIn(page, owner)[at]?.name;
  if (to < 0 || to >= length || name === undefined) return;
  movePicture(page, owner, at, to);
  const isAtEnd = step === 1 ? to === length - 1 : to === 0;
  const isLater = (step === 1) !== isAtEnd;
  focusOnceDrawn(`${isLater ? "later" : "earlier"}-${owner}-${to}`);
  announce(page, contextWords().moved(name, count(to + 1)));
}

/** Removes a picture; the focus goes to what brings it back. */
function remove(page: Page, owner: Owner, at: number): void {
  removePicture(page, owner, at);
  focusOnceDrawn("undo-removal");
  countSoon(page);
}

function takeFiles(page: Page, owner: Owner, event: Event): void {
  const input = event.currentTarget as HTMLInputElement;
  const files = [...(input.files ?? [])];
  if (files.length > 0) addPictures(page, owner, files);
  // So that choosing the same files again is a change again.
  input.value = "";
}
