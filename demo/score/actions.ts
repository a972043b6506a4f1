/** What happens in Score: an example is chosen, the draft is scored, the scoring is stopped. */
import { rankValues } from "../../src/preference/ranking.ts";
import { letter } from "../base/axis.ts";
import { faultOf } from "../base/faults.ts";
import type { PageFault } from "../base/faults.ts";
import { focusOnceDrawn } from "../base/form.ts";
import { signed } from "../base/format.ts";
import { latest, stop } from "../base/jobs.ts";
import { keepAhead } from "../base/keeping.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { checkPictures, conversations, missingPart, readable } from "../draft/edit.ts";
import { drafting, draftResponse } from "../draft/state.ts";
import type { Draft } from "../draft/state.ts";
import { engineFor, fail, noteFirstScore, warn } from "../engine/life.ts";
import { embeddedUrl, engine, judgeOf } from "../engine/state.ts";
import { openWhy } from "../explain/open.ts";
import { whyOf } from "../explain/state.ts";
import { words } from "../language/language.ts";
import { sentenceOf } from "../verdict/groups.ts";
import { outsideOf } from "../verdict/state.ts";
import type { Verdict } from "../verdict/state.ts";
import { recordedExample } from "./recorded-example.ts";
import { loadSamples, samplePicture, withAllBytes } from "./samples.ts";
import { scores } from "./state.ts";
import { rowOfAddress, subjectOf } from "./subject.ts";
import type { Sample } from "./state.ts";

const SCORING = "scoring";

/**
 * Puts the first example into the form before anything is loaded: its text comes with the page, so
 * that nothing moves when the examples arrive.
 */
export function showFirstExample(page: Page): void {
  const { prompt, picture, responses, context } = page.get(drafting).draft;
  // A session that is gone on with has a question already.
  const isEmpty =
    prompt === "" &&
    picture === undefined &&
    context === undefined &&
    responses.every(({ text }) => text === "");
  if (isEmpty) {
    const { draft } = recordedExample(embeddedUrl());
    page.change(drafting, { draft, sampleId: FIRST });
  }
}

/** The example whose text comes with the page. */
const FIRST = "sample-01";

/** Loads the examples while the model is on its way too, and scores the first one unasked. */
export async function showSamples(page: Page): Promise<void> {
  try {
    const samples = await loadSamples(embeddedUrl());
    page.change(scores, { samples });
    const first = samples.find(({ id }) => id === page.get(drafting).sampleId);
    if (first !== undefined) {
      await chooseSample(page, first);
    }
  } catch (error) {
    // Without examples the page still works: people bring their own pictures.
    warn(page, words().score.noSamples(faultOf(error).message));
  }
}

export async function chooseSample(page: Page, sample: Sample): Promise<void> {
  page.change(drafting, { sampleId: sample.id });
  try {
    const picture = await samplePicture(sample);
    const { draft: before, sampleId } = page.get(drafting);
    if (sampleId !== sample.id) {
      return; // Another one was chosen while this one's picture was on its way.
    }
    const responses = sample.candidates.map((text, at) => {
      const old = before.responses[at];
      return old?.text === text ? old : draftResponse(text);
    });
    const draft = { picture, prompt: sample.prompt, responses };
    page.change(drafting, { draft, pictureFault: undefined, fault: undefined, cleared: undefined });
  } catch (error) {
    fail(page, faultOf(error));
    return;
  }
  await score(page);
}

/**
 * Scores the draft; replaces a scoring that still runs. Waits for a model that is still loading.
 */
export async function score(page: Page): Promise<void> {
  const { draft } = page.get(drafting);
  const missing = missingPart(draft);
  if (missing !== undefined) {
    const { field, message, isInContext } = missing;
    failScoring(page, { code: "input", field, message });
    if (isInContext === true) page.change(drafting, { showsContext: true });
    focusOnceDrawn(field);
    return;
  }
  const running = engineFor(page);
  if (running === undefined) {
    return;
  }
  const total = draft.responses.length;
  const isFirst = page.get(engine).state.kind === "loading";
  page.change(scores, { scoring: { done: 0, total } });
  if (!isFirst) {
    announce(page, words().score.scoring(total));
  }
  page.change(drafting, { fault: undefined });
  page.change(engine, { fault: undefined });
  await latest(
    page.jobs,
    SCORING,
    async (signal) => {
      const whole = await withAllBytes(draft);
      await checkPictures(page, readable(page, whole));
      const model = await running.loaded;
      signal.throwIfAborted();
      const texts = draft.responses.map(({ text }) => text);
      // Whether the model sees pictures is known once it is loaded.
      const asked = conversations(readable(page, whole), texts);
      const onDone = (done: number): void => page.change(scores, { scoring: { done, total } });
      const all = await running.client.score(asked, { signal, onDone });
      const verdict: Verdict = { draft, scores: all, judge: judgeOf(model) };
      await keepAhead(page, scores, { verdict });
      return verdict;
    },
    {
      done(verdict) {
        show(page, verdict);
        if (isFirst) {
          noteFirstScore(page, performance.now() - running.begun);
        }
      },
      failed: (fault) => failScoring(page, fault),
      ended: () => page.change(scores, { scoring: undefined }),
    },
  );
}

function show(page: Page, verdict: Verdict): void {
  const before = page.get(scores).verdict;
  // The address may name a row before there is any.
  const open =
    before === undefined
      ? rowOfAddress(page)
      : isSameQuestion(before.draft, verdict.draft)
        ? openRow(page, before)
        : -1;
  page.change(scores, { verdict, isCopied: false });
  announce(page, wordsOf(verdict));
  // An explanation is of the scores that it explains.
  if (open >= 0 && open < verdict.scores.length) void openWhy(page, subjectOf(page, verdict, open));
}

/** Returns the row of a verdict whose panel is open; −1 if none is. */
function openRow(page: Page, of: Verdict): number {
  return of.scores.findIndex((_, index) => whyOf(page, { of, index }) !== undefined);
}

/** Returns whether a row that was open still means the same response. */
function isSameQuestion(before: Draft, now: Draft): boolean {
  return before.responses.every(({ key }, at) => now.responses[at]?.key === key);
}

/** Scores the draft after a failure, if it is complete. */
export function scoreAgain(page: Page): void {
  if (missingPart(page.get(drafting).draft) === undefined) {
    void score(page);
  }
}

export function stopScoring(page: Page): void {
  stop(page.jobs, SCORING);
  announce(page, words().score.stopped);
}

/** Shows what is wrong with the draft here; any other failure concerns every view. */
function failScoring(page: Page, fault: PageFault): void {
  if (fault.code === "input") {
    page.change(drafting, { fault });
    page.change(engine, { fault: undefined });
  } else {
    fail(page, fault);
  }
}

/** Returns what a screen reader says of a new verdict. */
function wordsOf(verdict: Verdict): string {
  const say = words().score;
  const temperature = verdict.judge?.calibration?.temperature ?? 1;
  const values = verdict.scores.map(({ value }) => value);
  const places = rankValues(values, temperature);
  const [best] = places;
  if (best === undefined) {
    return "";
  }
  if (outsideOf(verdict) !== undefined) {
    return `${say.saidDone} ${say.noOpinion}`;
  }
  return `${say.saidBest(letter(best.index), signed(best.value))} ${sentenceOf(places, temperature)}`;
}
