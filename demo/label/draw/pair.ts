/** The pair that is shown: picture and prompt, two responses of one size, and the buttons. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { at } from "../../../src/base/at.ts";
import { currentTask } from "../../../src/label/session.ts";
import type { Task } from "../../../src/label/order.ts";
import type { Conversation, Message } from "../../../src/types.ts";
import { valueOf } from "../../base/form.ts";
import { count } from "../../base/format.ts";
import { languageOf } from "../../../src/base/text-language.ts";
import type { Page } from "../../base/page.ts";
import { act } from "../acts.ts";
import { keyOf, signOfKey, type Action } from "../keys.ts";
import { setNote } from "../session-actions.ts";
import { labelling, type OpenSession } from "../state.ts";
import { say } from "../words.ts";

export function pairView(page: Page, session: OpenSession): TemplateResult {
  const task = currentTask(session);
  return task === undefined ? doneView(page) : shownPair(page, session, task);
}

function doneView(page: Page): TemplateResult {
  return html`
    <div class="card label-done" id="label-pair" tabindex="-1" data-number="none">
      <h2>${say().doneTitle}</h2>
      <p>${say().doneHow}</p>
      <div class="buttons">${button(page, "undo")}</div>
    </div>
  `;
}

function shownPair(page: Page, session: OpenSession, task: Task): TemplateResult {
  const words = say();
  const pair = at(session.pairs, task.pair);
  const [a, b] = pair.responses;
  const [left, right] = task.isSwapped ? [b, a] : [a, b];
  const { isFlagged, note } = session.draft;
  const urls = page.get(labelling).pictureUrls.get(task.pair) ?? [];
  return html`
    <section
      class="card label-question"
      id="label-pair"
      tabindex="-1"
      aria-label=${words.prompt}
      data-number=${session.votes.length}
      data-pair=${pair.id}
    >
      ${urls.map((url) => html`<img src=${url} alt=${words.picture} decoding="sync" />`)}
      <div>
        <p class="hint">${pair.id} · ${words.how[task.how]}</p>
        ${pair.messages.map((message, i) => turn(message, i, pair.messages))}
      </div>
    </section>
    <div class="label-responses">
      ${response(words.left, "left", left)} ${response(words.right, "right", right)}
    </div>
    <div class="label-buttons" role="group" aria-label=${words.votes}>
      ${(["left", "tie", "both-bad", "right", "skip"] as const).map((one) => button(page, one))}
      ${button(page, "flag", isFlagged)} ${button(page, "undo")}
    </div>
    <div class="field label-note">
      <label for="label-note">${words.note}</label>
      <input
        id="label-note"
        autocomplete="off"
        aria-describedby="label-note-help"
        .value=${note}
        @input=${(event: Event) => setNote(page, valueOf(event))}
      />
      <p class="hint" id="label-note-help">${words.noteHint}</p>
    </div>
  `;
}

/** The last turn of the user is the question; what came before it stands smaller. */
function turn(message: Message, index: number, all: Conversation): TemplateResult {
  const text = textOf(message);
  const isQuestion = index === all.length - 1;
  const lang = languageOf(text) ?? nothing;
  return isQuestion
    ? html`<h2 class="label-prompt" dir="auto" lang=${lang}>${text}</h2>`
    : html`<p class="label-turn" dir="auto" lang=${lang}><b>${message.role}</b> ${text}</p>`;
}

function response(name: string, side: "left" | "right", turns: Conversation): TemplateResult {
  return html`
    <section class="card label-response" id="label-${side}" aria-label=${name}>
      <p class="hint">${name}</p>
      ${turns.map((message) => {
        const text = textOf(message);
        const lang = languageOf(text) ?? nothing;
        return html`<p class="label-text" dir="auto" lang=${lang}>${text}</p>`;
      })}
    </section>
  `;
}

function textOf({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function button(page: Page, action: Action, isPressed?: boolean): TemplateResult {
  const { keys, keysOn } = page.get(labelling);
  const key = signOfKey(keyOf(keys, action));
  return html`
    <button
      type="button"
      id="label-do-${action}"
      aria-pressed=${isPressed ?? nothing}
      aria-keyshortcuts=${keysOn ? keyOf(keys, action) : nothing}
      @click=${() => act(page, action)}
    >
      ${keysOn ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing} ${say().actions[action]}
    </button>
  `;
}

/** Returns how far the session is, in words. */
export function progressWords({ votes, pairs }: OpenSession): string {
  return say().progress(count(votes.length), count(pairs.length));
}
