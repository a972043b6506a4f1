/** How far loading is, and what the engine warns of: in every view that waits for scores. */
import { html, nothing } from "lit";
import type { TemplateResult } from "lit";
import type { StageProgress } from "../../src/types.ts";
import { bytes, timeLeft } from "../base/format.ts";
import { words } from "../language/language.ts";
import type { Page } from "../base/page.ts";
import { cancelLoading, loadModel, pauseLoading } from "./life.ts";
import { cancelNext, dismissNext, pauseNext, resumeNext } from "./next.ts";
import type { ModelChoice } from "./protocol.ts";
import { embeddedUrl, engine, titleOf } from "./state.ts";

/** What can be done with a load. */
interface Acts {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly cancel: () => void;
}

/** Shows how far loading is; nothing once the model is there. */
export function enginePanel(page: Page): TemplateResult | typeof nothing {
  const { state, choice } = page.get(engine);
  const acts = {
    pause: () => pauseLoading(page),
    resume: () => loadModel(page),
    cancel: () => cancelLoading(page),
  };
  switch (state.kind) {
    case "loading": {
      const isEmbedded = choice.from === embeddedUrl();
      return loadingPanel(state.progress, choice, isEmbedded ? undefined : acts);
    }
    case "paused":
      return pausedPanel(words().engine.paused, state.progress, acts);
    case "idle":
    case "ready":
    case "failed":
      return nothing;
  }
}

/** Shows another model that is on its way, or why it did not come. */
export function nextPanel(page: Page): TemplateResult | typeof nothing {
  const { next, choice: used } = page.get(engine);
  if (next === undefined) return nothing;
  const { state, choice } = next;
  const say = words().engine.next;
  const acts = {
    pause: () => pauseNext(page),
    resume: () => resumeNext(page),
    cancel: () => cancelNext(page),
  };
  const [title, own] = [titleOf(choice), titleOf(used)];
  switch (state.kind) {
    case "loading":
      return html`
        <div id="next" data-state="loading" data-way=${next.way}>
          <p class="note"><b>${say.title(title)}</b> ${say.goesOn(own)}</p>
          ${loadingPanel(state.progress, choice, acts)}
        </div>
      `;
    case "paused":
      return html`
        <div id="next" data-state="paused">
          ${pausedPanel(say.paused(title), state.progress, acts)}
        </div>
      `;
    case "waiting":
      return html`
        <div class="panel" id="next" data-state="waiting">
          <p class="panel-title">${say.title(title)}</p>
          <p>${say.waiting(own)}</p>
          <div class="buttons">${cancelButton(acts)}</div>
        </div>
      `;
    case "failed":
      return html`
        <div id="next" data-state="failed">
          <div class="fault" role="alert" id="next-fault" data-code=${state.fault.code}>
            <h2><span aria-hidden="true">!</span>${say.failed(title)}</h2>
            <p class="fault-message" lang="en">${state.fault.message}</p>
            <p>${state.fault.todo ?? words().engine.faults[state.fault.code].todo}</p>
            <div class="buttons">
              <button type="button" class="quiet" id="dismiss" @click=${() => dismissNext(page)}>
                ${say.dismiss}
              </button>
            </div>
          </div>
        </div>
      `;
  }
}

function pausedPanel(
  title: string,
  progress: StageProgress | undefined,
  acts: Acts,
): TemplateResult {
  const landed =
    progress?.stage === "download" && progress.totalBytes > 0
      ? words().engine.hereAndStay(bytes(progress.loadedBytes), bytes(progress.totalBytes))
      : words().engine.staysAsItIs;
  return html`
    <div class="panel" id="paused">
      <p class="panel-title">${title}</p>
      <p class="hint numbers">${landed}</p>
      <div class="buttons">
        <button type="button" id="resume" @click=${acts.resume}>${words().engine.resume}</button>
        ${cancelButton(acts)}
      </div>
    </div>
  `;
}

function cancelButton({ cancel }: Acts): TemplateResult {
  return html`
    <button type="button" class="quiet" id="cancel" @click=${cancel}>
      ${words().engine.cancel}
    </button>
  `;
}

/**
 * Shows the buttons. Only a download that is kept can be paused: any other would begin from the
 * start.
 */
function loadingButtons(
  progress: StageProgress | undefined,
  { keep }: ModelChoice,
  acts: Acts,
): TemplateResult {
  const canPause = keep && (!progress || progress.stage === "download");
  const pause = html`
    <button type="button" id="pause" @click=${acts.pause}>${words().engine.pause}</button>
  `;
  return html`<div class="buttons">${canPause ? pause : nothing} ${cancelButton(acts)}</div>`;
}

function loadingPanel(
  progress: StageProgress | undefined,
  choice: ModelChoice,
  acts: Acts | undefined,
): TemplateResult {
  const title = stageWords(progress);
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
      ${acts === undefined ? nothing : loadingButtons(progress, choice, acts)}
    </div>
  `;
}

function details(progress: StageProgress): string {
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
export function stageWords(progress: StageProgress | undefined): string {
  return progress === undefined ? words().engine.starting : words().engine.stages[progress.stage];
}
