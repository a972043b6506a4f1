/** A head is fitted to the votes, judged on other pairs, saved and put to use. */
import { adaptedHead, type HeadBase } from "../../src/adapt/head-file.ts";
import type { LabelledPair } from "../../src/adapt/adapt.ts";
import { targetOf } from "../../src/label/labels.ts";
import { labelsOf } from "../../src/label/session.ts";
import { saveBlob } from "../base/download.ts";
import { faultOf } from "../base/faults.ts";
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { askLibrary } from "../engine/library-line.ts";
import { changeModel } from "../engine/next.ts";
import { engine } from "../engine/state.ts";
import { promptKey } from "./pairs.ts";
import { judgeKey } from "./reading.ts";
import { labelling, type OpenSession } from "./state.ts";
import { say } from "./words.ts";

/** Labels from which a head is fitted at all; below, the temperature alone is. */
export const LEAST_LABELS = 50;

/** Returns what a fit takes: labels of pairs that the published head has read, each pair once. */
export function fitPairs({ pairs, plan, votes, reading }: OpenSession): LabelledPair[] {
  return labelsOf({ plan, votes }).flatMap(({ task, label }) => {
    const features = reading?.differences[task.pair];
    const scores = reading?.scores[task.pair]?.scores;
    const pair = pairs[task.pair];
    const isUsed = task.how !== "repeat" && features !== undefined && scores !== undefined;
    if (!isUsed || pair === undefined) return [];
    return [
      {
        features,
        margin: scores[0] - scores[1],
        target: targetOf(label),
        prompt: promptKey(pair),
        weight: 1 / task.probability,
        isRandom: task.how === "random",
      },
    ];
  });
}

/** Fits a head in the engine's worker, and says whether it is worth it. */
export async function fitTaste(page: Page): Promise<void> {
  const { session } = page.get(labelling);
  const { running, state, choice } = page.get(engine);
  if (session === undefined || running === undefined || state.kind !== "ready") return;
  const { model } = state;
  page.change(labelling, { isFitting: true, fault: undefined });
  try {
    const { head: _own, ...published } = choice;
    const head = await askLibrary("publishedHead", { choice: published });
    const seed = session.record.seed;
    const pairs = fitPairs(session);
    const isLinear = head !== undefined;
    const fitted = await running.client.call("fitTaste", { pairs, isLinear, seed });
    const { adaptation } = fitted;
    const base: HeadBase = head ?? { features: adaptation.change.length };
    const from = { base: model.name, labels: String(pairs.length), rater: session.record.rater };
    const { name, bytes } = adaptedHead(base, adaptation, from);
    const file = adaptation.accepted ? new File([bytes], name) : undefined;
    page.change(labelling, { taste: { fitted, file, judge: judgeKey(model) } });
    announce(page, adaptation.accepted ? say().accepted : say().refused);
  } catch (error) {
    page.change(labelling, { fault: faultOf(error) });
  }
  page.change(labelling, { isFitting: false });
}

/** Loads the model with the person's own head. Every result from now on says so. */
export function judgeByOwn(page: Page): void {
  const file = page.get(labelling).taste?.file;
  if (file !== undefined) void changeModel(page, { ...page.get(engine).choice, head: file });
}

export function judgeByPublished(page: Page): void {
  const { head: _own, ...published } = page.get(engine).choice;
  void changeModel(page, published);
}

/** Loads the model with a head that was saved before. */
export function judgeByFile(page: Page, file: File): void {
  void changeModel(page, { ...page.get(engine).choice, head: file });
}

export function saveHead(page: Page): void {
  const file = page.get(labelling).taste?.file;
  if (file !== undefined) saveBlob(file.name, file);
}
