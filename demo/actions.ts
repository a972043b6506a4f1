/**
 * What happens when: the page starts, a model is loaded, a sample is chosen, Score is pressed, something fails.
 *
 * Actions wait for the engine and write what they learn into the page's state; they never touch the document, save for
 * moving the focus to a field that must be filled in.
 */
import type { Progress } from "../src/types.ts";
import { conversations, missingPart, readable, releasePictures, setPicture } from "./draft.ts";
import { faultOf } from "./faults.ts";
import { percent, signed } from "./format.ts";
import type { ModelChoice } from "./protocol.ts";
import { rankValues } from "../src/preference/ranking.ts";
import { letter } from "./ranking.ts";
import { recordedExample } from "./recorded-example.ts";
import { loadSamples, samplePicture } from "./samples.ts";
import { draftResponse } from "./state.ts";
import type { Page, Sample, StageTime, Verdict } from "./state.ts";
import { webGpuSupport } from "./support.ts";

/** Begins to load the model, or shows a recorded result. @returns whether there is an engine */
export async function start(page: Page): Promise<boolean> {
  const support = await webGpuSupport();
  page.update({ support });
  const isAvailable = support === "available";
  if (isAvailable) {
    loadModel(page);
  } else {
    page.update({ verdict: recordedExample(page.embeddedUrl) });
  }
  return isAvailable;
}

/** Loads the samples, while the model is on its way too, and scores the first one without being asked. */
export async function showSamples(page: Page): Promise<void> {
  try {
    const samples = await loadSamples(page.embeddedUrl);
    page.update({ samples });
    const [first] = samples;
    if (first !== undefined && page.state.draft.prompt === "") {
      await chooseSample(page, first);
    }
  } catch (error) {
    // Without samples the page still works: people bring their own pictures.
    page.update({ warnings: [...page.state.warnings, `No samples: ${faultOf(error).message}`] });
  }
}

/** Starts to load the chosen model in a fresh worker; scoring waits for it. */
export function loadModel(page: Page, choice: ModelChoice = page.jobs.choice): void {
  const client = page.restartEngine();
  const stages = stageClock();
  const loading = new AbortController();
  Object.assign(page.jobs, { choice, loading });
  page.update({ engine: { kind: "loading", progress: undefined }, fault: undefined, warnings: [] });
  const options = {
    signal: loading.signal,
    onProgress: (progress: Progress) => {
      stages.enter(progress.stage);
      page.update({ engine: { kind: "loading", progress }, announcement: spoken(progress) });
    },
    onWarning: (message: string) => page.update({ warnings: [...page.state.warnings, message] }),
  };
  const loaded = client.call("load", { choice }, options);
  page.jobs.engine = { client, loaded, begun: performance.now() };
  loaded.then(
    (model) => {
      page.jobs.lastReady = choice;
      page.update({
        engine: { kind: "ready", model, stages: stages.times(), firstScoreMs: undefined },
        announcement: `${model.name} is ready on ${model.adapter.name}.`,
      });
    },
    (error: unknown) => {
      // Of a load that was paused, cancelled or replaced, whoever did so has said what comes now.
      if (page.jobs.loading === loading && !loading.signal.aborted) {
        fail(page, error, { engine: { kind: "failed" } });
      }
    },
  );
}

/** Loads another model; what the one before said does not stand beside it. */
export function changeModel(page: Page, choice: ModelChoice): void {
  const { jobs } = page;
  for (const running of [jobs.scoring, jobs.ranking, jobs.reporting]) {
    running?.abort();
  }
  const { rank, report } = page.state;
  page.update({
    verdict: undefined,
    rank: { ...rank, result: undefined },
    report: { ...report, result: undefined, plots: [] },
  });
  releasePictures(page);
  loadModel(page, choice);
}

/** What has landed stays in the store; `loadModel` goes on from there. */
export function pauseLoading(page: Page): void {
  const { engine } = page.state;
  if (engine.kind === "loading") {
    page.jobs.loading?.abort();
    const { progress } = engine;
    page.update({ engine: { kind: "paused", progress }, announcement: "Paused." });
  }
}

/** Goes back to the model that was ready before, or to none. */
export function cancelLoading(page: Page): void {
  page.jobs.loading?.abort();
  const { lastReady } = page.jobs;
  if (lastReady === undefined) {
    page.update({ engine: { kind: "idle" }, announcement: "Cancelled. No model is loaded." });
  } else {
    loadModel(page, lastReady);
    page.update({ announcement: "Cancelled. The model before it is loaded again." });
  }
}

/** After a failure: a fresh worker loads the model again, and what was to be scored is scored. */
export async function startAgain(page: Page): Promise<void> {
  loadModel(page);
  if (missingPart(page.state.draft) === undefined) {
    await score(page);
  }
}

export async function chooseSample(page: Page, sample: Sample): Promise<void> {
  page.update({ sampleId: sample.id });
  try {
    const picture = await samplePicture(sample);
    if (page.state.sampleId !== sample.id) {
      return; // Another one was chosen while this one's picture was on its way.
    }
    setPicture(page, picture);
    const responses = sample.candidates.map((text) => draftResponse(text));
    page.update({ sampleId: sample.id, draft: { picture, prompt: sample.prompt, responses } });
  } catch (error) {
    fail(page, error, {});
    return;
  }
  await score(page);
}

/** Scores the draft; what is scored now is stopped first. Waits for the model where it is still loading. */
export async function score(page: Page): Promise<void> {
  const { draft } = page.state;
  const missing = missingPart(draft);
  if (missing !== undefined) {
    page.update({ fault: { code: "input", message: missing.message } });
    document.querySelector<HTMLElement>(`#${missing.field}`)?.focus();
    return;
  }
  const { jobs } = page;
  const running = engineFor(page);
  if (running === undefined) {
    return;
  }
  const isFirst = page.state.engine.kind === "loading";
  jobs.scoring?.abort();
  const mine = new AbortController();
  jobs.scoring = mine;
  page.update({ scoring: true, fault: undefined });
  try {
    await running.loaded;
    mine.signal.throwIfAborted();
    const texts = draft.responses.map(({ text }) => text);
    const asked = conversations(readable(page, draft), texts);
    const scores = await running.client.call(
      "score",
      { conversations: asked },
      { signal: mine.signal },
    );
    const verdict = { draft, scores };
    if (jobs.scoring === mine) {
      page.update({ verdict, inspected: undefined, announcement: spokenVerdict(verdict) });
      releasePictures(page);
      if (isFirst) {
        noteFirstScore(page, performance.now() - running.begun);
      }
    }
  } catch (error) {
    if (jobs.scoring === mine) {
      fail(page, error, {});
    }
  } finally {
    if (jobs.scoring === mine) {
      page.update({ scoring: false });
    }
  }
}

/** A score that waited for the model tells how long the start took as a whole. */
function noteFirstScore(page: Page, firstScoreMs: number): void {
  const { engine } = page.state;
  if (engine.kind === "ready") {
    page.update({ engine: { ...engine, firstScoreMs } });
  }
}

/** The engine, begun again where it has failed, was paused or was never asked for. */
export function engineFor(page: Page): Page["jobs"]["engine"] {
  const { kind } = page.state.engine;
  if (kind !== "ready" && kind !== "loading") {
    loadModel(page);
  }
  return page.jobs.engine;
}

export function stopScoring(page: Page): void {
  page.jobs.scoring?.abort();
  page.update({ announcement: "Stopped." });
}

function fail(page: Page, error: unknown, change: Partial<Page["state"]>): void {
  const fault = faultOf(error);
  // What a person stopped is no failure; a model that was replaced is not theirs to read about.
  page.update(fault.code === "aborted" ? {} : { ...change, fault });
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

/** Every tenth of a stage, so that a screen reader is not flooded. */
function spoken({ stage, loadedBytes, totalBytes }: Progress): string {
  const tenths = totalBytes > 0 ? Math.floor((loadedBytes / totalBytes) * 10) : 0;
  return `Loading the model: ${stage}${totalBytes > 0 ? `, ${tenths * 10} percent` : ""}.`;
}

function spokenVerdict({ scores }: Verdict): string {
  const [best, next] = rankValues(scores.map(({ value }) => value));
  if (best === undefined) {
    return "";
  }
  if (next?.place === best.place) {
    const names = `${letter(best.index)} and ${letter(next.index)}`;
    return `Scored. Responses ${names} are a tie with ${signed(best.value)}.`;
  }
  const lead =
    next === undefined || best.probabilityOverNext === undefined
      ? ""
      : `, better than ${letter(next.index)} with probability ${percent(best.probabilityOverNext)}`;
  return `Scored. Best is response ${letter(best.index)} with ${signed(best.value)}${lead}.`;
}
