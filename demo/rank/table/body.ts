/** Rank's table: a file of prompts is read, checked, ranked, looked at and taken away. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { count, timeLeft } from "../../base/format.ts";
import type { Page } from "../../base/page.ts";
import { engineFault, plainFault } from "../../engine/fault-card.ts";
import { enginePanel } from "../../engine/panel.ts";
import { engine, judgeOf, judgeTitle, modelTitle } from "../../engine/state.ts";
import { words } from "../../language/language.ts";
import {
  isOtherJudge,
  leaveTable,
  openTable,
  rankTable,
  rowsLeft,
  stopTable,
  tryFailed,
} from "./actions.ts";
import { exportSection } from "./export-section.ts";
import { summaryOf } from "./list.ts";
import { fetchPictures, showPictures, stopFetching } from "./pictures.ts";
import { rowsView, shownRows } from "./rows-view.ts";
import { startView } from "./start-view.ts";
import { ranking } from "./state.ts";
import type { PromptTable, WrongRow } from "./state.ts";
import { say } from "./words.ts";
import "./table.css";

export { openTable };

export function tableBody(page: Page): TemplateResult {
  const { table, fault, reading } = page.get(ranking);
  // Pictures are read for the rows that are shown.
  queueMicrotask(() => void showPictures(page, shownRows(page)));
  return html`
    ${engineFault(page)}
    ${fault === undefined || fault.field !== undefined ? nothing : plainFault(fault, "rank-fault")}
    ${reading === undefined ? nothing : readingPanel(reading)}
    ${table === undefined ? startView(page) : tableView(page, table)}
  `;
}

function readingPanel({
  done,
  total,
}: {
  readonly done: number;
  readonly total: number;
}): TemplateResult {
  const text = total === 0 ? say().readingFirst : say().reading(count(done), count(total));
  return html`
    <div class="panel" id="rank-reading">
      <p class="panel-title">${text}</p>
      ${
        total === 0
          ? html`<progress aria-label=${text}></progress>`
          : html`<progress
              aria-label=${say().reading("", "")}
              max=${total}
              .value=${done}
            ></progress>`
      }
    </div>
  `;
}

function tableView(page: Page, table: PromptTable): TemplateResult {
  const state = page.get(ranking);
  const { fault, judge } = state;
  const summary = summaryOf(table.rows, state);
  return html`
    <section class="card table-head" aria-labelledby="table-title">
      <div class="table-name">
        <h2 id="table-title" tabindex="-1" translate="no">${table.title}</h2>
        <p class="hint numbers" id="table-facts">
          ${say().facts(count(table.rows.length), count(summary.responses))}
          ${
            judge === undefined
              ? nothing
              : html` · ${say().judgedBy(judgeTitle(judge.name, judge.ownHead))} ·
                ${words().frame.card.forms[judge.form]}`
          }
        </p>
      </div>
      ${wrongRows(table.wrong)} ${noteList(table.notes)} ${farPictures(page, table)}
      ${runButtons(page, table)} ${enginePanel(page)} ${progressPanel(page)}
      ${summary.scored + summary.failed === 0 ? nothing : summaryView(page, table)}
      ${fault?.field === "rank-files" ? html`<p class="field-fault" role="alert">${fault.message}</p>` : nothing}
    </section>
    ${rowsView(page, table)}
    ${judge === undefined || summary.scored === 0 ? nothing : exportSection(page, table, judge)}
  `;
}

const WRONG_SHOWN = 100;

function wrongRows(wrong: readonly WrongRow[]): TemplateResult | typeof nothing {
  if (wrong.length === 0) return nothing;
  const more = wrong.length - WRONG_SHOWN;
  return html`
    <details class="note" id="wrong-rows">
      <summary>${say().wrong(wrong.length)}</summary>
      <ul>
        ${wrong
          .slice(0, WRONG_SHOWN)
          .map(({ where, reason }) => html`<li lang="en"><b>${where}</b> ${reason}</li>`)}
      </ul>
      ${more > 0 ? html`<p>${say().more(count(more))}</p>` : nothing}
    </details>
  `;
}

function noteList(notes: readonly string[]): TemplateResult | typeof nothing {
  if (notes.length === 0) return nothing;
  return html`
    <details class="note" id="table-notes">
      <summary>${say().notes(notes.length)}</summary>
      <ul>
        ${notes.map((note) => html`<li lang="en">${note}</li>`)}
      </ul>
    </details>
  `;
}

/** Asks before a picture is fetched from the web. */
function farPictures(page: Page, { far }: PromptTable): TemplateResult | typeof nothing {
  const { fetching } = page.get(ranking);
  if (far.length === 0) return nothing;
  const servers = [...new Set(far.map((url) => URL.parse(url)?.host ?? url))];
  const named = servers.length > 3 ? [...servers.slice(0, 3), "…"].join(", ") : servers.join(", ");
  const total = count(far.length);
  return html`
    <div class="note" id="far-pictures">
      <p><b>${say().far(total, named)}</b> ${say().farWhy}</p>
      ${
        fetching === undefined
          ? html`<button type="button" id="fetch-pictures" @click=${() => void fetchPictures(page)}>
              ${say().fetch(total)}
            </button>`
          : html`
              <progress
                aria-label=${say().fetch(total)}
                max=${fetching.total}
                .value=${fetching.done}
              ></progress>
              <button type="button" class="quiet" @click=${() => stopFetching(page)}>
                ${say().fetchLess}
              </button>
            `
      }
    </div>
  `;
}

function runButtons(page: Page, table: PromptTable): TemplateResult {
  const { running, results, judge, fetching } = page.get(ranking);
  const { state } = page.get(engine);
  const left = rowsLeft(page).length;
  const isOther = state.kind === "ready" && isOtherJudge(judge, judgeOf(state.model));
  const all = count(table.rows.length);
  const title =
    isOther && state.kind === "ready"
      ? say().again(modelTitle(state.model.name))
      : results.size === 0
        ? say().runCount(left === table.rows.length ? all : count(left))
        : say().resume(count(left));
  const isIdle = running === undefined && fetching === undefined;
  return html`
    <div class="buttons table-buttons">
      ${
        isIdle && (left > 0 || isOther)
          ? html`<button
              type="button"
              class="primary"
              id="run-table"
              @click=${() => void rankTable(page)}
            >
              ${title}
            </button>`
          : nothing
      }
      ${
        running === undefined
          ? nothing
          : html`<button
              type="button"
              class="primary"
              id="stop-table"
              @click=${() => stopTable(page)}
            >
              ${say().stop}
            </button>`
      }
      <label class="button" for="more-pictures">${say().addPictures}</label>
      <input
        id="more-pictures"
        class="visually-hidden"
        type="file"
        accept="image/*"
        multiple
        aria-label=${say().addPictures}
        @change=${(event: Event) => takeChosen(page, event)}
      />
      <button type="button" class="quiet" id="leave-table" @click=${() => leaveTable(page)}>
        ${say().other}
      </button>
    </div>
  `;
}

function takeChosen(page: Page, event: Event): void {
  const input = event.currentTarget as HTMLInputElement;
  const files = [...(input.files ?? [])];
  input.value = "";
  if (files.length > 0) void openTable(page, files);
}

function progressPanel(page: Page): TemplateResult | typeof nothing {
  const { running } = page.get(ranking);
  if (running === undefined || page.get(engine).state.kind !== "ready") return nothing;
  const { done, total, rowsPerSecond } = running;
  const parts = [
    words().units.of(count(done), count(total)),
    ...(rowsPerSecond === undefined
      ? []
      : [
          say().rate(rowsPerSecond < 10 ? rowsPerSecond.toFixed(1) : count(rowsPerSecond)),
          timeLeft((total - done) / rowsPerSecond),
        ]),
  ];
  return html`
    <div class="table-progress" id="table-progress" data-done=${done}>
      <progress aria-label=${say().working} max=${total} .value=${done}></progress>
      <p class="hint numbers">${parts.join(" · ")}</p>
    </div>
  `;
}

function summaryView(page: Page, table: PromptTable): TemplateResult {
  const state = page.get(ranking);
  const { scored, failed, ties, close, outside } = summaryOf(table.rows, state);
  const more = [
    ...(ties === 0 ? [] : [say().ties(ties)]),
    ...(close === 0 ? [] : [say().close(close)]),
    ...(outside === 0 ? [] : [say().outside(outside)]),
    ...(failed === 0 ? [] : [say().failedCount(failed)]),
  ];
  return html`
    <div class="table-summary" id="table-summary">
      <p><b>${say().summary(count(scored), count(table.rows.length))}</b> ${more.join(" · ")}</p>
      ${
        failed > 0 && state.running === undefined
          ? html`<button type="button" id="try-failed" @click=${() => void tryFailed(page)}>
              ${say().tryFailed}
            </button>`
          : nothing
      }
    </div>
  `;
}
