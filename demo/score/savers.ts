/** The result to take away: copied as Markdown, or saved as JSON, CSV or preference pairs. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import { saveFile } from "../base/download.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { words } from "../language/language.ts";
import { outsideOf } from "../verdict/state.ts";
import type { Verdict } from "../verdict/state.ts";
import { scores } from "./state.ts";

export function savers(page: Page, verdict: Verdict): TemplateResult {
  const say = words().score;
  const canPair = verdict.scores.length > 1 && outsideOf(verdict) === undefined;
  return html`
    <div class="savers buttons" role="group" aria-label=${say.save}>
      <button type="button" id="copy-result" @click=${() => void copy(page, verdict)}>
        ${page.get(scores).isCopied ? say.copied : say.copy}
      </button>
      <button
        type="button"
        id="save-json"
        @click=${() => void save("scores.json", "application/json", ({ verdictJson }) => verdictJson(verdict))}
      >
        ${say.saveJson}
      </button>
      <button
        type="button"
        id="save-csv"
        @click=${() => void save("scores.csv", "text/csv", ({ verdictCsv }) => verdictCsv(verdict))}
      >
        ${say.saveCsv}
      </button>
      ${
        canPair
          ? html`<button
              type="button"
              id="save-pairs"
              @click=${() => void save("pairs.jsonl", "application/jsonl", ({ verdictPairs }) => verdictPairs(verdict))}
            >
              ${say.savePairs}
            </button>`
          : nothing
      }
    </div>
  `;
}

type Exports = typeof import("./export.ts");

/** Saves a file; its writer is loaded for the first one. */
async function save(name: string, type: string, write: (all: Exports) => string): Promise<void> {
  saveFile(name, type, write(await import("./export.ts")));
}

async function copy(page: Page, verdict: Verdict): Promise<void> {
  const { verdictMarkdown } = await import("./export.ts");
  await navigator.clipboard.writeText(verdictMarkdown(verdict));
  page.change(scores, { isCopied: true });
  announce(page, words().score.copied);
}
