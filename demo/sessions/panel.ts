// Tested by: test/demo/sessions.browser.test.ts
/** The sessions of this browser: open, name, delete and undo, a new one, to and from a file. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { languageOf } from "../../src/base/text-language.ts";
import { focusOnceDrawn, submit } from "../base/form.ts";
import { dateAndTime } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import type { WorkRecord } from "../store/work-sessions.ts";
import {
  exportSession,
  importSession,
  newSession,
  openSession,
  readSessions,
  removeSession,
  renameSession,
  undoRemoval,
} from "./actions.ts";
import { keepAgain } from "./keep.ts";
import { session } from "./state.ts";
import "./sessions.css";

/** Returns the button that opens the panel, for the header. */
export function sessionButton(page: Page): TemplateResult {
  const { isKept, isSaving, record } = page.get(session);
  const say = words().frame.sessions;
  return html`
    <button
      type="button"
      class="quiet icon"
      id="sessions-button"
      popovertarget="sessions"
      aria-label=${say.title}
      title=${say.title}
      data-saved=${isKept && !isSaving && record !== undefined}
      @click=${() => void readSessions(page)}
    >
      <span aria-hidden="true">${isKept ? "☰" : "⚠"}</span>
    </button>
  `;
}

export function sessionPanel(page: Page): TemplateResult {
  const { all = [], record, fault, deleted, isKept } = page.get(session);
  const say = words().frame.sessions;
  return html`
    <div id="sessions" class="popover" popover role="dialog" aria-labelledby="sessions-title">
      <h2 id="sessions-title">${say.title}</h2>
      <p class="hint">${isKept ? say.kept : say.notKept}</p>
      ${
        fault === undefined
          ? nothing
          : html`<p class="field-fault" id="session-fault" role="alert">
              ${fault}
              ${
                isKept
                  ? nothing
                  : html`<button type="button" class="link" @click=${() => void keepAgain(page)}>
                      ${say.again}
                    </button>`
              }
            </p>`
      }
      <ul class="session-list">
        ${all.map((each) => sessionRow(page, each, each.id === record?.id))}
      </ul>
      ${
        deleted === undefined
          ? nothing
          : html`<p class="note" id="session-deleted">
              ${say.deleted(deleted.record.name)}
              <button
                type="button"
                class="link"
                id="undo-delete"
                @click=${() => void undoRemoval(page)}
              >
                ${words().draft.undo}
              </button>
            </p>`
      }
      <div class="buttons">
        <button type="button" id="new-session" @click=${() => void newSession(page)}>
          ${say.begin}
        </button>
        ${
          record === undefined
            ? nothing
            : html`<button
                type="button"
                id="export-session"
                @click=${() => void exportSession(page)}
              >
                ${say.export}
              </button>`
        }
        <label class="button" for="import-session">${say.import}</label>
        <input
          id="import-session"
          class="visually-hidden"
          type="file"
          aria-label=${say.import}
          @change=${(event: Event) => take(page, event)}
        />
        <button type="button" class="quiet" popovertarget="sessions" popovertargetaction="hide">
          ${words().frame.close}
        </button>
      </div>
    </div>
  `;
}

function take(page: Page, event: Event): void {
  const input = event.currentTarget as HTMLInputElement;
  const [file] = input.files ?? [];
  input.value = "";
  if (file !== undefined) void importSession(page, file);
}

function sessionRow(page: Page, record: WorkRecord, isOpen: boolean): TemplateResult {
  const { renaming } = page.get(session);
  const { id, name, changed } = record;
  const say = words().frame.sessions;
  const field = `name-${id}`;
  if (renaming === id) {
    const rename = async (): Promise<void> => {
      const written = document.querySelector<HTMLInputElement>(`#${field}`)?.value.trim() ?? "";
      await renameSession(page, record, written === "" ? name : written);
    };
    return html`<li>
      <form @submit=${(event: Event) => submit(event, rename)}>
        <label class="visually-hidden" for=${field}>${say.name}</label>
        <input id=${field} maxlength="200" autocomplete="off" .value=${live(name)} />
        <div class="buttons"><button type="submit">${say.save}</button></div>
      </form>
    </li>`;
  }
  const edit = (): void => {
    page.change(session, { renaming: id });
    focusOnceDrawn(field);
  };
  return html`
    <li aria-current=${isOpen ? "true" : nothing}>
      <p>
        <b dir="auto" lang=${languageOf(name) ?? nothing}>${name}</b>
        <span class="hint">${dateAndTime(changed)}${isOpen ? ` · ${say.open}` : nothing}</span>
      </p>
      <div class="buttons">
        ${
          isOpen
            ? nothing
            : html`<button
                type="button"
                class="open-session"
                aria-label=${say.openOf(name)}
                @click=${() => void openSession(page, id)}
              >
                ${say.goOn}
              </button>`
        }
        <button type="button" class="quiet" aria-label=${say.renameOf(name)} @click=${edit}>
          ${say.rename}
        </button>
        <button
          type="button"
          class="quiet delete-session"
          aria-label=${say.removeOf(name)}
          @click=${() => void removeSession(page, id)}
        >
          ${say.remove}
        </button>
      </div>
    </li>
  `;
}
