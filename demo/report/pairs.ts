/**
 * The pairs of a report, those that went wrong most first; each opens to its prompt, picture and
 * responses.
 */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { isTie } from "../../src/preference/ranking.ts";
import { repeat } from "lit/directives/repeat.js";
import { count, signed } from "../base/format.ts";
import { languageOf } from "../../src/base/text-language.ts";
import { solutionTable } from "../verdict/solution-table.ts";
import { whyButton, whyPanel } from "../explain/open.ts";
import { words } from "../language/language.ts";
import type { Page } from "../base/page.ts";
import { showPicture } from "./actions.ts";
import type { ReportPair, ReportResult } from "./protocol.ts";
import { PAIRS_SHOWN, reporting } from "./state.ts";
import { subjectOf } from "./subject.ts";
import type { PairFilter } from "./state.ts";

export function pairList(page: Page, result: ReportResult): TemplateResult {
  const { filter, shown } = page.get(reporting);
  const isAb = result.report.kind === "ab";
  const pairs = inOrder(result, filter);
  const say = words().report;
  const { wrong, all, wrongAb, allAb } = say.filters;
  const labels: Readonly<Record<PairFilter, string>> = isAb
    ? { wrong: wrongAb, all: allAb }
    : { wrong, all };
  return html`
    <section class="pair-list" aria-labelledby="pairs-title">
      <h3 id="pairs-title">${isAb ? say.promptsTitle : say.pairs}</h3>
      <div class="field">
        <label for="pair-filter">${say.show}</label>
        <select
          id="pair-filter"
          @change=${(event: Event) => {
            const { value } = event.currentTarget as HTMLSelectElement;
            page.change(reporting, { filter: value as PairFilter, shown: PAIRS_SHOWN });
          }}
        >
          ${(["wrong", "all"] as const).map(
            (name) =>
              html`<option value=${name} ?selected=${name === filter}>
                ${labels[name]} (${inOrder(result, name).length})
              </option>`,
          )}
        </select>
      </div>
      ${repeat(
        pairs.slice(0, shown),
        (pair) => pair,
        (pair) => pairView(page, pair, result),
      )}
      ${
        pairs.length > shown
          ? html`<button
              type="button"
              id="more-pairs"
              @click=${() => page.change(reporting, { shown: shown + PAIRS_SHOWN })}
            >
              ${say.more(count(Math.min(PAIRS_SHOWN, pairs.length - shown)))}
            </button>`
          : nothing
      }
    </section>
  `;
}

function inOrder({ pairs, report }: ReportResult, filter: PairFilter): readonly ReportPair[] {
  const chosen = filter === "all" ? pairs : pairs.filter(isWrongOrTied);
  return report.kind === "ab" && filter === "all"
    ? chosen.toSorted((a, b) => Math.abs(b.margin) - Math.abs(a.margin))
    : chosen.toSorted((a, b) => a.margin - b.margin);
}

function isWrongOrTied({ margin, scores: [preferred, other] }: ReportPair): boolean {
  return margin <= 0 || isTie(preferred, other);
}

function pairView(page: Page, pair: ReportPair, { report }: ReportResult): TemplateResult {
  const { id, group, prompt, responses, scores, margin, solutions } = pair;
  const [first] = report.kind === "ab" ? report.comparisons : [];
  const names = [first?.a ?? words().report.preferred, first?.b ?? words().report.other] as const;
  const subject = subjectOf(page, pair, names);
  return html`
    <details
      class="pair"
      @toggle=${(event: Event) =>
        (event.currentTarget as HTMLDetailsElement).open && void showPicture(page, pair)}
    >
      <summary>
        <span class="numbers pair-margin" ?data-wrong=${isWrongOrTied(pair)}
          >${signed(margin)}</span
        >
        <span dir="auto" lang=${languageOf(prompt) ?? nothing}>${prompt === "" ? id : prompt}</span>
        <span class="hint">${id}${group === "all" ? "" : ` · ${group}`}</span>
      </summary>
      <div class="pair-body">
        ${pictureOf(page, pair)}
        ${responses.map(
          (text, at) =>
            html`<div class="pair-response">
              <p>
                <b>${names[at]}</b> <span class="numbers">${signed(scores[at] ?? Number.NaN)}</span>
              </p>
              <p class="response-text" dir="auto" lang=${languageOf(text) ?? nothing}>${text}</p>
              ${solutions?.[at] === undefined ? nothing : solutionTable(solutions[at])}
            </div>`,
        )}
        <div class="pair-why">${whyButton(page, subject)}</div>
        ${whyPanel(page, subject)}
      </div>
    </details>
  `;
}

function pictureOf(page: Page, { pictureOf: row }: ReportPair): TemplateResult | typeof nothing {
  const url = row === undefined ? undefined : page.get(reporting).pictureUrls.get(row);
  return url === undefined
    ? nothing
    : html`<img class="pair-picture" src=${url} alt=${words().report.pairPicture} />`;
}
