/**
 * Stored scores against a reference, and audits that the command line wrote: read here, without a
 * model. Loaded when the first one is asked for.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { effectsPlot, hasEffects } from "../../cli/reports/audit-html.ts";
import { hasTrend, trendPlot } from "../../cli/reports/trend-plot.ts";
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
import type { Page } from "../base/page.ts";
import { modelTitle } from "../engine/state.ts";
import { auditWords } from "../language/audit.ts";
import type { StoredWords } from "../language/en/stored.ts";
import { storedWords } from "../language/stored.ts";
import { inPage } from "./in-page.ts";
import { plotList } from "./plot-list.ts";
import type { DrawnPlot, PlotList } from "./state.ts";

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

/** Returns what draws what was read, in the place of the list of plots. */
export function storedView(
  page: Page,
  stored: StoredReport,
  place: PlotList,
): () => TemplateResult {
  // Made once: a plot is drawn again only for another width or language.
  const plots = stored.kind === "audit" ? auditPlots(stored.report) : trendPlots(stored.report);
  return () => {
    const drawn = plotList(page, place, plots);
    return stored.kind === "audit"
      ? auditView(stored.report, drawn)
      : monitorView(stored.report, drawn);
  };
}

type Drawn = ReturnType<typeof plotList>;

function monitorView(report: MonitorReport, plots: Drawn): TemplateResult {
  const say = storedWords();
  const { verdict, rows, referenceRows, tests, notes } = report;
  const cells = tests.map(({ name, statistic, p, limit, alarm }) => [
    say.testOf(name),
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
      <p>${say.reason(report)}</p>
      ${tableView({ title: say.tests, columns, rows: cells })} ${plots}
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

function trendPlots({ trends, settings }: MonitorReport): DrawnPlot[] {
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
  return charts
    .filter(([, value]) => hasTrend(trends, value))
    .map(([name, value, limit]) => ({
      caption: () => ({ title: storedWords().trends[name] }),
      isWide: false,
      draw: inPage((drawing) => trendPlot(trends, { value, limit }, drawing)),
    }));
}

function auditPlots(report: AuditReport): DrawnPlot[] {
  if (!hasEffects(report)) return [];
  const caption = (): { title: string } => ({ title: storedWords().effects });
  return [{ caption, isWide: true, draw: inPage((drawing) => effectsPlot(report, drawing)) }];
}

function auditView(report: AuditReport, plots: Drawn): TemplateResult {
  const say = storedWords();
  const words = auditWords();
  return html`
    <div id="stored-result">
      <h2>${say.audited(modelTitle(report.judge.model))}</h2>
      ${auditLines(report, words).map((line) => html`<p>${line}</p>`)} ${plots}
      ${auditTables(report, words).map((table) => tableView(table))}
      ${saveButton("audit.json", report)}
    </div>
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
