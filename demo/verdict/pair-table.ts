/** Every pair of responses: the probability that the row's response is better than the column's. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { preferenceProbability } from "../../src/preference/ranking.ts";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import { percent } from "../base/format.ts";
import { letter } from "../base/axis.ts";
import { words } from "../language/language.ts";

export function pairTable(
  places: readonly RankedPlace[],
  temperature: number,
): TemplateResult | typeof nothing {
  if (places.length < 3) {
    return nothing;
  }
  const say = words().score;
  return html`
    <details class="pairs">
      <summary>${say.everyPair}</summary>
      <div class="table-scroll" tabindex="0" role="group" aria-label=${say.pairTable}>
        <table>
          <caption>
            ${say.pairCaption}
          </caption>
          <thead>
            <tr>
              <td></td>
              ${places.map(({ index }) => html`<th scope="col">${letter(index)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${places.map((row) => pairRow(row, places, temperature))}
          </tbody>
        </table>
      </div>
    </details>
  `;
}

function pairRow(
  row: RankedPlace,
  places: readonly RankedPlace[],
  temperature: number,
): TemplateResult {
  return html`
    <tr>
      <th scope="row">${letter(row.index)}</th>
      ${places.map((column) =>
        column === row
          ? html`<td class="self" aria-label=${words().score.itself}>·</td>`
          : html`<td>${percent(preferenceProbability(row.value, column.value, temperature))}</td>`,
      )}
    </tr>
  `;
}
