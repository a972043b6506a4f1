/** A report: its main numbers with intervals, plots, all metrics, and every pair to look into. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import type { AbReport } from "../../src/evaluate/ab.ts";
import type { EvaluationReport } from "../../src/evaluate/evaluate.ts";
import { percent as share, percentInterval, pValue } from "../../src/evaluate/reports/report.ts";
import { needed, signedInterval } from "../../src/evaluate/reports/report.ts";
import { signed } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { modelTitle } from "../engine/state.ts";
import { saveReportHtml, saveReportJson } from "./actions.ts";
import { pairList } from "./pairs.ts";
import type { FailedRow, ReportResult } from "./protocol.ts";
import { reporting } from "./state.ts";
import type { DrawnPlot } from "./state.ts";

export function reportResult(page: Page, result: ReportResult): TemplateResult {
  const { report, failed, scoredRows, totalRows, isPartial } = result;
  return html`
    ${
      isPartial
        ? html`<p class="stale" id="partial">
            Stopped: ${scoredRows} of ${totalRows} rows are scored, and these numbers are of them
            alone. Press Continue for the rest.
          </p>`
        : failed.length > 0
          ? html`<p class="stale" id="incomplete">
              ${failed.length} of ${totalRows} rows could not be scored: these numbers are of the
              other ${scoredRows} alone.
            </p>`
          : nothing
    }
    <div class="verdict report" id="report-result">
      ${report.kind === "ab" ? abHead(report) : evaluationHead(report)}
      <div class="plots">${page.get(reporting).plots.map(plot)}</div>
      ${report.kind === "ab" ? abTable(report) : metricTable(report)} ${noteList(report.notes)}
      ${failedRows(failed)}
      <div class="buttons">
        <button type="button" id="report-json" @click=${() => saveReportJson(page)}>
          Save as JSON
        </button>
        <button type="button" id="report-html" @click=${() => void saveReportHtml(page)}>
          Save as a page
        </button>
      </div>
    </div>
    ${pairList(page, result)}
  `;
}

function evaluationHead(report: EvaluationReport): TemplateResult {
  const [main] = report.metrics;
  const totals = report.metrics.filter(({ kind }) => kind === "total").slice(0, 4);
  return html`
    <h2>
      ${
        main === undefined
          ? nothing
          : html`Right in <b>${share(main.value)} %</b> of ${report.pairs} pairs`
      }
    </h2>
    <p class="hint">${report.benchmark}, judged by ${modelTitle(report.judge.model)}</p>
    <dl class="figures">
      ${totals.map(
        ({ name, value, interval }) =>
          html`<div>
            <dt>${name}</dt>
            <dd class="numbers">
              <b>${share(value)} %</b> <span class="hint">${percentInterval(interval)}</span>
            </dd>
          </div>`,
      )}
    </dl>
  `;
}

function metricTable({ metrics, bootstrap }: EvaluationReport): TemplateResult {
  return html`
    <details>
      <summary>All numbers</summary>
      <div class="table-scroll" tabindex="0" role="group" aria-label="Table of all numbers">
        <table>
          <caption>
            In percent. Intervals of ${bootstrap.level * 100} % by bootstrap of prompts; equal
            scores count as wrong.
          </caption>
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col">n</th>
              <th scope="col">Value</th>
              <th scope="col">Interval</th>
              <th scope="col">Shorter wins</th>
              <th scope="col">Longer wins</th>
            </tr>
          </thead>
          <tbody>
            ${metrics.map(
              (each) =>
                html`<tr>
                  <th scope="row">${each.name}</th>
                  <td>${each.count}</td>
                  <td>${share(each.value)}</td>
                  <td>${percentInterval(each.interval)}</td>
                  <td>${share(each.shorterWins)}</td>
                  <td>${share(each.longerWins)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  `;
}

function abHead({ comparisons, judge, prompts }: AbReport): TemplateResult {
  const [one] = comparisons;
  if (one === undefined) {
    return html`<h2>Nothing to compare</h2>`;
  }
  const { a, b, winRate, difference, signTest, promptsNeeded } = one;
  const isSure = signTest.exactPValue < 0.05;
  const leader = one.wins >= one.losses ? a : b;
  return html`
    <h2>
      ${
        isSure
          ? html`<b>${leader}</b> is better`
          : html`No sure difference between <b>${a}</b> and <b>${b}</b>`
      }
    </h2>
    <p class="hint">${prompts} prompts, judged by ${modelTitle(judge.model)}</p>
    <dl class="figures">
      <div>
        <dt>${a} wins</dt>
        <dd class="numbers">
          <b>${share(winRate.value)} %</b>
          <span class="hint">${percentInterval(winRate.interval)}</span>
        </dd>
      </div>
      <div>
        <dt>Mean difference</dt>
        <dd class="numbers">
          <b>${signed(difference.value)}</b>
          <span class="hint">${signedInterval(difference.interval)}</span>
        </dd>
      </div>
      <div>
        <dt>Won, tied, lost</dt>
        <dd class="numbers"><b>${one.wins} · ${one.ties} · ${one.losses}</b></dd>
      </div>
      <div>
        <dt>Sign test</dt>
        <dd class="numbers"><b>p = ${pValue(signTest.exactPValue)}</b></dd>
      </div>
      <div>
        <dt>Prompts to be sure</dt>
        <dd class="numbers"><b>${needed(promptsNeeded)}</b></dd>
      </div>
    </dl>
  `;
}

function abTable({ comparisons }: AbReport): TemplateResult | typeof nothing {
  const categories = comparisons[0]?.categories ?? [];
  if (categories.length < 2) {
    return nothing;
  }
  return html`
    <details>
      <summary>By category</summary>
      <div class="table-scroll" tabindex="0" role="group" aria-label="Table by category">
        <table>
          <thead>
            <tr>
              <th scope="col">Category</th>
              <th scope="col">n</th>
              <th scope="col">Win rate</th>
              <th scope="col">Interval</th>
              <th scope="col">Difference</th>
            </tr>
          </thead>
          <tbody>
            ${categories.map(
              (each) =>
                html`<tr>
                  <th scope="row">${each.name}</th>
                  <td>${each.prompts}</td>
                  <td>${share(each.winRate.value)} %</td>
                  <td>${percentInterval(each.winRate.interval)}</td>
                  <td>${signed(each.difference.value)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  `;
}

/**
 * Shows a plot. The SVG is our own: texts of the files were written into it as text by the
 * document.
 */
function plot({ title, words, svg }: DrawnPlot): TemplateResult {
  return html`
    <figure class="plot">
      <figcaption>${title} <span class="hint">${words}</span></figcaption>
      <div class="table-scroll" tabindex="0" role="group" aria-label="Plot: ${title}">
        <div role="img" aria-label=${title}>${unsafeHTML(svg)}</div>
      </div>
    </figure>
  `;
}

function noteList(notes: readonly string[]): TemplateResult | typeof nothing {
  return notes.length === 0
    ? nothing
    : html`<ul class="hint notes">
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>`;
}

function failedRows(failed: readonly FailedRow[]): TemplateResult | typeof nothing {
  if (failed.length === 0) {
    return nothing;
  }
  return html`
    <details id="failed-rows">
      <summary>
        ${failed.length} ${failed.length === 1 ? "row" : "rows"} could not be scored
      </summary>
      <ul class="hint notes">
        ${failed.slice(0, 100).map(({ where, reason }) => html`<li>${where}: ${reason}</li>`)}
      </ul>
    </details>
  `;
}
