/** The foot: where a person's words stay, and how fast this machine is. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { milliseconds } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { engine } from "../engine/state.ts";
import { words } from "../language/language.ts";

export function footLine(page: Page): TemplateResult {
  const { state } = page.get(engine);
  const say = words().frame.foot;
  const isReady = state.kind === "ready";
  const first = isReady ? state.firstScoreMs : undefined;
  const parts = [
    say.stays,
    ...(first === undefined ? [] : [say.firstScore(milliseconds(first))]),
    ...(isReady && state.model.adapter.software ? [say.software] : []),
  ];
  return html`
    <p class="foot numbers">
      ${parts.map((part) => html`<span>${part}</span>&nbsp;· `)}
      <button type="button" class="link" popovertarget="about">${say.howDoYouKnow}</button>
    </p>
  `;
}
