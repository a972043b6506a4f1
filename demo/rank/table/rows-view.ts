// Tested by: test/demo/rank/table.browser.test.ts
/** The table of prompts, a page of it at a time. A row opens to what its responses scored. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { languageOf } from "../../../src/base/text-language.ts";
import { letter } from "../../base/axis.ts";
import { count, percent, signed } from "../../base/format.ts";
import type { Page } from "../../base/page.ts";
import { closeWhy } from "../../explain/close.ts";
import { verdictView } from "../../verdict/verdict.ts";
import { rankedOf, rowsIn } from "./list.ts";
import type { Ranked } from "./list.ts";
import { ranking, ROWS_SHOWN } from "./state.ts";
import type { PromptRow, PromptTable, TableState } from "./state.ts";
import { subjectOf, verdictOf } from "./subject.ts";
import { textOf } from "./read.ts";
import { say } from "./words.ts";

/** Returns the rows of the page of the table that is shown. */
export function shownRows(page: Page): readonly PromptRow[] {
  const state = page.get(ranking);
  const { table } = state;
  if (table === undefined) return [];
  const rows = rowsIn(table.rows, state);
  const first = pageOf(state, rows.length) * ROWS_SHOWN;
  return rows.slice(first, first + ROWS_SHOWN);
}

/** Returns the page that is shown: a filter may have left fewer. */
function pageOf({ shownPage }: TableState, rows: number): number {
  return Math.max(0, Math.min(shownPage, Math.ceil(rows / ROWS_SHOWN) - 1));
}

export function rowsView(page: Page, table: PromptTable): TemplateResult {
  const state = page.get(ranking);
  const rows = rowsIn(table.rows, state);
  const shown = shownRows(page);
  const hasPictures = table.rows.some(({ pictures }) => pictures.length > 0);
  return html`
    <section class="card prompt-rows" aria-labelledby="rows-title">
      <h2 class="visually-hidden" id="rows-title">${say().caption}</h2>
      ${filters(page, table)}
      ${
        shown.length === 0
          ? html`<p class="hint">${say().noneHere}</p>`
          : html`
              <table class="prompt-table" ?data-pictures=${hasPictures}>
                <caption class="visually-hidden">
                  ${say().caption}
                </caption>
                <thead>
                  <tr>
                    <th scope="col">${say().id}</th>
                    ${hasPictures ? html`<th scope="col">${say().picture}</th>` : nothing}
                    <th scope="col">${say().prompt}</th>
                    <th scope="col">${say().best}</th>
                    <th scope="col" class="figure">${say().margin}</th>
                    <th scope="col" class="figure">${say().responses}</th>
                  </tr>
                </thead>
                <tbody>
                  ${repeat(
                    shown,
                    ({ number }) => number,
                    (row) => promptRow(page, table, row, hasPictures),
                  )}
                </tbody>
              </table>
            `
      }
      ${pager(page, state, rows.length)}
    </section>
  `;
}

function filters(page: Page, { groups }: PromptTable): TemplateResult {
  const { filter, order, group } = page.get(ranking);
  const pick = (change: Partial<TableState>): void =>
    page.change(ranking, { ...change, shownPage: 0, open: undefined });
  return html`
    <div class="table-filters">
      ${choice("rank-filter", say().filter, filter, Object.entries(say().filters), (value) =>
        pick({ filter: value as TableState["filter"] }),
      )}
      ${choice("rank-order", say().order, order, Object.entries(say().orders), (value) =>
        pick({ order: value as TableState["order"] }),
      )}
      ${
        groups.length === 0
          ? nothing
          : choice(
              "rank-group",
              say().group,
              group ?? "",
              [["", say().allGroups], ...groups.map((name): [string, string] => [name, name])],
              (value) => pick({ group: value === "" ? undefined : value }),
            )
      }
    </div>
  `;
}

/** Returns a field with a choice of a few. */
export function choice(
  id: string,
  title: string,
  value: string,
  options: readonly (readonly [value: string, title: string])[],
  take: (value: string) => void,
): TemplateResult {
  return html`
    <div class="field">
      <label for=${id}>${title}</label>
      <select
        id=${id}
        @change=${(event: Event) => take((event.currentTarget as HTMLSelectElement).value)}
      >
        ${options.map(
          ([name, text]) =>
            html`<option value=${name} ?selected=${name === value}>${text}</option>`,
        )}
      </select>
    </div>
  `;
}

function promptRow(
  page: Page,
  table: PromptTable,
  row: PromptRow,
  hasPictures: boolean,
): TemplateResult {
  const { results, judge, open, urls } = page.get(ranking);
  const { number, prompt, texts, id } = row;
  const result = results.get(number);
  const ranked = rankedOf(result, judge);
  const isOpen = open === number;
  const isFailed = result !== undefined && "fault" in result;
  const shown = prompt.trim() === "" ? say().emptyPrompt : prompt;
  const toggle = (): void => {
    closeWhy(page);
    page.change(ranking, { open: isOpen ? undefined : number });
  };
  const columns = hasPictures ? 6 : 5;
  return html`
    <tr class="prompt-row" data-row=${number} ?data-open=${isOpen}>
      <td class="row-id" translate="no">${id}</td>
      ${hasPictures ? html`<td class="row-picture">${thumb(urls.get(number)?.[0], String(id), row)}</td>` : nothing}
      <th scope="row" class="row-prompt">
        <button
          type="button"
          class="row-button"
          aria-expanded=${isOpen}
          aria-label=${say().openRow(shown)}
          @click=${toggle}
        >
          <span class="clamped" dir="auto" lang=${languageOf(prompt) ?? nothing}>${shown}</span>
        </button>
      </th>
      <td class="row-best">${bestOf(row, ranked, isFailed)}</td>
      <td class="figure numbers row-margin">${isFailed ? nothing : marginOf(ranked)}</td>
      <td class="figure numbers row-count">${count(texts.length)}</td>
    </tr>
    ${
      isOpen
        ? html`<tr class="opened">
            <td colspan=${columns}>${opened(page, table, row)}</td>
          </tr>`
        : nothing
    }
  `;
}

function thumb(
  url: string | undefined,
  id: string,
  { pictures }: PromptRow,
): TemplateResult | typeof nothing {
  if (pictures.length === 0) return nothing;
  return url === undefined
    ? html`<span class="thumb"></span>`
    : html`<img
        class="thumb"
        src=${url}
        alt=${say().pictureOf(id)}
        loading="lazy"
        decoding="async"
      />`;
}

function bestOf(
  { texts }: PromptRow,
  ranked: Ranked | undefined,
  isFailed: boolean,
): TemplateResult | string {
  if (isFailed) return html`<span class="failed">${say().failed}</span>`;
  if (ranked === undefined) return say().notYet;
  if (ranked.isOutside) return html`<span class="hint">${say().noOpinion}</span>`;
  const text = texts[ranked.best.index] ?? "";
  return html`<div class="best-of">
    <span class="letter" aria-hidden="true">${letter(ranked.best.index)}</span>
    <span class="clamped" dir="auto" lang=${languageOf(text) ?? nothing}>${text}</span>
  </div>`;
}

function marginOf(ranked: Ranked | undefined): TemplateResult | string {
  if (ranked?.margin === undefined || ranked.chance === undefined) return say().notYet;
  if (ranked.isTied) return say().tied;
  return html`${signed(ranked.margin)} <span class="hint">${percent(ranked.chance)}</span>`;
}

/** White space in the paragraph would be shown: texts keep their lines. */
function turnText(text: string): TemplateResult {
  const lang = languageOf(text) ?? nothing;
  return html`<p class="response-text" dir="auto" lang=${lang}>${text}</p>`;
}

/** What Score shows of a question: the pictures, the turns, the verdict. */
function opened(page: Page, table: PromptTable, row: PromptRow): TemplateResult {
  const { results, judge, urls } = page.get(ranking);
  const result = results.get(row.number);
  const shown = urls.get(row.number) ?? [];
  return html`
    <div class="opened-row" id="opened-row">
      ${
        shown.length === 0
          ? nothing
          : html`<div class="opened-pictures">
              ${shown.map((url, i) =>
                url === undefined
                  ? nothing
                  : html`<img src=${url} alt=${say().pictureOf(`${row.id} (${i + 1})`)} />`,
              )}
            </div>`
      }
      <div class="opened-turns">
        ${row.messages.map(
          ({ role, content }) => html`
            ${row.messages.length === 1 ? nothing : html`<p class="hint" translate="no">${role}</p>`}
            ${turnText(textOf(content))}
          `,
        )}
      </div>
      ${
        result === undefined
          ? html`<ol class="opened-list">
              ${row.texts.map(
                (text, i) =>
                  html`<li>
                    <span class="letter" aria-hidden="true">${letter(i)}</span>
                    <span class="response-text" dir="auto" lang=${languageOf(text) ?? nothing}
                      >${text}</span
                    >
                  </li>`,
              )}
            </ol>`
          : "fault" in result
            ? html`<p class="field-fault" lang="en">${result.fault}</p>`
            : verdictView(
                verdictOf(row, result, judge),
                page,
                (index) => subjectOf(page, table, row, verdictOf(row, result, judge), index),
                nothing,
              )
      }
    </div>
  `;
}

function pager(page: Page, state: TableState, rows: number): TemplateResult | typeof nothing {
  const pages = Math.ceil(rows / ROWS_SHOWN);
  if (pages <= 1) return nothing;
  const now = pageOf(state, rows);
  const turn = (to: number): void => {
    page.change(ranking, { shownPage: to, open: undefined });
    document.querySelector("#rows-title")?.scrollIntoView({ block: "nearest" });
  };
  return html`
    <div class="pager" role="group" aria-label=${say().caption}>
      <button type="button" id="page-before" ?disabled=${now === 0} @click=${() => turn(now - 1)}>
        ${say().before}
      </button>
      <span class="numbers" id="page-number">${say().page(count(now + 1), count(pages))}</span>
      <button
        type="button"
        id="page-next"
        ?disabled=${now === pages - 1}
        @click=${() => turn(now + 1)}
      >
        ${say().next}
      </button>
    </div>
  `;
}
