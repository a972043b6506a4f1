/**
 * The sets that fidelity is measured on: the embedded model's held-out pairs and the goldens, each
 * with the reference's answers.
 */
import { RewardModel } from "../../src/reward-model.ts";
import type { LoadOptions } from "../../src/load/options.ts";
import type { Conversation } from "../../src/types.ts";
import type { Source } from "../../src/files/source.ts";
import { goldenCases, goldenSets, modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { EMBEDDED_ROOT, heldOutPairs } from "../../testing/held-out.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { driftOf } from "./drift.ts";
import type { Drift, Scored } from "./drift.ts";

/** Conversations of one model. */
export interface ScoreSet {
  readonly name: string;
  readonly folder: string;
  readonly options: LoadOptions;
  readonly conversations: readonly Conversation[];
  /** The reference's scores. */
  readonly wanted: readonly number[];
  readonly pairs: Scored["pairs"];
}

/** The longest golden takes minutes on a software adapter. */
const TOO_LONG = 2000;

/** The held-out pairs of the embedded model. */
export async function embeddedSet(): Promise<ScoreSet> {
  const pairs = await heldOutPairs();
  return {
    name: "embedded model",
    folder: EMBEDDED_ROOT,
    options: {},
    conversations: pairs.flatMap(({ conversations }) => conversations),
    wanted: pairs.flatMap(({ reference }) => reference),
    pairs: pairs.map((_, i) => [2 * i, 2 * i + 1]),
  };
}

/** Every golden set; each of its conversations is compared with each other one. */
export async function goldenScoreSets(): Promise<readonly ScoreSet[]> {
  return await Promise.all(
    goldenSets().map(async (set): Promise<ScoreSet> => {
      const cases = (await goldenCases(set)).filter(({ golden }) => golden.tokens < TOO_LONG);
      return {
        name: set.resize ? `${set.name}, ${set.resize}` : set.name,
        folder: modelFolder(set.name),
        options: set.resize ? { resize: set.resize } : {},
        conversations: cases.map(({ conversation }) => conversation),
        wanted: cases.map(({ golden }) => golden.score),
        pairs: cases.flatMap((_, i) => cases.slice(0, i).map((_case, j) => [j, i] as const)),
      };
    }),
  );
}

/**
 * Returns the drift of a set's scores with weights in a form; `source` replaces the set's folder.
 */
export async function measure(
  { folder, options, conversations, wanted, pairs }: ScoreSet,
  weights: LoadOptions["weights"] & string,
  source: Source = fileSystemSource(folder),
): Promise<Drift> {
  const model = await RewardModel.fromPretrained(source, { ...options, weights, gpu: testGpu() });
  try {
    const scores = await model.score(conversations);
    return driftOf({ wanted, got: scores.map(({ value }) => value), pairs });
  } finally {
    await model.dispose();
  }
}
