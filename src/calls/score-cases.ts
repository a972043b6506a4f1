// Tested by: test/golden/heads.gpu.test.ts
/** Cases to scores: what the passes computed, read by the heads of the model's record. */
import { at } from "../base/at.ts";
import type { Case } from "../load/prepare.ts";
import { inputFeatures } from "../load/input-states.ts";
import { headReader, scoreOf } from "../load/outcome.ts";
import type { PictureMemory } from "../load/picture-memory.ts";
import type { Computed } from "../load/said/computed.ts";
import type { OutputOptions, Score } from "../types.ts";
import { compute } from "./compute.ts";
import type { HeldModel } from "./held-model.ts";

/** @param kept pictures of earlier calls */
export async function scoreCases(
  held: HeldModel,
  cases: readonly Case[],
  options: OutputOptions,
  kept?: PictureMemory,
): Promise<Score[]> {
  if (cases.length === 0) return [];
  const { reward } = held.model;
  const isWhole = options.labelMass === true || reward.output.kind === "vocabulary";
  const { signal, onProgress, features } = options;
  const asked = { signal, onProgress, features, isWhole, kept };
  const { computed, timesMs } = await compute(held, cases, asked);
  void held.keepQuantised();
  const read = await headReader(reward);
  return computed.map((own) => {
    const score = scoreOf(read, own, timesMs());
    if (features !== true) return score;
    const { inputStates } = at(own, 0).reading;
    return { ...score, features: featuresOf(own), inputFeatures: inputFeatures(inputStates) };
  });
}

/** Returns the states that the heads read, row after row. */
function featuresOf(computed: readonly Computed[]): Float32Array {
  const rows = computed.flatMap(({ reading }) => reading.states);
  const features = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
  let begin = 0;
  for (const row of rows) {
    features.set(row, begin);
    begin += row.length;
  }
  return features;
}
