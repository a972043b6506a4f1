/**
 * From a click to the first score of the embedded model, by stage: files fetched before, so that
 * the cache is warm.
 */
import { RewardModel } from "../../src/reward-model.ts";
import { sample, samplesFolder } from "../cases/embedded-model.ts";
import { median } from "../measure/interleave.ts";

export interface StartResult {
  /** Milliseconds of each stage of loading, in order. */
  readonly stages: readonly { readonly stage: string; readonly ms: number }[];
  /** The first score, once loaded. */
  readonly scoreMs: number;
  /** Milliseconds from the click to the first score. */
  readonly firstScoreMs: number;
  /** Milliseconds of a score when all is compiled and loaded: the median of three. */
  readonly bareMs: number;
}

/** Loads and scores with a clock, on a device of its own. */
export async function measureStart(): Promise<StartResult> {
  const url = samplesFolder();
  const conversation = await sample();
  const begin = performance.now();
  const begun: { stage: string; at: number }[] = [];
  const model = await RewardModel.fromPretrained(url, {
    onProgress({ stage }) {
      if (begun.at(-1)?.stage !== stage) begun.push({ stage, at: performance.now() });
    },
  });
  const loaded = performance.now();
  await model.score(conversation);
  const scored = performance.now();
  const again: number[] = [];
  for (let i = 0; i < 3; i++) {
    const from = performance.now();
    await model.score(conversation);
    again.push(performance.now() - from);
  }
  await model.dispose();
  const stages = begun.map(({ stage, at }, i) => ({
    stage,
    ms: (begun[i + 1]?.at ?? loaded) - at,
  }));
  const times = { scoreMs: scored - loaded, firstScoreMs: scored - begin, bareMs: median(again) };
  return { stages, ...times };
}
