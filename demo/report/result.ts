/** A report: its main numbers with intervals, plots, all metrics, and every pair to look into. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { AbReport } from "../../src/evaluate/ab.ts";
import type { EvaluationReport, MetricResult } from "../../src/evaluate/evaluate.ts";
import { percent as share, percentInterval, pValue } from "../../src/evaluate/reports/report.ts";
import { signedInterval } from "../../src/evaluate/reports/report.ts";
import type { Interval } from "../../src/statistics/bootstrap.ts";
import { clopperPearson } from "../../src/statistics/intervals.ts";
import { count, signed } from "../base/format.ts";
import { words } from "../language/language.ts";
import type { Page } from "../base/page.ts";
import { judgeTitle } from "../engine/state.ts";
import {
  auditReport,
  closestPairs,
  labelClosest,
  rowsClient,
  saveReportHtml,
  saveReportJson,
  stopAudit,
} from "./actions.ts";
import { pairList } from "./pairs.ts";
import { plotList } from "./plot-list.ts";
import type { FailedRow, ReportResult } from "./protocol.ts";
import { reporting } from "./state.ts";

export function reportResult(page: Page, result: ReportResult): TemplateResult {
  const { report, failed, scoredRows, totalRows, isPartial } = result;
  const say = words().report;
  return html`
    ${
      isPartial
        ? html`<p class="stale" id="partial">
            ${say.partial(count(scoredRows), count(totalRows))}
          </p>`
        : failed.length > 0
          ? html`<p class="stale" id="incomplete">
              ${say.incomplete(count(failed.length), count(totalRows), count(scoredRows))}
            </p>`
          : nothing
    }
    <div class="verdict report" id="report-result">
      ${report.kind === "ab" ? abHead(report) : evaluationHead(page, report)}
      ${plotList(page, "report", page.get(reporting).plots)}
      ${report.kind === "ab" ? abTable(report) : metricTable(page, report)}
      ${report.kind === "ab" ? nothing : stepPart(report)} ${noteList(report.notes)}
      ${failedRows(failed)}
      <div class="buttons">
        <button type="button" id="report-json" @click=${() => saveReportJson(page)}>
          ${say.saveJson}
        </button>
        <button type="button" id="report-html" @click=${() => void saveReportHtml(page)}>
          ${say.savePage}
        </button>
        ${
          result.pairs.length === 0 || rowsClient(page) === undefined
            ? nothing
            : html`<button type="button" id="report-label" @click=${() => void labelClosest(page)}>
                ${say.labelClosest(count(closestPairs(result).length))}
              </button>`
        }
      </div>
    </div>
    ${report.kind === "ab" ? nothing : auditPart(page)} ${pairList(page, result)}
  `;
}

/** Offers an audit of the judge, shows how far it is, and what it found. */
function auditPart(page: Page): TemplateResult | typeof nothing {
  const { auditing, audited } = page.get(reporting);
  const say = words().report;
  if (auditing !== undefined) {
    const { done, total } = auditing;
    return html`
      <div class="panel" id="auditing">
        <p class="panel-title">${say.auditing(count(done), count(total))}</p>
        <progress
          aria-label=${say.audit}
          value=${total === 0 ? nothing : done}
          max=${total === 0 ? nothing : total}
        ></progress>
        <div class="buttons">
          <button type="button" class="quiet" id="stop-audit" @click=${() => stopAudit(page)}>
            ${say.stop}
          </button>
        </div>
      </div>
    `;
  }
  if (audited === undefined && rowsClient(page) === undefined) return nothing;
  return html`
    <section id="audit" class="verdict report" aria-label=${say.audit}>
      ${
        audited?.() ??
        html`
          <div class="buttons">
            <button type="button" id="run-audit" @click=${() => void auditReport(page)}>
              ${say.audit}
            </button>
          </div>
          <p class="hint">${say.auditHint}</p>
        `
      }
    </section>
  `;
}

/** Returns the name of a metric. A group's is the file's own. */
function metricName(page: Page, { name, kind }: MetricResult): string {
  return kind === "total" ? page.get(reporting).nameOf(name) : name;
}

function evaluationHead(page: Page, report: EvaluationReport): TemplateResult {
  const [main] = report.metrics;
  const totals = report.metrics.filter(({ kind }) => kind === "total").slice(0, 4);
  return html`
    <h2>${main === undefined ? nothing : rightWords(main.value, report.pairs)}</h2>
    <p class="hint">
      ${words().report.judged(report.benchmark, judgeTitle(report.judge.model, report.judge.head))}
    </p>
    <dl class="figures">
      ${totals.map(
        (metric) =>
          html`<div>
            <dt>${metricName(page, metric)}</dt>
            <dd class="numbers">
              <b>${share(metric.value)} %</b>
              <span class="hint"> ${intervalOf(metric.value, metric.count, metric.interval)} </span>
            </dd>
          </div>`,
      )}
    </dl>
  `;
}

/** Under this number of pairs a share says little. */
const FEW_PAIRS = 30;

function rightWords(value: number, pairs: number): string {
  const say = words().report;
  const all = say.allRight(count(pairs), `${share(clopperPearson(pairs, pairs).low)} %`);
  const sentence = value === 1 ? all : say.rightIn(`${share(value)} %`, count(pairs));
  return pairs < FEW_PAIRS ? `${sentence} ${say.tooFew(count(pairs))}` : sentence;
}

/** Writes an interval. If all pairs agree, no resampling differs: the exact interval is taken. */
function intervalOf(value: number, pairs: number, interval: Interval | undefined): string {
  const isOne = value === 1 || value === 0;
  const exact = isOne ? clopperPearson(Math.round(value * pairs), pairs) : interval;
  return percentInterval(exact);
}

function metricTable(page: Page, { metrics, bootstrap }: EvaluationReport): TemplateResult {
  return html`
    <details>
      <summary>${words().report.allNumbers}</summary>
      <div class="table-scroll" tabindex="0" role="group" aria-label=${words().report.numbersTable}>
        <table>
          <caption>
            ${words().report.numbersCaption(`${bootstrap.level * 100} %`)}
          </caption>
          <thead>
            <tr>
              <th scope="col">${words().report.metric}</th>
              <th scope="col">n</th>
              <th scope="col">${words().report.value}</th>
              <th scope="col">${words().report.interval}</th>
              <th scope="col">${words().report.shorterWins}</th>
              <th scope="col">${words().report.longerWins}</th>
            </tr>
          </thead>
          <tbody>
            ${metrics.map(
              (each) =>
                html`<tr>
                  <th scope="row">${metricName(page, each)}</th>
                  <td>${count(each.count)}</td>
                  <td>${share(each.value)}</td>
                  <td>${intervalOf(each.value, each.count, each.interval)}</td>
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

/** Says of a model that judges steps how many there were, and which sum of them tells best. */
function stepPart({ steps, bootstrap }: EvaluationReport): TemplateResult | typeof nothing {
  if (steps === undefined) return nothing;
  const say = words().report;
  return html`
    <section id="report-steps">
      <h3>${words().score.stepsTitle}</h3>
      <p class="hint">${say.stepsJudged(count(steps.solutions), count(steps.steps))}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">${say.scoreBy}</th>
            <th scope="col">${say.value}</th>
            <th scope="col">${say.interval} (${bootstrap.level * 100} %)</th>
          </tr>
        </thead>
        <tbody>
          ${steps.sums.map(
            ({ name, value, interval }) =>
              html`<tr>
                <th scope="row">${say.sums[name]}</th>
                <td>${share(value)}</td>
                <td>${percentInterval(interval)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </section>
  `;
}

function abHead({ comparisons, judge, prompts }: AbReport): TemplateResult {
  const [one] = comparisons;
  if (one === undefined) {
    return html`<h2>${words().report.nothingToCompare}</h2>`;
  }
  const { a, b, winRate, difference, signTest, promptsNeeded } = one;
  const isSure = signTest.exactPValue < 0.05;
  const leader = one.wins >= one.losses ? a : b;
  return html`
    <h2>${isSure ? words().report.better(leader) : words().report.noSure(a, b)}</h2>
    <p class="hint">
      ${words().report.prompts(count(prompts), judgeTitle(judge.model, judge.head))}
    </p>
    <dl class="figures">
      <div>
        <dt>${words().report.wins(a)}</dt>
        <dd class="numbers">
          <b>${share(winRate.value)} %</b>
          <span class="hint">${percentInterval(winRate.interval)}</span>
        </dd>
      </div>
      <div>
        <dt>${words().report.meanDifference}</dt>
        <dd class="numbers">
          <b>${signed(difference.value)}</b>
          <span class="hint">${signedInterval(difference.interval)}</span>
        </dd>
      </div>
      <div>
        <dt>${words().report.wonTiedLost}</dt>
        <dd class="numbers"><b>${one.wins} · ${one.ties} · ${one.losses}</b></dd>
      </div>
      <div>
        <dt>${words().report.signTest}</dt>
        <dd class="numbers"><b>p = ${pValue(signTest.exactPValue)}</b></dd>
      </div>
      <div>
        <dt>${words().report.promptsToBeSure}</dt>
        <dd class="numbers">
          <b>${promptsNeeded === undefined ? words().report.noDifference : count(promptsNeeded)}</b>
        </dd>
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
      <summary>${words().report.byCategory}</summary>
      <div
        class="table-scroll"
        tabindex="0"
        role="group"
        aria-label=${words().report.categoryTable}
      >
        <table>
          <thead>
            <tr>
              <th scope="col">${words().report.category}</th>
              <th scope="col">n</th>
              <th scope="col">${words().report.winRate}</th>
              <th scope="col">${words().report.interval}</th>
              <th scope="col">${words().report.difference}</th>
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

function noteList(notes: readonly string[]): TemplateResult | typeof nothing {
  return notes.length === 0
    ? nothing
    : html`<ul class="hint notes" lang="en">
        ${notes.map((note) => html`<li>${note}</li>`)}
      </ul>`;
}

function failedRows(failed: readonly FailedRow[]): TemplateResult | typeof nothing {
  if (failed.length === 0) {
    return nothing;
  }
  return html`
    <details id="failed-rows">
      <summary>${words().report.failed(failed.length)}</summary>
      <ul class="hint notes" lang="en">
        ${failed.slice(0, 100).map(({ where, reason }) => html`<li>${where}: ${reason}</li>`)}
      </ul>
    </details>
  `;
}
