/** Behind "?": what a score is, what leaves this machine and how to check it, and the keys. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { words } from "../language/language.ts";

export function aboutPanel(): TemplateResult {
  const say = words().frame.aboutPanel;
  return html`
    <div id="about" class="popover" popover role="dialog" aria-labelledby="about-title">
      <h2 id="about-title">${say.title}</h2>
      <p>${say.what}</p>
      <p>${say.meaning}</p>
      <h3>${say.privacyTitle}</h3>
      <p>${say.privacy}</p>
      <h3>${say.checkTitle}</h3>
      <ul>
        ${say.check.map((each) => html`<li>${each}</li>`)}
      </ul>
      <h3>${say.keysTitle}</h3>
      <dl class="keys">
        ${say.keys.map(
          ([key, does]) =>
            html`<div>
              <dt><kbd>${key}</kbd></dt>
              <dd>${does}</dd>
            </div>`,
        )}
      </dl>
      <p class="hint">${say.source} ${say.licence}.</p>
      <div class="buttons">
        <button type="button" popovertarget="about" popovertargetaction="hide">
          ${words().frame.close}
        </button>
      </div>
    </div>
  `;
}
