/** Single keys: switched off, or changed (WCAG 2.1.4). */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { fieldFault } from "../../base/form.ts";
import type { Page } from "../../base/page.ts";
import { ACTIONS, keyOf, signOfKey, writeKeys } from "../keys.ts";
import { labelling } from "../state.ts";
import { say } from "../words.ts";

export function keysSection(page: Page): TemplateResult {
  const words = say();
  const { keys, keysOn, rebinding, fault } = page.get(labelling);
  const toggle = (event: Event): void => {
    const { checked } = event.currentTarget as HTMLInputElement;
    writeKeys({ keys, keysOn: checked });
    page.change(labelling, { keysOn: checked });
  };
  return html`
    <details class="card" id="label-keys">
      <summary>${words.keysTitle}</summary>
      <label class="choice">
        <input type="checkbox" id="label-keys-on" .checked=${live(keysOn)} @change=${toggle} />
        <span>${words.keysOn} <span class="hint">${words.keysHint}</span></span>
      </label>
      <dl class="keys">
        ${ACTIONS.map((action) => {
          const isWaiting = rebinding === action;
          return html`<div>
            <dt>${words.actions[action]}</dt>
            <dd>
              <kbd>${signOfKey(keyOf(keys, action))}</kbd>
              <button
                type="button"
                class="link"
                id="key-${action}"
                aria-label=${isWaiting ? words.pressKey : words.changeKeyOf(words.actions[action])}
                @click=${() => page.change(labelling, { rebinding: isWaiting ? undefined : action })}
              >
                ${isWaiting ? words.pressKey : words.changeKey}
              </button>
              ${fieldFault(fault, `key-${action}`)}
            </dd>
          </div>`;
        })}
      </dl>
    </details>
  `;
}
