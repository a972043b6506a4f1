/**
 * Stored scores against a reference, and audits that the command line wrote: read here, without a
 * model. Loaded when the first one is asked for.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { unsafeHTML } from "lit/directives/unsafe-html.js";
import { effectsPlot } from "../../cli/reports/audit-html.ts";
import { trendPlot } from "../../cli/reports/trend-plot.ts";
import { auditLines, auditTables, type AuditTable } from "../../src/audit/report-markdown.ts";
import type { AuditReport } from "../../src/audit/types.ts";
import { isObject } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { Monitor, type MonitorReport } from "../../src/monitor/monitor.ts";
import { MonitorReference } from "../../src/monitor/reference.ts";
import { readMonitorRow, type MonitorRow } from "../../src/monitor/row.ts";
import type { TrendPoint } from "../../src/monitor/trends.ts";
import { saveFile } from "../base/download.ts";
import { count } from "../base/format.ts";
import { modelTitle } from "../engine/state.ts";
import type { StoredWords } from "../language/en/stored.ts";
import { storedWords } from "../language/stored.ts";

/** What was read of the files. */
export type StoredReport =
  | { readonly kind: "monitor"; readonly report: MonitorReport }
  | { readonly kind: "audit"; readonly report: AuditReport };

/** Rows between two moments in which the page may draw. */
const BREATH = 1000;

/**
 * Reads an audit of one file, or monitors the second file against the first.
 * @throws InputError that names the line
 */
export async function readStored(
  files: readonly File[],
  signal: AbortSignal,
): Promise<StoredReport> {
  const [first, second] = files;
  if (first !== undefined && second !== undefined) {
    const reference = new MonitorReference();
    for await (const row of rowsOf(first, signal)) reference.add(row);
    const monitor = new Monitor(reference);
    for await (const row of rowsOf(second, signal)) monitor.add(row);
    return { kind: "monitor", report: monitor.report() };
  }
  const value = first === undefined ? undefined : parsed(await first.text());
  if (isObject(value) && value["kind"] === "audit" && Array.isArray(value["results"])) {
    return { kind: "audit", report: value as unknown as AuditReport };
  }
  throw new InputError({ where: first?.name ?? "", what: storedWords().otherJson });
}

async function* rowsOf(file: File, signal: AbortSignal): AsyncGenerator<MonitorRow> {
  const lines = (await file.text()).split("\n");
  for (const [i, line] of lines.entries()) {
    if (i % BREATH === BREATH - 1) {
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
    }
    if (line.trim() === "") continue;
    const where = `${file.name}, line ${i + 1}`;
    const value = parsed(line);
    if (!isObject(value)) {
      const expected = '{"id": …, "score": NUMBER, …}';
      throw new InputError({ where, expected, got: "another line" });
    }
    yield readMonitorRow(value, where);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Draws what was read. */
export function storedView(stored: StoredReport): TemplateResult {
  return stored.kind === "audit" ? auditView(stored.report) : monitorView(stored.report);
}

function monitorView(report: MonitorReport): TemplateResult {
  const say = storedWords();
  const { verdict, reason, rows, referenceRows, tests, notes } = report;
  const cells = tests.map(({ name, statistic, p, limit, alarm }) => [
    name,
    short(statistic),
    p === undefined ? "" : short(p),
    limit === undefined ? "" : short(limit),
    alarm ? say.alarms : say.quiet,
  ]);
  const columns = [say.test, say.statistic, "p", say.limit, say.alarm];
  return html`
    <div id="stored-result" data-verdict=${verdict}>
      <h2>${say.verdicts[verdict]}</h2>
      <p class="hint">${say.rows(count(rows), count(referenceRows))}</p>
      <p lang="en">${reason}</p>
      ${tableView({ title: say.tests, columns, rows: cells })}
      <div class="plots">${trendFigures(report, say)}</div>
      ${
        notes.length === 0
          ? nothing
          : html`<h3>${say.notes}</h3>
              <ul class="hint notes" lang="en">
                ${notes.map((note) => html`<li>${note}</li>`)}
              </ul>`
      }
      ${saveButton("monitor.json", report)}
    </div>
  `;
}

function trendFigures({ trends, settings }: MonitorReport, say: StoredWords): TemplateResult[] {
  type Of = (point: TrendPoint) => number | undefined;
  const charts: readonly (readonly [keyof StoredWords["trends"], Of, Of?])[] = [
    ["mean", ({ mean }) => mean],
    ["psi", ({ psi }) => psi, ({ psiLimit }) => psiLimit],
    ["cusum", ({ cusum }) => cusum, () => settings.limit],
    ["capital", ({ capital }) => capital],
    ["tokens", ({ tokens }) => tokens],
    ["withoutPicture", ({ withoutPicture }) => withoutPicture],
    ["outside", ({ outside }) => outside],
  ];
  return charts.flatMap(([name, value, limit]) => {
    const svg = trendPlot(trends, { label: say.trends[name], value, limit }, document);
    return svg === undefined ? [] : [plotView(say.trends[name], svg)];
  });
}

function auditView(report: AuditReport): TemplateResult {
  const say = storedWords();
  const plot = effectsPlot(report, document);
  return html`
    <div id="stored-result">
      <h2>${say.audited(modelTitle(report.judge.model))}</h2>
      <div lang="en">${auditLines(report).map((line) => html`<p>${line}</p>`)}</div>
      ${plot === undefined ? nothing : plotView(say.effects, plot)}
      <div lang="en">${auditTables(report).map(tableView)}</div>
      ${saveButton("audit.json", report)}
    </div>
  `;
}

/** Shows a plot. The SVG is our own: texts of the files were written into it as text. */
function plotView(title: string, svg: string): TemplateResult {
  return html`
    <figure class="plot">
      <figcaption>${title}</figcaption>
      <div class="table-scroll" tabindex="0" role="group" aria-label=${storedWords().plot(title)}>
        <div role="img" aria-label=${title}>${unsafeHTML(svg)}</div>
      </div>
    </figure>
  `;
}

function tableView({ title, columns, rows, below }: AuditTable): TemplateResult {
  return html`
    <div class="table-scroll" tabindex="0" role="group" aria-label=${title}>
      <table>
        <caption>
          ${title}
        </caption>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([first, ...rest]) =>
              html`<tr>
                <th scope="row">${first}</th>
                ${rest.map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${below === undefined ? nothing : html`<p class="hint">${below}</p>`}
  `;
}

function saveButton(name: string, report: object): TemplateResult {
  const save = (): void =>
    saveFile(name, "application/json", `${JSON.stringify(report, null, 1)}\n`);
  return html`<div class="buttons">
    <button type="button" class="quiet" id="save-stored" @click=${save}>
      ${storedWords().asFile}
    </button>
  </div>`;
}

function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
