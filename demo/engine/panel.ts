/** How far loading is, and what the engine warns of: in every view that waits for scores. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { Progress } from "../../src/types.ts";
import { bytes, timeLeft } from "../base/format.ts";
import { words } from "../language/language.ts";
import type { Page } from "../base/page.ts";
import { cancelLoading, loadModel, pauseLoading } from "./life.ts";
import { embeddedUrl, engine } from "./state.ts";

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
      ? words().engine.hereAndStay(bytes(progress.loadedBytes), bytes(progress.totalBytes))
      : words().engine.staysAsItIs;
  return html`
    <div class="panel" id="paused">
      <p class="panel-title">${words().engine.paused}</p>
      <p class="hint numbers">${landed}</p>
      <div class="buttons">
        <button type="button" id="resume" @click=${() => loadModel(page)}>
          ${words().engine.resume}
        </button>
        ${cancelButton(page)}
      </div>
    </div>
  `;
}

function cancelButton(page: Page): TemplateResult {
  return html`
    <button type="button" class="quiet" id="cancel" @click=${() => cancelLoading(page)}>
      ${words().engine.cancel}
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
    <button type="button" id="pause" @click=${() => pauseLoading(page)}>
      ${words().engine.pause}
    </button>
  `;
  return html`<div class="buttons">${canPause ? pause : nothing} ${cancelButton(page)}</div>`;
}

function loadingPanel(page: Page, progress: Progress | undefined): TemplateResult {
  const title = stageWords(progress);
  const isEmbedded = page.get(engine).choice.from === embeddedUrl();
  const hasBytes = progress !== undefined && progress.totalBytes > 0;
  const bar = hasBytes
    ? html`<progress
        aria-label=${words().engine.loadingLabel}
        max="1"
        .value=${Math.min(1, progress.loadedBytes / progress.totalBytes)}
      ></progress>`
    : html`<progress aria-label=${words().engine.loadingLabel}></progress>`;
  return html`
    <div class="panel" id="loading">
      <p class="panel-title">
        ${title}${progress?.cached === true ? words().engine.fromHere : ""}…
      </p>
      ${bar}
      <p class="hint numbers">${progress === undefined ? "" : details(progress)}</p>
      ${isEmbedded ? nothing : loadingButtons(page, progress)}
    </div>
  `;
}

function details(progress: Progress): string {
  const { loadedBytes, totalBytes, bytesPerSecond, secondsLeft, file } = progress;
  const parts = [
    totalBytes > 0 ? words().units.of(bytes(loadedBytes), bytes(totalBytes)) : "",
    totalBytes > 0 && bytesPerSecond > 0 ? `${bytes(bytesPerSecond)}/s` : "",
    secondsLeft === undefined ? "" : timeLeft(secondsLeft),
    file ?? "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** Returns what the engine does now, in words. */
export function stageWords(progress: Progress | undefined): string {
  return progress === undefined ? words().engine.starting : words().engine.stages[progress.stage];
}
