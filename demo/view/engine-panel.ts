/** The engine: how far loading is, which machine does the work, and how long each stage took. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Kernels, Progress } from "../../src/types.ts";
import { bytes, milliseconds, timeLeft } from "../format.ts";
import { cancelLoading, loadModel, pauseLoading } from "../actions.ts";
import { modelTitle } from "../state.ts";
import type { Page, PageState, StageTime } from "../state.ts";

const STAGES: Readonly<Record<Progress["stage"], string>> = {
  resolve: "Finding the model",
  download: "Downloading",
  verify: "Checking",
  upload: "Moving weights to the GPU",
  quantise: "Quantising on the GPU",
  compile: "Compiling kernels",
  ready: "Ready",
};

/** How loading stands, wherever scores are waited for; nothing when the model is there. */
export function enginePanel(page: Page): TemplateResult | typeof nothing {
  const { engine } = page.state;
  switch (engine.kind) {
    case "loading":
      return loadingPanel(page, engine.progress);
    case "paused":
      return pausedPanel(page, engine.progress);
    case "idle":
    case "ready":
    case "failed":
      return nothing;
  }
}

function pausedPanel(page: Page, progress: Progress | undefined): TemplateResult {
  const landed =
    progress?.stage === "download" && progress.totalBytes > 0
      ? `${bytes(progress.loadedBytes)} of ${bytes(progress.totalBytes)} are here and stay.`
      : "What has been downloaded stays.";
  return html`
    <div class="panel" id="paused">
      <p class="panel-title">Paused</p>
      <p class="hint numbers">${landed}</p>
      <div class="buttons">
        <button type="button" id="resume" @click=${() => loadModel(page)}>Resume</button>
        ${cancelButton(page)}
      </div>
    </div>
  `;
}

function cancelButton(page: Page): TemplateResult {
  return html`
    <button type="button" class="quiet" id="cancel" @click=${() => cancelLoading(page)}>
      Cancel
    </button>
  `;
}

/** Only what is kept can be paused: anything else would begin anew. The page's own model needs neither. */
function loadingButtons(page: Page, progress: Progress | undefined): TemplateResult {
  const canPause = page.jobs.choice.keep && (!progress || progress.stage === "download");
  const pause = html`
    <button type="button" id="pause" @click=${() => pauseLoading(page)}>Pause</button>
  `;
  return html`<div class="buttons">${canPause ? pause : nothing} ${cancelButton(page)}</div>`;
}

function loadingPanel(page: Page, progress: Progress | undefined): TemplateResult {
  const title = progress === undefined ? "Starting the engine" : STAGES[progress.stage];
  const hasBytes = progress !== undefined && progress.totalBytes > 0;
  const bar = hasBytes
    ? html`<progress
        aria-label="Loading the model"
        max="1"
        .value=${Math.min(1, progress.loadedBytes / progress.totalBytes)}
      ></progress>`
    : html`<progress aria-label="Loading the model"></progress>`;
  return html`
    <div class="panel" id="loading">
      <p class="panel-title">${title}${progress?.cached === true ? " (from this machine)" : ""}…</p>
      ${bar}
      <p class="hint numbers">${progress === undefined ? "" : details(progress)}</p>
      ${page.jobs.choice.from === page.embeddedUrl ? nothing : loadingButtons(page, progress)}
    </div>
  `;
}

function details(progress: Progress): string {
  const { loadedBytes, totalBytes, bytesPerSecond, secondsLeft, file } = progress;
  const parts = [
    totalBytes > 0 ? `${bytes(loadedBytes)} of ${bytes(totalBytes)}` : "",
    totalBytes > 0 && bytesPerSecond > 0 ? `${bytes(bytesPerSecond)}/s` : "",
    secondsLeft === undefined ? "" : timeLeft(secondsLeft),
    file ?? "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** The foot of the page: the adapter, what a software adapter means, and the stages of loading and of the last scoring. */
export function machineLine(page: Page): TemplateResult | typeof nothing {
  const { engine, verdict } = page.state;
  if (engine.kind !== "ready") {
    return nothing;
  }
  const { model, stages, firstScoreMs } = engine;
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
        <dd id="model-name">${modelTitle(page, model.name)}</dd>
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

/** Stages that a batch shares count whole in each score, so the first score tells them for all. */
function scoringStages({ scores }: NonNullable<PageState["verdict"]>): string {
  const [first] = scores;
  if (first === undefined) {
    return "";
  }
  const { images, text, gpu, total } = first.timesMs;
  const picture = first.images.length === 0 ? "" : `Pictures ${milliseconds(images)} · `;
  return `${picture}Text ${milliseconds(text)} · GPU ${milliseconds(gpu)} · Total ${milliseconds(total)}`;
}

export function warningList(warnings: readonly string[]): TemplateResult | typeof nothing {
  if (warnings.length === 0) {
    return nothing;
  }
  return html`
    <details class="warnings">
      <summary>
        ${warnings.length} ${warnings.length === 1 ? "note" : "notes"} from the engine
      </summary>
      <ul>
        ${warnings.map((warning) => html`<li>${warning}</li>`)}
      </ul>
    </details>
  `;
}
