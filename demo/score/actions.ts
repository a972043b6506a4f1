/** What happens in Compare: a sample is chosen, the draft is scored, the scoring is stopped. */
import { rankValues } from "../../src/preference/ranking.ts";
import { letter } from "../base/axis.ts";
import { faultOf } from "../base/faults.ts";
import type { PageFault } from "../base/faults.ts";
import { focusOn } from "../base/form.ts";
import { percent, signed } from "../base/format.ts";
import { latest, stop } from "../base/jobs.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { checkPicture, conversations, missingPart, readable } from "../draft/edit.ts";
import { drafting, draftResponse } from "../draft/state.ts";
import { engineFor, fail, noteFirstScore, warn } from "../engine/life.ts";
import { embeddedUrl, engine } from "../engine/state.ts";
import { loadSamples, samplePicture } from "./samples.ts";
import { compare } from "./state.ts";
import type { Sample, Verdict } from "./state.ts";

const SCORING = "scoring";

/** Loads the samples while the model is on its way too, and scores the first one unasked. */
export async function showSamples(page: Page): Promise<void> {
  try {
    const samples = await loadSamples(embeddedUrl());
    page.change(compare, { samples });
    const [first] = samples;
    if (first !== undefined && page.get(drafting).draft.prompt === "") {
      await chooseSample(page, first);
    }
  } catch (error) {
    // Without samples the page still works: people bring their own pictures.
    warn(page, `No samples: ${faultOf(error).message}`);
  }
}

export async function chooseSample(page: Page, sample: Sample): Promise<void> {
  page.change(drafting, { sampleId: sample.id });
  try {
    const picture = await samplePicture(sample);
    if (page.get(drafting).sampleId !== sample.id) {
      return; // Another one was chosen while this one's picture was on its way.
    }
    const responses = sample.candidates.map((text) => draftResponse(text));
    const draft = { picture, prompt: sample.prompt, responses };
    page.change(drafting, { draft, pictureFault: undefined, fault: undefined });
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
    failScoring(page, { code: "input", ...missing });
    focusOn(missing.field);
    return;
  }
  const running = engineFor(page);
  if (running === undefined) {
    return;
  }
  const isFirst = page.get(engine).state.kind === "loading";
  page.change(compare, { scoring: true });
  if (!isFirst) {
    announce(page, `Scoring ${draft.responses.length} responses.`);
  }
  page.change(drafting, { fault: undefined });
  page.change(engine, { fault: undefined });
  await latest(
    page.jobs,
    SCORING,
    async (signal) => {
      await checkPicture(page, readable(page, draft).picture);
      await running.loaded;
      signal.throwIfAborted();
      const texts = draft.responses.map(({ text }) => text);
      const asked = conversations(readable(page, draft), texts);
      return await running.client.call("score", { conversations: asked }, { signal });
    },
    {
      done(scores) {
        const verdict = { draft, scores };
        page.change(compare, { verdict, inspected: undefined });
        announce(page, wordsOf(verdict));
        if (isFirst) {
          noteFirstScore(page, performance.now() - running.begun);
        }
      },
      failed: (fault) => failScoring(page, fault),
      ended: () => page.change(compare, { scoring: false }),
    },
  );
}

/** Scores the draft after a failure, if it is complete. */
export function scoreAgain(page: Page): void {
  if (missingPart(page.get(drafting).draft) === undefined) {
    void score(page);
  }
}

export function stopScoring(page: Page): void {
  stop(page.jobs, SCORING);
  announce(page, "Stopped.");
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

function wordsOf({ scores }: Verdict): string {
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
