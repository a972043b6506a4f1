/**
 * Evaluations and A/B comparisons of a person's own files: run, stopped, resumed, drawn and
 * inspected.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { filesButton, folderButton } from "../base/file-buttons.ts";
import type { BenchmarkName } from "../../src/evaluate/benchmarks.ts";
import { fileNames } from "../base/files.ts";
import { describe, fieldFault, submit, valueOf } from "../base/form.ts";
import { count } from "../base/format.ts";
import type { Page, View } from "../base/page.ts";
import { engineFault, plainFault } from "../engine/fault-card.ts";
import { enginePanel } from "../engine/panel.ts";
import { engine } from "../engine/state.ts";
import { askReport, runReport, setReportKind, stopReport, takeReportFiles } from "./actions.ts";
import { reportResult } from "./result.ts";
import { reporting } from "./state.ts";
import type { Question, ReportState } from "./state.ts";
import { closeWhy } from "../explain/close.ts";
import { words } from "../language/language.ts";
import "./report.css";

export const reportView: View = {
  ...reporting,
  title: () => words().frame.views.report,
  drop: () => words().report.drop,
  accepts: ["labelled", "table"],
  view,
  // The report stays: it says which model gave it. Its rows went with that model's worker.
  reset: closeWhy,
  take: (page, { files }) => takeReportFiles(page, files),
  shown: (page) => page.get(reporting).pictureUrls.values(),
};

const KINDS: readonly Question[] = ["evaluation", "ab", "stored"];

function view(page: Page): TemplateResult {
  const { running, fault, result, stored } = page.get(reporting);
  return html`
    <h1 class="view-title" id="view-title" tabindex="-1">${words().report.title}</h1>
    <div class="columns">
      <section class="question" aria-label=${words().report.about}>${reportForm(page)}</section>
      <section
        class="answer"
        aria-label=${words().report.report}
        aria-busy=${running !== undefined}
      >
        ${engineFault(page)} ${fault === undefined ? nothing : plainFault(fault, "report-fault")}
        ${enginePanel(page)} ${runningPanel(page)}
        ${
          stored !== undefined
            ? html`<div class="verdict report">${stored()}</div>`
            : result === undefined
              ? placeholder(page)
              : reportResult(page, result)
        }
      </section>
    </div>
  `;
}

function reportForm(page: Page): TemplateResult {
  const report = page.get(reporting);
  return html`
    <form @submit=${(event: Event) => submit(event, () => runReport(page))}>
      <fieldset class="choices">
        <legend>${words().report.question}</legend>
        ${KINDS.map((kind) => kindChoice(page, kind))}
      </fieldset>
      ${fileFields(page)} ${kindFields(page)}
      <div class="buttons">
        <button type="submit" class="primary" id="run-report">${startWord(report)}</button>
        ${
          report.running === undefined
            ? nothing
            : html`<button type="button" class="quiet" id="stop" @click=${() => stopReport(page)}>
                ${words().report.stop}
              </button>`
        }
      </div>
      <p class="hint">${words().report.stays}</p>
    </form>
  `;
}

function kindFields(page: Page): TemplateResult {
  const { kind } = page.get(reporting);
  if (kind === "stored") return html`<p class="hint">${words().report.storedHelp}</p>`;
  return kind === "evaluation" ? benchmarkField(page) : abHint();
}

function startWord({ result, running }: ReportState): string {
  if (running !== undefined) {
    return words().report.again;
  }
  return result?.isPartial === true ? words().report.goOn : words().report.run;
}

function kindChoice(page: Page, kind: Question): TemplateResult {
  return html`
    <label class="choice">
      <input
        type="radio"
        name="kind"
        value=${kind}
        .checked=${live(page.get(reporting).kind === kind)}
        @change=${() => setReportKind(page, kind)}
      />
      ${words().report.kinds[kind]}
    </label>
  `;
}

function fileFields(page: Page): TemplateResult {
  const { tables, pictures, fault } = page.get(reporting);
  const { invalid, by } = describe(fault, "report-files", ["report-chosen"]);
  const take = (files: File[]): void => takeReportFiles(page, files);
  const chosen = [
    ...tables.map(({ name }) => name),
    ...(pictures.length === 0 ? [] : [pictureWords(pictures)]),
  ];
  return html`
    <div class="picture-actions">
      ${filesButton({ id: "report-files", label: words().report.files, accept: ".parquet,.jsonl,.ndjson,.json,image/*", invalid, by, take })}
      ${folderButton({ id: "report-folder", label: words().report.folder, take })}
      ${fieldFault(fault, "report-files")}
      <p class="hint" id="report-chosen">
        ${chosen.length === 0 ? nothing : html`<b>${chosen.join(", ")}</b>. `}${words().report.filesHelp}
      </p>
    </div>
  `;
}

function pictureWords(pictures: readonly File[]): string {
  return pictures.length === 1
    ? fileNames(pictures)
    : words().report.pictures(count(pictures.length));
}

function benchmarkField(page: Page): TemplateResult {
  const { benchmark } = page.get(reporting);
  return html`
    <div class="field">
      <label for="benchmark">${words().report.kindOfFile}</label>
      <select
        id="benchmark"
        @change=${(event: Event) =>
          askReport(page, { benchmark: valueOf(event) as BenchmarkName | "auto" })}
      >
        ${Object.entries(words().report.benchmarks).map(
          ([name, label]) =>
            html`<option value=${name} ?selected=${name === benchmark}>${label}</option>`,
        )}
      </select>
    </div>
  `;
}

function abHint(): TemplateResult {
  return html`
    <p class="hint">
      ${words().report.abHelp} <code>{"id", "prompt", "response", "image"?, "category"?}</code>.
      ${words().report.abMatch}
    </p>
  `;
}

function runningPanel(page: Page): TemplateResult | typeof nothing {
  const { running } = page.get(reporting);
  if (running === undefined || page.get(engine).state.kind !== "ready") {
    return nothing;
  }
  const { done, total } = running;
  const say = words().report;
  const isScored = total > 0 && done === total;
  const title = total === 0 ? say.reading : isScored ? say.intervals : say.scoring;
  return html`
    <div class="panel" id="running">
      <p class="panel-title">${title}</p>
      ${
        total === 0 || isScored
          ? html`<progress aria-label=${say.report}></progress>`
          : html`<progress aria-label=${say.report} max=${total} .value=${done}></progress>`
      }
      <p class="hint numbers">${total === 0 ? "" : say.rows(count(done), count(total))}</p>
    </div>
  `;
}

function placeholder(page: Page): TemplateResult | typeof nothing {
  const { running, fault } = page.get(reporting);
  const isLoading = page.get(engine).state.kind === "loading";
  if (running !== undefined || fault !== undefined || isLoading) {
    return nothing;
  }
  return html`
    <div class="placeholder">
      <p>${words().report.empty}</p>
      <p>${words().report.emptyHow}</p>
    </div>
  `;
}
