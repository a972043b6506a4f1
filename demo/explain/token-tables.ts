/**
 * The values behind the coloured tokens, as a plain table: for screen readers, for copying, for a
 * closer look.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { signed } from "../base/format.ts";
import { languageOfSteps, moves, visibleText } from "../engine/token-steps.ts";
import type { Move } from "../engine/token-steps.ts";
import type { TokenStep } from "../engine/protocol.ts";
import { words } from "../language/language.ts";

export function tokenTable(name: string, steps: readonly TokenStep[]): TemplateResult {
  const say = words().score;
  return html`
    <table class="token-table">
      <caption>
        ${words().draft.response} ${name}
      </caption>
      <thead>
        <tr>
          <th scope="col">${say.token}</th>
          <th scope="col">${say.movedBy}</th>
          <th scope="col">${say.value}</th>
        </tr>
      </thead>
      <tbody>
        ${moves(steps).map((step) => tokenRow(step, languageOfSteps(steps)))}
      </tbody>
    </table>
  `;
}

function tokenRow(step: Move, language: string | undefined): TemplateResult {
  const isText = step.part === "response";
  return html`
    <tr>
      <th scope="row">
        <bdi lang=${isText && language !== undefined ? language : nothing}
          >${step.part === "start" ? words().score.start : visibleText(step)}</bdi
        >
      </th>
      <td>${step.part === "start" ? "" : signed(step.move)}</td>
      <td>${signed(step.value)}</td>
    </tr>
  `;
}
