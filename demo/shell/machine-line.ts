/** The foot of the page: the model, the adapter, and how long each stage took. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Kernels } from "../../src/types.ts";
import { milliseconds } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { STAGES } from "../engine/panel.ts";
import { engine, modelTitle } from "../engine/state.ts";
import type { StageTime } from "../engine/state.ts";
import { compare } from "../score/state.ts";
import type { Verdict } from "../score/state.ts";

export function machineLine(page: Page): TemplateResult | typeof nothing {
  const { state } = page.get(engine);
  if (state.kind !== "ready") {
    return nothing;
  }
  const { verdict } = page.get(compare);
  const { model, stages, firstScoreMs } = state;
  const { adapter, kernels } = model;
  const slow = html`
    <p class="software">
      <b>This is a software adapter:</b> the processor plays the GPU. The scores are the same, but a
      real GPU is many times faster.
    </p>
  `;
  return html`
    <dl class="machine" id="machine">
      <div>
        <dt>Model</dt>
        <dd id="model-name">${modelTitle(model.name)}</dd>
      </div>
      <div>
        <dt>Adapter</dt>
        <dd id="adapter">${adapter.name}</dd>
      </div>
      <div>
        <dt>Kernels</dt>
        <dd id="kernels">${kernelWords(kernels)}</dd>
      </div>
      <div>
        <dt>Loading</dt>
        <dd class="numbers" id="loading-times">${stageList(stages)}</dd>
      </div>
      ${
        firstScoreMs === undefined
          ? nothing
          : html`<div>
              <dt>Start</dt>
              <dd class="numbers" id="first-score">
                ${milliseconds(firstScoreMs)} to the first score
              </dd>
            </div>`
      }
      ${
        verdict === undefined
          ? nothing
          : html`<div>
              <dt>Scoring</dt>
              <dd class="numbers" id="stage-times">${scoringStages(verdict)}</dd>
            </div>`
      }
    </dl>
    ${adapter.software ? slow : nothing}
  `;
}

const CHOSEN: Readonly<Record<Kernels["chosen"], string>> = {
  given: "as asked for",
  adapter: "known to suit this adapter",
  timed: "the fastest of those timed on this adapter",
  remembered: "the fastest when this adapter was first met",
};

function kernelWords({ profile, matmul, matmulQuantised, attention, chosen }: Kernels): string {
  const products = matmul === matmulQuantised ? matmul : `${matmul}, quantised ${matmulQuantised}`;
  return `${profile}: matmul ${products}, attention ${attention} · ${CHOSEN[chosen]}`;
}

function stageList(stages: readonly StageTime[]): string {
  const total = stages.reduce((sum, { ms }) => sum + ms, 0);
  const parts = stages.map(({ stage, ms }) => `${STAGES[stage]} ${milliseconds(ms)}`);
  return [...parts, `Total ${milliseconds(total)}`].join(" · ");
}

/**
 * Returns the stages. Each score of a batch has the times of the whole batch, so the first one has
 * them for all.
 */
function scoringStages({ scores }: Verdict): string {
  const [first] = scores;
  if (first === undefined) {
    return "";
  }
  const { images, text, gpu, total } = first.timesMs;
  const picture = first.images.length === 0 ? "" : `Pictures ${milliseconds(images)} · `;
  return `${picture}Text ${milliseconds(text)} · GPU ${milliseconds(gpu)} · Total ${milliseconds(total)}`;
}
