/** Several raters' labels: α, by group, and the pairs they disagree on. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { filesButton } from "../../base/file-buttons.ts";
import type { LabelStatistics, Agreement } from "../../../src/label/statistics.ts";
import { describe, fieldFault } from "../../base/form.ts";
import { count, plain, share } from "../../base/format.ts";
import type { Page } from "../../base/page.ts";
import { compareRaters } from "../raters.ts";
import { labelling } from "../state.ts";
import { say } from "../words.ts";

const SHOWN = 50;

export function ratersSection(page: Page): TemplateResult {
  const words = say();
  const { raters, fault } = page.get(labelling);
  const { invalid, by } = describe(fault, "rater-files", ["rater-files-help"]);
  const take = (files: File[]): void => void compareRaters(page, files);
  return html`
    <section class="card" aria-labelledby="label-raters-title">
      <h2 id="label-raters-title">${words.ratersTitle}</h2>
      <div class="picture-actions">
        ${filesButton({ id: "rater-files", label: words.ratersFiles, accept: ".jsonl,.ndjson,.json,.csv,.parquet", invalid, by, take })}
        ${fieldFault(fault, "rater-files")}
        <p class="hint" id="rater-files-help">
          ${raters === undefined ? words.ratersHint : raters.files.join(", ")}
        </p>
      </div>
      ${raters === undefined ? nothing : statisticsView(raters.statistics)}
    </section>
  `;
}

function statisticsView(statistics: LabelStatistics): TemplateResult {
  const words = say();
  const { alpha, pairs, raters, groups, disagreements } = statistics;
  return html`
    <div id="label-raters">
      <p>
        <b>${Number.isNaN(alpha) ? words.noAlpha : words.alpha(plain(alpha, 3), count(pairs))}</b>
      </p>
      <div class="table-scroll" tabindex="0" role="group" aria-label=${words.ratersTitle}>
        <table>
          <thead>
            <tr>
              <th scope="col">${words.raterName}</th>
              <th scope="col">${words.labels}</th>
              <th scope="col">${words.withOneself}</th>
              <th scope="col">${words.withTheModel}</th>
            </tr>
          </thead>
          <tbody>
            ${raters.map(
              ({ rater, labels, self, model }) =>
                html`<tr>
                  <th scope="row">${rater}</th>
                  <td>${count(labels)}</td>
                  <td>${agreementWords(self)}</td>
                  <td>${agreementWords(model)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
        ${groups.length === 0 ? nothing : groupTable(groups)}
      </div>
      <h3>${words.disagreements}</h3>
      ${
        disagreements.length === 0
          ? html`<p class="hint">${words.noDisagreements}</p>`
          : html`<ul class="hint notes" id="label-disagreements">
              ${disagreements
                .slice(0, SHOWN)
                .map(
                  ({ id, labels }) =>
                    html`<li>
                      ${id}: ${labels.map(({ rater, label }) => `${rater} ${label}`).join(", ")}
                    </li>`,
                )}
            </ul>`
      }
    </div>
  `;
}

function groupTable(groups: LabelStatistics["groups"]): TemplateResult {
  const words = say();
  return html`
    <table>
      <thead>
        <tr>
          <th scope="col">${words.group}</th>
          <th scope="col">${words.labels}</th>
          <th scope="col">α</th>
        </tr>
      </thead>
      <tbody>
        ${groups.map(
          ({ group, labels, alpha }) =>
            html`<tr>
              <th scope="row">${group === "" ? "–" : group}</th>
              <td>${count(labels)}</td>
              <td>${Number.isNaN(alpha) ? "–" : plain(alpha, 3)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  `;
}

function agreementWords(one: Agreement | undefined): string {
  if (one === undefined || one.count === 0) return "–";
  const { equal, count: all, interval } = one;
  return `${count(equal)} / ${count(all)} (${share(interval.low)} – ${share(interval.high)})`;
}
