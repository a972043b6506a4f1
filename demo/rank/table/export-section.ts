// Tested by: test/demo/rank/table.browser.test.ts
/** How a ranked table is taken away: files, pairs for training, and the closest calls to Label. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { pairFormats } from "../../../src/pairs/formats.ts";
import type { PairFormat } from "../../../src/pairs/formats.ts";
import { saveFile } from "../../base/download.ts";
import { describe, fieldFault, focusOn, valueOf } from "../../base/form.ts";
import { count } from "../../base/format.ts";
import { announce } from "../../base/page.ts";
import type { Page } from "../../base/page.ts";
import type { Judge } from "../../engine/state.ts";
import { labelClosest } from "./actions.ts";
import { choice } from "./rows-view.ts";
import { ranking } from "./state.ts";
import type { PromptTable } from "./state.ts";
import { say } from "./words.ts";

type Exports = typeof import("./export.ts");

export function exportSection(page: Page, table: PromptTable, judge: Judge): TemplateResult {
  const { format, select, margin, told, fault, results } = page.get(ranking);
  const { invalid, by } = describe(fault, "rank-margin");
  const ranked = { table, results, judge };
  const name = `${table.title.replace(/\.[^.]+$/, "")}-ranked`;
  const save = async (
    ending: string,
    type: string,
    write: (all: Exports) => string | Promise<string>,
  ): Promise<void> => {
    saveFile(`${name}.${ending}`, type, await write(await import("./export.ts")));
  };
  return html`
    <section class="card table-export" aria-labelledby="export-title">
      <h2 id="export-title">${say().export}</h2>
      <div class="buttons">
        <button
          type="button"
          id="table-csv"
          @click=${() => void save("csv", "text/csv", ({ tableCsv }) => tableCsv(ranked))}
        >
          ${say().csv}
        </button>
        <button
          type="button"
          id="table-jsonl"
          @click=${() => void save("jsonl", "application/jsonl", ({ tableJsonl }) => tableJsonl(ranked))}
        >
          ${say().jsonl}
        </button>
        <button type="button" id="label-closest" @click=${() => void labelClosest(page)}>
          ${say().label}
        </button>
      </div>
      <h3>${say().pairsTitle}</h3>
      <div class="table-filters">
        ${choice(
          "pair-format",
          say().format,
          format,
          pairFormats.map((one) => [one, one]),
          (value) => page.change(ranking, { format: value as PairFormat }),
        )}
        ${choice("pair-select", say().select, select, Object.entries(say().selects), (value) =>
          page.change(ranking, { select: value as "best-worst" | "all" }),
        )}
        <div class="field">
          <label for="rank-margin">${say().leastMargin}</label>
          <input
            id="rank-margin"
            inputmode="decimal"
            autocomplete="off"
            aria-invalid=${invalid}
            aria-describedby=${by}
            .value=${live(margin)}
            @input=${(event: Event) => page.change(ranking, { margin: valueOf(event), fault: undefined })}
          />
          ${fieldFault(fault, "rank-margin")}
        </div>
      </div>
      <div class="buttons">
        <button type="button" id="table-pairs" @click=${() => void savePairs(page, table, judge)}>
          ${say().savePairs}
        </button>
      </div>
      ${
        told === undefined
          ? nothing
          : html`<div class="hint" id="table-told">
              <p>${told.text}</p>
              ${told.dropped.map(
                ([reason, number]) =>
                  html`<p lang="en">${say().dropped(count(number), reason)}</p>`,
              )}
            </div>`
      }
    </section>
  `;
}

async function savePairs(page: Page, table: PromptTable, judge: Judge): Promise<void> {
  const { format, select, margin: written, results } = page.get(ranking);
  const margin = Number(written.trim().replace(",", "."));
  if (!(margin >= 0 && Number.isFinite(margin)) || written.trim() === "") {
    const field = "rank-margin";
    page.change(ranking, { fault: { code: "input", message: say().wrongMargin, field } });
    focusOn(field);
    return;
  }
  const { tablePairs } = await import("./export.ts");
  const made = await tablePairs({ table, results, judge }, { format, select, margin });
  const [withPairs, all] = made.prompts;
  const text = say().pairsMade(count(made.count), count(withPairs), count(all));
  page.change(ranking, { told: { text, dropped: made.dropped } });
  announce(page, text);
  saveFile("pairs.jsonl", "application/jsonl", made.pairs);
  if (made.index !== undefined) {
    const content = `${JSON.stringify(made.index.content, null, 2)}\n`;
    saveFile(made.index.file, "application/json", content);
  }
}
