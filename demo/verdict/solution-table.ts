/** The steps of a solution with a value for each, and what they come to. */
import { html } from "lit";
import type { TemplateResult } from "lit";
import { percent } from "../base/format.ts";
import { languageOf } from "../../src/base/text-language.ts";
import type { SolutionScore } from "../engine/protocol.ts";
import { words } from "../language/language.ts";

export function solutionTable({ steps, min, product, last }: SolutionScore): TemplateResult {
  const say = words().score;
  return html`
    <section class="by-step">
      <h3>${say.stepsTitle}</h3>
      <p class="hint">${say.stepsHint}</p>
      <table class="token-table">
        <thead>
          <tr>
            <th scope="col">${say.step}</th>
            <th scope="col">${say.value}</th>
          </tr>
        </thead>
        <tbody>
          ${steps.map(
            ({ text, value }) => html`
              <tr ?data-least=${value === min}>
                <th scope="row" dir="auto" lang=${languageOf(text) ?? ""}>${text}</th>
                <td>${percent(value)}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
      <p class="hint numbers">${say.stepsCome(percent(min), percent(product), percent(last))}</p>
    </section>
  `;
}
