/** The life of the engine: a model is loaded, paused, cancelled, replaced, started again. */
import type { Progress } from "../../src/types.ts";
import { faultOf } from "../base/faults.ts";
import type { PageFault } from "../base/faults.ts";
import { announce } from "../base/page.ts";
import { words } from "../language/language.ts";
import type { Page } from "../base/page.ts";
import { EngineClient } from "./client.ts";
import type { ClientOptions } from "./client.ts";
import type { LoadedModel, ModelChoice } from "./protocol.ts";
import { forgetModel, rememberModel, tryModel } from "./last-model.ts";
import { besideChoice, embeddedUrl, engine, modelTitle, titleOf } from "./state.ts";
import type { NextModel, RunningEngine, StageTime } from "./state.ts";

/** An engine that loads a model. */
export interface StartedEngine {
  readonly running: RunningEngine;
  readonly stages: { times(): readonly StageTime[] };
}

/** Starts an engine, which nobody uses yet. */
export function startEngine(
  page: Page,
  choice: ModelChoice,
  { onProgress, ...options }: Omit<ClientOptions, "onRestart">,
): StartedEngine {
  const stages = stageClock();
  const client = new EngineClient(choice, {
    ...options,
    onProgress(progress) {
      stages.enter(progress.stage);
      onProgress(progress);
    },
    onRestart() {
      warn(page, words().engine.hung);
      announce(page, words().engine.hung);
    },
  });
  return { running: { client, loaded: client.loaded, begun: performance.now() }, stages };
}

/** Judges by a model that has been loaded, from now on. */
export function becomeReady(
  page: Page,
  choice: ModelChoice,
  { running, stages }: StartedEngine,
  model: LoadedModel,
): void {
  rememberModel(choice);
  const state = { kind: "ready", model, stages: stages.times(), firstScoreMs: undefined } as const;
  page.change(engine, { running, choice, lastReady: choice, state });
  announce(page, words().engine.ready(modelTitle(model.name), model.adapter.name));
}

/**
 * Loads the chosen model in a fresh worker, in place of the one in use; scoring waits for it.
 * @param after what has to end before
 */
export function loadModel(
  page: Page,
  choice: ModelChoice = page.get(engine).choice,
  after?: Promise<void>,
): void {
  const { running: before, choice: last, state: was, lastReady } = page.get(engine);
  before?.client.end();
  const isResumed = last.from === choice.from && was.kind !== "ready";
  page.change(engine, {
    choice,
    state: { kind: "loading", progress: undefined },
    fault: undefined,
    warnings: [],
    proof: undefined,
  });
  tryModel(choice);
  const started = startEngine(page, choice, {
    after: isResumed ? before?.client.ended : after,
    onProgress(progress) {
      if (!isCurrent()) return;
      page.change(engine, { state: { kind: "loading", progress } });
      announce(page, wordsOf(progress));
    },
    onWarning: (message) => warn(page, message),
  });
  const { running } = started;
  const isCurrent = (): boolean => {
    const now = page.get(engine);
    return now.running === running && now.state.kind === "loading";
  };
  page.change(engine, { running });
  running.loaded.then(
    (model) => {
      if (isCurrent()) becomeReady(page, choice, started, model);
    },
    (error: unknown) => {
      // The paused, cancelled or replaced load was already reported.
      if (!isCurrent()) return;
      const fault = faultOf(error);
      if (choice.mustBeKept === true) {
        forgetModel();
        loadModel(page, besideChoice(embeddedUrl()));
        warn(page, words().engine.lastModelGone(fault.message));
      } else if (lastReady !== undefined && lastReady !== choice) {
        // The one before had to be let go: it comes back.
        loadModel(page, lastReady);
        page.change(engine, { next: failedModel(choice, fault) });
        announce(page, words().engine.next.failed(titleOf(choice)));
      } else {
        fail(page, fault);
        page.change(engine, { state: { kind: "failed" } });
      }
    },
  );
}

function failedModel(choice: ModelChoice, fault: PageFault): NextModel {
  const stop = new AbortController();
  const state = { kind: "failed", fault } as const;
  return { id: 0, choice, way: "store", stop, onEnd: () => {}, ended: Promise.resolve(), state };
}

/**
 * Shows a failure that concerns every view. A load or a scoring that was stopped is not a failure.
 */
export function fail(page: Page, fault: PageFault): void {
  if (fault.code !== "aborted") {
    page.change(engine, { fault });
  }
}

export function warn(page: Page, message: string): void {
  // After a recovery the engine says the same again.
  const { warnings } = page.get(engine);
  if (!warnings.includes(message)) {
    page.change(engine, { warnings: [...warnings, message] });
  }
}

/** Stops a load. What has been downloaded stays in the store; `loadModel` resumes from there. */
export function pauseLoading(page: Page): void {
  const { state, running } = page.get(engine);
  if (state.kind === "loading") {
    page.change(engine, { state: { kind: "paused", progress: state.progress } });
    running?.client.end();
    announce(page, words().engine.pausedSaid);
  }
}

/** Goes back to the model that was ready before, or to none. What hangs is ended. */
export function cancelLoading(page: Page): void {
  const { lastReady, running } = page.get(engine);
  running?.client.end();
  if (lastReady === undefined) {
    page.change(engine, { state: { kind: "idle" } });
    announce(page, words().engine.cancelledNone);
  } else {
    loadModel(page, lastReady);
    announce(page, words().engine.cancelledBack);
  }
}

/** Loads the model again after a failure, in a fresh worker; each view continues its work. */
export function startAgain(page: Page): void {
  loadModel(page);
  for (const view of page.views) view.again?.(page);
}

/** Returns the engine. It is started if it has failed, was paused, or never ran. */
export function engineFor(page: Page): RunningEngine | undefined {
  const { kind } = page.get(engine).state;
  if (kind !== "ready" && kind !== "loading") {
    loadModel(page);
  }
  return page.get(engine).running;
}

/** Notes how long the start took as a whole, if the first score had to wait for the model. */
export function noteFirstScore(page: Page, firstScoreMs: number): void {
  const { state } = page.get(engine);
  if (state.kind === "ready") {
    page.change(engine, { state: { ...state, firstScoreMs } });
  }
}

/** Measures how long each stage of loading lasts, from its first event to the next stage's. */
function stageClock(): { enter(stage: Progress["stage"]): void; times(): readonly StageTime[] } {
  const entered: { stage: Progress["stage"]; at: number }[] = [];
  return {
    enter(stage) {
      if (entered.at(-1)?.stage !== stage) {
        entered.push({ stage, at: performance.now() });
      }
    },
    times() {
      const now = performance.now();
      const spans = entered.map(({ stage, at }, index) => {
        return { stage, ms: (entered[index + 1]?.at ?? now) - at };
      });
      return spans.filter(({ stage }) => stage !== "ready");
    },
  };
}

/** Says each tenth of a stage, so that a screen reader is not flooded. */
function wordsOf({ stage, loadedBytes, totalBytes }: Progress): string {
  const tenths = totalBytes > 0 ? Math.floor((loadedBytes / totalBytes) * 10) : 0;
  const percent = totalBytes > 0 ? String(tenths * 10) : undefined;
  return words().engine.loadingSaid(words().engine.stages[stage], percent);
}
