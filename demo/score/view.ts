/** Compare: the question on the left, the judgement on the right. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Page, View } from "../base/page.ts";
import { takePicture } from "../draft/edit.ts";
import { drafting } from "../draft/state.ts";
import { engineFault, faultCard } from "../engine/fault-card.ts";
import { enginePanel, warningList } from "../engine/panel.ts";
import { engine } from "../engine/state.ts";
import { scoreAgain, showSamples } from "./actions.ts";
import { draftForm } from "./form.ts";
import { sampleStrip } from "./sample-strip.ts";
import { compare, isStale } from "./state.ts";
import { verdictView } from "./verdict.ts";
import "./score.css";

export const compareView: View = {
  ...compare,
  title: "Compare",
  drop: "Drop the picture anywhere",
  view,
  reset(page) {
    page.change(compare, { verdict: undefined });
    page.change(drafting, { fault: undefined });
  },
  take: (page, { files }) => takePicture(page, files),
  shown: (page) => [
    page.get(drafting).draft.picture?.url,
    page.get(compare).verdict?.draft.picture?.url,
  ],
  begin: (page) => void showSamples(page),
  again: scoreAgain,
};

function view(page: Page): TemplateResult {
  return html`
    <h2 class="visually-hidden" id="view-title" tabindex="-1">Compare responses</h2>
    ${sampleStrip(page)}
    <div class="columns">
      <section class="question" aria-label="What is judged">${draftForm(page)}</section>
      <section class="answer" aria-label="Scores" aria-busy=${page.get(compare).scoring}>
        ${judgement(page)}
      </section>
    </div>
  `;
}

function judgement(page: Page): TemplateResult {
  const { state, fault, warnings } = page.get(engine);
  const { verdict, scoring } = page.get(compare);
  const { draft, fault: draftFault } = page.get(drafting);
  const isBusy = fault !== undefined || draftFault !== undefined || scoring;
  const stale = isStale(page)
    ? html`<p class="stale">You have changed the question since. Press Score for new numbers.</p>`
    : nothing;
  return html`
    ${engineFault(page)} ${draftFault === undefined ? nothing : faultCard(page, draftFault)}
    ${enginePanel(page)}
    ${scoring && state.kind === "ready" ? scoringPanel(draft.responses.length) : nothing}
    ${
      verdict === undefined
        ? placeholder(isBusy || state.kind === "loading")
        : html`${stale}${verdictView(verdict, page)}`
    }
    ${warningList(warnings)}
  `;
}

function scoringPanel(count: number): TemplateResult {
  return html`
    <div class="panel" id="scoring">
      <p class="panel-title">Scoring ${count} responses…</p>
      <progress aria-label="Scoring"></progress>
    </div>
  `;
}

function placeholder(isBusy: boolean): TemplateResult | typeof nothing {
  if (isBusy) {
    return nothing;
  }
  return html`
    <div class="placeholder">
      <p>The scores will stand here, best first.</p>
      <p>Choose a sample, or bring a picture, write a prompt and at least two responses.</p>
    </div>
  `;
}
