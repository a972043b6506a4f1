/** The samples: a row of pictures. One press loads a sample and scores it. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page } from "../base/page.ts";
import { drafting } from "../draft/state.ts";
import { seesPictures } from "../engine/state.ts";
import { chooseSample } from "./actions.ts";
import { compare } from "./state.ts";
import type { Sample } from "./state.ts";

export function sampleStrip(page: Page): TemplateResult | typeof nothing {
  const { samples } = page.get(compare);
  const { sampleId } = page.get(drafting);
  // The samples' questions are about their pictures.
  if (samples.length === 0 || !seesPictures(page)) {
    return nothing;
  }
  return html`
    <section class="samples" aria-labelledby="samples-title">
      <h2 id="samples-title">Samples</h2>
      <ul>
        ${samples.map((sample) => html`<li>${sampleButton(page, sample, sample.id === sampleId)}</li>`)}
      </ul>
    </section>
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
      <img src=${sample.image} alt="" width="72" height="72" />
      <span>${sample.title}</span>
    </button>
  `;
}
