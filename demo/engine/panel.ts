/** How far loading is, and what the engine warns of: in every view that waits for scores. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Progress } from "../../src/types.ts";
import { bytes, timeLeft } from "../base/format.ts";
import type { Page } from "../base/page.ts";
import { cancelLoading, loadModel, pauseLoading } from "./life.ts";
import { embeddedUrl, engine } from "./state.ts";

export const STAGES: Readonly<Record<Progress["stage"], string>> = {
  resolve: "Finding the model",
  download: "Downloading",
  verify: "Checking",
  upload: "Moving weights to the GPU",
  quantise: "Quantising on the GPU",
  compile: "Compiling kernels",
  ready: "Ready",
};

/** Shows how far loading is; nothing once the model is there. */
export function enginePanel(page: Page): TemplateResult | typeof nothing {
  const { state } = page.get(engine);
  switch (state.kind) {
    case "loading":
      return loadingPanel(page, state.progress);
    case "paused":
      return pausedPanel(page, state.progress);
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

/**
 * Shows the buttons. Only a download that is kept can be paused: any other would begin from the
 * start.
 */
function loadingButtons(page: Page, progress: Progress | undefined): TemplateResult {
  const canPause = page.get(engine).choice.keep && (!progress || progress.stage === "download");
  const pause = html`
    <button type="button" id="pause" @click=${() => pauseLoading(page)}>Pause</button>
  `;
  return html`<div class="buttons">${canPause ? pause : nothing} ${cancelButton(page)}</div>`;
}

function loadingPanel(page: Page, progress: Progress | undefined): TemplateResult {
  const title = progress === undefined ? "Starting the engine" : STAGES[progress.stage];
  const isEmbedded = page.get(engine).choice.from === embeddedUrl();
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
      ${isEmbedded ? nothing : loadingButtons(page, progress)}
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
