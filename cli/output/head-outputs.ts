// Tested by: test/cli/output/head-outputs.test.ts
/** What a head said beside the score, as a line of the output has it (`--outputs`). */

import type { JsonObject } from "../../src/base/json.ts";
import type { PassOutputs, ScoreOutputs } from "../../src/types.ts";

/** Returns the fields of a line; of a model with several prompts also those of each. */
export function outputFields(
  score: ScoreOutputs & { readonly passes?: readonly PassOutputs[] | undefined },
): JsonObject {
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
    passes: score.passes?.map((pass) => ({
      score: pass.value,
      ...outputFields({ ...pass, passes: undefined }),
      input_ids: [...pass.tokenIds],
    })),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
