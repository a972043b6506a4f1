/**
 * Evaluations and A/B comparisons of a person's own files: run, stopped, resumed, drawn and
 * inspected.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { BenchmarkName } from "../../src/evaluate/benchmarks.ts";
import { fileNames } from "../base/files.ts";
import { describe, fieldFault, submit, valueOf } from "../base/form.ts";
import type { Page, View } from "../base/page.ts";
import { engineFault, plainFault } from "../engine/fault-card.ts";
import { enginePanel } from "../engine/panel.ts";
import { engine } from "../engine/state.ts";
import { askReport, runReport, setReportKind, stopReport, takeReportFiles } from "./actions.ts";
import type { ReportKind } from "./protocol.ts";
import { reportResult } from "./result.ts";
import { reporting } from "./state.ts";
import type { ReportState } from "./state.ts";
import { words } from "../language/language.ts";
import "./report.css";

export const reportView: View = {
  ...reporting,
  title: () => words().frame.views.report,
  drop: () => "Drop the file anywhere",
  accepts: ["table"],
  view,
  reset: (page) => page.change(reporting, { result: undefined, plots: [], pictureUrls: new Map() }),
  take: (page, { files }) => takeReportFiles(page, files),
  shown: (page) => page.get(reporting).pictureUrls.values(),
};

const KINDS: Readonly<Record<ReportKind, string>> = {
  evaluation: "How often is the model right? A file of labelled pairs",
  ab: "Which of two systems is better? A file of responses of each",
};

const BENCHMARKS: Readonly<Record<BenchmarkName | "auto", string>> = {
  auto: "Told by its fields",
  pairs: "Pairs: prompt, chosen, rejected, image",
  "vl-rewardbench": "VL-RewardBench",
  "multimodal-rewardbench": "Multimodal RewardBench",
  "mm-rlhf": "MM-RLHF-RewardBench",
  rewardbench: "RewardBench",
  "rewardbench-2": "RewardBench 2",
};

function view(page: Page): TemplateResult {
  const { running, fault, result } = page.get(reporting);
  return html`
    <h1 class="view-title" id="view-title" tabindex="-1">Report on a file</h1>
    <div class="columns">
      <section class="question" aria-label="What is reported on">${reportForm(page)}</section>
      <section class="answer" aria-label="Report" aria-busy=${running !== undefined}>
        ${engineFault(page)} ${fault === undefined ? nothing : plainFault(fault, "report-fault")}
        ${enginePanel(page)} ${runningPanel(page)}
        ${result === undefined ? placeholder(page) : reportResult(page, result)}
      </section>
    </div>
  `;
}

function reportForm(page: Page): TemplateResult {
  const report = page.get(reporting);
  return html`
    <form @submit=${(event: Event) => submit(event, () => runReport(page))}>
      <fieldset class="choices">
        <legend>Question</legend>
        ${(Object.keys(KINDS) as ReportKind[]).map((kind) => kindChoice(page, kind))}
      </fieldset>
      ${fileFields(page)} ${report.kind === "evaluation" ? benchmarkField(page) : abHint()}
      <div class="buttons">
        <button type="submit" class="primary" id="run-report">${startWord(report)}</button>
        ${
          report.running === undefined
            ? nothing
            : html`<button type="button" class="quiet" id="stop" @click=${() => stopReport(page)}>
                Stop
              </button>`
        }
      </div>
      <p class="hint">
        Everything happens in this browser. A run that is stopped goes on where it was, as long as
        this tab and its model stay.
      </p>
    </form>
  `;
}

function startWord({ result, running }: ReportState): string {
  if (running !== undefined) {
    return "Start again";
  }
  return result?.isPartial === true ? "Continue" : "Run";
}

function kindChoice(page: Page, kind: ReportKind): TemplateResult {
  return html`
    <label class="choice">
      <input
        type="radio"
        name="kind"
        value=${kind}
        .checked=${live(page.get(reporting).kind === kind)}
        @change=${() => setReportKind(page, kind)}
      />
      ${KINDS[kind]}
    </label>
  `;
}

function fileFields(page: Page): TemplateResult {
  const { tables, pictures, fault } = page.get(reporting);
  const { invalid, by } = describe(fault, "report-files", ["report-chosen"]);
  const take = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const files = [...(input.files ?? [])];
    if (files.length > 0) {
      takeReportFiles(page, files);
    }
    input.value = "";
  };
  const chosen = [
    ...tables.map(({ name }) => name),
    ...(pictures.length === 0 ? [] : [pictureWords(pictures)]),
  ];
  return html`
    <div class="picture-actions">
      <label class="button" for="report-files">Choose files</label>
      <input
        id="report-files"
        class="visually-hidden"
        type="file"
        multiple
        accept=".parquet,.jsonl,.ndjson,.json,image/*"
        aria-invalid=${invalid}
        aria-describedby=${by}
        @change=${take}
      />
      <label class="button" for="report-folder">Choose a folder</label>
      <input
        id="report-folder"
        class="visually-hidden"
        type="file"
        webkitdirectory
        @change=${take}
      />
      ${fieldFault(fault, "report-files")}
      <p class="hint" id="report-chosen">
        ${chosen.length === 0 ? nothing : html`<b>${chosen.join(", ")}</b>. `}Parquet, JSONL or
        JSON; pictures inside it, or chosen with it. Or drop them anywhere on the page.
      </p>
    </div>
  `;
}

function pictureWords(pictures: readonly File[]): string {
  return pictures.length === 1 ? fileNames(pictures) : `${pictures.length} pictures`;
}

function benchmarkField(page: Page): TemplateResult {
  const { benchmark } = page.get(reporting);
  return html`
    <div class="field">
      <label for="benchmark">Kind of file</label>
      <select
        id="benchmark"
        @change=${(event: Event) =>
          askReport(page, { benchmark: valueOf(event) as BenchmarkName | "auto" })}
      >
        ${Object.entries(BENCHMARKS).map(
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
      Each row: <code>{"id", "prompt", "response", "image"?, "category"?}</code>. Rows of the two
      files belong together by id, or line by line.
    </p>
  `;
}

function runningPanel(page: Page): TemplateResult | typeof nothing {
  const { running } = page.get(reporting);
  if (running === undefined || page.get(engine).state.kind !== "ready") {
    return nothing;
  }
  const { done, total } = running;
  const isScored = total > 0 && done === total;
  const title = total === 0 ? "Reading the files…" : isScored ? "Computing intervals…" : "Scoring…";
  return html`
    <div class="panel" id="running">
      <p class="panel-title">${title}</p>
      ${
        total === 0 || isScored
          ? html`<progress aria-label="Report"></progress>`
          : html`<progress aria-label="Report" max=${total} .value=${done}></progress>`
      }
      <p class="hint numbers">${total === 0 ? "" : `${done} of ${total} rows`}</p>
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
      <p>The report will stand here: numbers with their intervals, plots, and every pair.</p>
      <p>Published benchmarks are read as they are; your own pairs need chosen and rejected.</p>
    </div>
  `;
}
