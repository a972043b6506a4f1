/**
 * The values behind the coloured tokens, as plain tables: for screen readers, for copying, for a
 * closer look.
 */
import { html } from "lit";
import type { TemplateResult } from "lit";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import { signed } from "../base/format.ts";
import type { ResponseScore } from "../engine/protocol.ts";
import { letter } from "../base/axis.ts";
import { moves, visibleText } from "../engine/token-steps.ts";
import type { Move } from "../engine/token-steps.ts";

export function tokenTables(
  places: readonly RankedPlace[],
  scores: readonly ResponseScore[],
): TemplateResult {
  return html`
    <details class="token-tables">
      <summary>Token values as tables</summary>
      <div>
        ${places.map(({ index }) => tokenTable(letter(index), moves(scores[index]?.steps ?? [])))}
      </div>
    </details>
  `;
}

function tokenTable(name: string, all: readonly Move[]): TemplateResult {
  return html`
    <table>
      <caption>
        Response ${name}
      </caption>
      <thead>
        <tr>
          <th scope="col">Token</th>
          <th scope="col">Moved by</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        ${all.map(tokenRow)}
      </tbody>
    </table>
  `;
}

function tokenRow(step: Move): TemplateResult {
  return html`
    <tr>
      <th scope="row"><bdi>${visibleText(step)}</bdi></th>
      <td>${step.part === "start" ? "" : signed(step.move)}</td>
      <td>${signed(step.value)}</td>
    </tr>
  `;
}
