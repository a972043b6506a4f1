// Tested by: test/cli/output/head-outputs.test.ts
/** What a head said beside the score, as a line of the output has it (`--outputs`). */

import type { JsonObject } from "../../src/base/json.ts";
import type { ScoreOutputs } from "../../src/types.ts";

/** Returns the fields of a line. */
export function outputFields(score: ScoreOutputs & { readonly passes?: unknown }): JsonObject {
  const { outputs, outputNames, labels, labelIds, probabilities, expectedLevel } = score;
  const { labelMass, vocabularyProbabilities, stepValues, aggregates, readAt } = score;
  const fields: JsonObject = {
    read_at: readAt,
    outputs,
    output_names: outputNames,
    labels,
    label_ids: labelIds,
    probabilities,
    expected_level: expectedLevel,
    label_mass: labelMass,
    vocabulary_probabilities: vocabularyProbabilities,
    step_values: stepValues,
    aggregates,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
