// Tested by: test/golden/heads.gpu.test.ts
/** What heads said that are more than one linear layer. */
import { at } from "../../base/at.ts";
import { logit, sigmoid } from "../../model/heads/labels.ts";
import { aggregatesOf, readLabels, readMlp, tokenValuesOf } from "../../model/heads/output.ts";
import type { Head, Output, RewardRecord } from "../../model/heads/head.ts";
import type { Computed, PassScore, ReadHeads } from "./computed.ts";

/** Returns what each pass said, and their mean. */
export function readHeads(
  reward: RewardRecord,
  computed: readonly Computed[],
): ReturnType<ReadHeads> {
  const passes = computed.map((one) =>
    passScore(at(reward.passes, one.prepared.pass).head, reward, one),
  );
  const whole = passes.length > 1 ? joined(reward.output, passes) : at(passes, 0);
  return { passes, whole };
}

function passScore(
  head: Head,
  { output, read }: RewardRecord,
  { prepared, reading, logSum }: Computed,
): PassScore {
  const { values, width } = reading;
  const { reads, labels } = prepared;
  if (head.kind === "labels" && labels) {
    const logits = labels.rows.map((row) => logit(at(reading.states, 0), row));
    const result = readLabels(output, logits, logSum);
    const named = (list: readonly number[]): Record<string, number> =>
      Object.fromEntries(labels.labels.map((label, i) => [label, at(list, i)]));
    const { vocabularyProbabilities: shares } = result;
    return {
      score: result.score,
      tokenValues: values,
      readAt: reads,
      outputs: result.outputs,
      labels: labels.labels,
      labelIds: labels.ids,
      probabilities: named(result.probabilities),
      expectedLevel: result.probabilities.reduce((sum, p, i) => sum + i * p, 0),
      ...(shares && {
        labelMass: shares.reduce((a, b) => a + b, 0),
        vocabularyProbabilities: named(shares),
      }),
    };
  }
  const rows = reads.map((token) => [...values.subarray(token * width, (token + 1) * width)]);
  const isMany = read.at === "every" || read.at === "separators";
  const result = readMlp(output, rows, isMany && output.kind === "sigmoid");
  return {
    score: result.score,
    tokenValues: tokenValuesOf(output, values, width),
    readAt: reads,
    // As the reference has them: classes are listed for each place, even for one.
    outputs: isMany || output.kind === "softmax" ? result.outputs : at(result.outputs, 0),
    ...(output.names && { outputNames: output.names }),
    ...(result.stepValues && { stepValues: result.stepValues }),
    ...(result.aggregates && { aggregates: result.aggregates }),
  };
}

/** Averages the outputs of passes. The values of tokens are those of the first. */
function joined(
  { index, kind, mean, std, names }: Output,
  passes: readonly PassScore[],
): PassScore {
  const first = at(passes, 0);
  const lists = passes.map(({ outputs }) => (outputs ?? []) as readonly number[]);
  const outputs = at(lists, 0).map((_, i) => {
    const column = lists.map((list) => at(list, i));
    return aggregatesOf(column).mean;
  });
  const value = (at(outputs, index) - mean) / std;
  return {
    score: kind === "sigmoid" ? sigmoid(value) : value,
    tokenValues: first.tokenValues,
    outputs,
    ...(names && { outputNames: names }),
  };
}
