/** Every pair of responses: the probability that the row's response is better than the column's. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { preferenceProbability } from "../../src/preference/ranking.ts";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import { percent } from "../base/format.ts";
import { letter } from "../base/axis.ts";

export function pairTable(places: readonly RankedPlace[]): TemplateResult | typeof nothing {
  if (places.length < 3) {
    return nothing;
  }
  return html`
    <details class="pairs">
      <summary>Every pair</summary>
      <div class="table-scroll" tabindex="0" role="group" aria-label="Table of every pair">
        <table>
          <caption>
            P(row better than column)
          </caption>
          <thead>
            <tr>
              <td></td>
              ${places.map(({ index }) => html`<th scope="col">${letter(index)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${places.map((row) => pairRow(row, places))}
          </tbody>
        </table>
      </div>
    </details>
  `;
}

function pairRow(row: RankedPlace, places: readonly RankedPlace[]): TemplateResult {
  return html`
    <tr>
      <th scope="row">${letter(row.index)}</th>
      ${places.map((column) =>
        column === row
          ? html`<td class="self" aria-label="itself">·</td>`
          : html`<td>${percent(preferenceProbability(row.value, column.value))}</td>`,
      )}
    </tr>
  `;
}
