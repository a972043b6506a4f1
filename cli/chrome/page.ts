/**
 * The browser side of the command line: loads a model and scores what Node hands over.
 *
 * Values cross as JSON text: the protocol between Node and Chrome would replace lone surrogates,
 * and the engine must see (and refuse) them.
 */

import { RewardModel } from "../../src/index.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation, Kernels, Progress, Score } from "../../src/types.ts";

/** Options of loading that come from the command line. */
export type PageLoadOptions = Pick<
  LoadOptions,
  "weights" | "residency" | "memoryBudgetBytes" | "kernelProfile" | "chatTemplate"
>;

/** What Node learns of a loaded model. */
export interface Loaded {
  readonly adapter: string;
  readonly kernels: Kernels;
}

/** One score as it crosses to Node. */
export interface PageScore {
  readonly value: number;
  readonly tokenIds: readonly number[];
  readonly tokenValues: readonly number[];
  readonly images: Score["images"];
  readonly timesMs: Score["timesMs"];
}

/** A tensor of a trace: its bytes went to the sink, in this order. */
export interface TracedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The functions that Node calls; each takes and returns JSON text. */
export interface PageEngine {
  /** Loads a model: `{from, options}` → `Answer<Loaded>` */
  load(json: string): Promise<string>;
  /** Scores: `Conversation[]` → `Answer<PageScore[]>` */
  score(json: string): Promise<string>;
  /** Traces: `{conversation, sink}` → `Answer<TracedTensor[]>` */
  trace(json: string): Promise<string>;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: PageError };

export interface PageError {
  readonly name: string;
  readonly message: string;
}

declare global {
  // Set below, called by engine.ts.
  var vlReward: PageEngine;
  // Exposed by engine.ts before the page loads.
  var vlRewardProgress: (progress: Progress) => Promise<void>;
  var vlRewardWarning: (message: string) => Promise<void>;
}

let model: RewardModel | undefined;

globalThis.vlReward = {
  load: (json) =>
    answer(async (): Promise<Loaded> => {
      const { from, options } = JSON.parse(json) as { from: string; options: PageLoadOptions };
      model = await RewardModel.fromPretrained(from, {
        ...options,
        onProgress: throttle((progress) => void globalThis.vlRewardProgress(progress)),
        onWarning: (message) => void globalThis.vlRewardWarning(message),
      });
      return { adapter: model.adapter.name, kernels: model.kernels };
    }),

  score: (json) =>
    answer(async (): Promise<PageScore[]> => {
      const scores = await loaded().score(JSON.parse(json) as Conversation[]);
      return scores.map(({ value, tokenIds, tokenValues, images, timesMs }) => ({
        value,
        tokenIds: [...tokenIds],
        tokenValues: [...tokenValues],
        images,
        timesMs,
      }));
    }),

  trace: (json) =>
    answer(async (): Promise<TracedTensor[]> => {
      const parsed = JSON.parse(json) as { conversation: Conversation; sink: string };
      const traced: TracedTensor[] = [];
      for (const [name, { shape, data }] of await loaded().trace(parsed.conversation)) {
        const response = await fetch(parsed.sink, { method: "POST", body: data as BufferSource });
        if (!response.ok) throw new Error(`sink: ${name} was refused, status ${response.status}`);
        traced.push({ name, shape });
      }
      return traced;
    }),
};

function loaded(): RewardModel {
  if (model === undefined) throw new Error("page: no model is loaded");
  return model;
}

async function answer<T>(work: () => Promise<T>): Promise<string> {
  try {
    return JSON.stringify({ ok: true, value: await work() } satisfies Answer<T>);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return JSON.stringify({ ok: false, error: { name, message } } satisfies Answer<T>);
  }
}

/** Lets ten events a second through, and every change of stage. */
function throttle(tell: (progress: Progress) => void): (progress: Progress) => void {
  let toldAt = -Infinity;
  let toldStage: string | undefined;
  return (progress) => {
    const now = performance.now();
    if (progress.stage === toldStage && now - toldAt < 100) return;
    toldAt = now;
    toldStage = progress.stage;
    tell(progress);
  };
}
