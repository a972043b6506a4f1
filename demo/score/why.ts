/**
 * What a row opens to. The page's other rooms add their panels here; the values of single tokens
 * come last, with the warning that they are not reasons.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { letter } from "../base/axis.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import type { Verdict } from "./state.ts";
import { tokenStrip } from "./token-strip.ts";
import { tokenTable } from "./token-tables.ts";

export function whyPanel(page: Page, { scores }: Verdict, index: number): TemplateResult {
  const say = words().score;
  const score = scores[index];
  if (score === undefined) return html`${nothing}`;
  return html`
    <div class="why" id="why">
      <section class="by-token">
        <h3>${say.tokensTitle}</h3>
        <p class="hint">${say.tokensWarning}</p>
        ${tokenStrip(page, index, score.steps)}
        <details>
          <summary>${say.tokenTables}</summary>
          ${tokenTable(letter(index), score.steps)}
        </details>
      </section>
    </div>
  `;
}
