/** The worker's model: loads it, replaces it, and scores with it. */
import { at } from "../../src/base/at.ts";
import { InputError } from "../../src/errors.ts";
import { RewardModel } from "../../src/index.ts";
import { tryChannels } from "../../src/sealed/channels.ts";
import type { ModelStore } from "../../src/store/model-store.ts";
import { stepsOf } from "../../src/text/template/steps.ts";
import type { Score } from "../../src/types.ts";
import type { ReferenceSet } from "../../src/reference/reference-set.ts";
import { calibrationOf, findReference, readingOf } from "./reference.ts";
import type { ModelChoice, ModelPlace, ResponseScore, SolutionScore } from "./protocol.ts";
import { storeIfAny } from "./store.ts";
import { tokenSteps } from "./token-steps.ts";
import { tellDone } from "./worker.ts";
import type { Answers } from "./worker.ts";

/** The model that scores now, and how it was loaded. */
export interface Loaded {
  readonly model: RewardModel;
  readonly choice: ModelChoice;
  /** By what its scores are read; undefined if it has none. */
  readonly reference: ReferenceSet | undefined;
}

let loaded: Loaded | undefined;

/**
 * Returns the loaded model.
 * @throws Error if there is none: a defect of the page
 */
export function loadedModel(): Loaded {
  if (loaded === undefined) {
    throw new Error("a call came before load had finished");
  }
  return loaded;
}

/** The browser's own; the worker's `fetch` asks the library. */
const nativeFetch = fetch;

export const engineAnswers: Answers<"load" | "score" | "measure" | "prove"> = {
  prove: async ({ address }) =>
    await tryChannels(address, (input, init) => nativeFetch.call(globalThis, input, init)),

  async load({ choice, origin }, line) {
    const { from, token, keep, weights, memoryBudgetBytes, head } = choice;
    await loaded?.model.dispose();
    loaded = undefined;
    const store = keep ? await storeIfAny() : undefined;
    if (choice.mustBeKept === true) await checkIsKept(from, store);
    const model = await RewardModel.fromPretrained(from, {
      weights,
      memoryBudgetBytes,
      signal: line.signal,
      ...(token === undefined ? {} : { token }),
      ...(store === undefined ? {} : { store }),
      ...(head === undefined ? {} : { head }),
      onProgress: (progress) => line.tell({ reply: "progress", progress }),
      onWarning: (message) => line.tell({ reply: "warning", message }),
    });
    // The reference set is of the published head: its scores say nothing of another's.
    const isPublished = model.head === undefined;
    // A damaged set must not stop a model from scoring: the page says "uncalibrated" then.
    const found = await findReference({ from, weights, store, origin }).catch((error: unknown) => {
      line.tell({ reply: "warning", message: String(error) });
      return undefined;
    });
    const reference = isPublished ? found : undefined;
    loaded = { model, choice, reference };
    const { name, config, adapter, kernels } = model;
    const { architecture, vision } = config;
    return {
      name,
      adapter: { name: adapter.name, software: adapter.software },
      kernels,
      architecture,
      hasVision: vision !== undefined,
      ranksImages: model.ranksImages,
      form: weights,
      head: model.headName,
      ownHead: model.head?.name,
      maxTokens: config.decoder.maxPositionEmbeddings,
      calibration: reference && calibrationOf(reference),
    };
  },

  measure: async ({ conversations }, { signal }) =>
    await loadedModel().model.measureInputUsage(conversations, { signal }),

  async score({ conversations }, line) {
    const { model, reference } = loadedModel();
    const solutions = model.readsSteps ? conversations.map(stepsOf) : undefined;
    const cases = solutions?.map(({ question, steps }) => ({ inputs: { question, steps } }));
    const scores = await model.score(cases ?? conversations, {
      signal: line.signal,
      onProgress: tellDone(line),
      features: reference !== undefined,
    });
    return scores.map((each, i) => ({
      ...responseScore(model, each, reference),
      solution: solutionScore(each, solutions?.[i]?.steps),
    }));
  },
};

/** @throws InputError if the store does not have all of the model, or of a copy of it */
async function checkIsKept(from: ModelPlace, store: ModelStore | undefined): Promise<void> {
  const kept = (await store?.list()) ?? [];
  const isHere = kept.some(
    ({ name, copyOf, isComplete }) => isComplete && (name === from || copyOf === from),
  );
  if (isHere) return;
  const where = typeof from === "string" ? from : "the last model";
  const todo = "Load it again under Models";
  throw new InputError({ where, what: "is not kept whole in this browser any more", todo });
}

function solutionScore(
  { stepValues, aggregates }: Score,
  texts: readonly string[] | undefined,
): SolutionScore | undefined {
  if (!texts || !stepValues || !aggregates) return undefined;
  const { min, product, last } = aggregates;
  return {
    steps: texts.map((text, i) => ({ text, value: at(stepValues, i) })),
    min,
    product,
    last,
  };
}

function responseScore(
  model: RewardModel,
  each: Score,
  reference: ReferenceSet | undefined,
): ResponseScore {
  const { value, tokenIds, response, images, timesMs, inputFeatures } = each;
  const pieces = model.pieces(tokenIds.subarray(response.begin));
  return {
    value,
    steps: tokenSteps(each, pieces),
    tokens: tokenIds.length,
    images,
    timesMs,
    reading: readingOf(reference, value, inputFeatures),
  };
}
