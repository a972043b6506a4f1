/** The examples: a row of pictures that opens under the picture. One press loads and scores one. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { drafting } from "../draft/state.ts";
import { seesPictures } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { chooseSample } from "./actions.ts";
import { scores } from "./state.ts";
import type { Sample } from "./state.ts";

export function sampleStrip(page: Page): TemplateResult | typeof nothing {
  const { samples } = page.get(scores);
  const { sampleId } = page.get(drafting);
  // The examples' questions are about their pictures.
  if (!seesPictures(page)) {
    return nothing;
  }
  // Firefox stops at what scrolls too, and the buttons in it are stops already.
  return html`
    <details class="samples">
      <summary>${words().draft.examples}</summary>
      <ul tabindex="-1">
        ${samples.map((sample) => html`<li>${sampleButton(page, sample, sample.id === sampleId)}</li>`)}
      </ul>
    </details>
  `;
}

function sampleButton(page: Page, sample: Sample, isChosen: boolean): TemplateResult {
  return html`
    <button
      type="button"
      class="sample"
      aria-pressed=${isChosen}
      title=${sample.prompt}
      @click=${() => void chooseSample(page, sample)}
    >
      <img src=${sample.image} alt="" width="72" height="72" loading="lazy" />
      <span lang="en">${sample.title}</span>
    </button>
  `;
}
