/** What a line has with --outputs. */
import { expect, test } from "vitest";
import { outputFields } from "../../../cli/output/head-outputs.ts";

test("outputs: what a head said → fields in the reference's names; nothing else", () => {
  const aggregates = { min: 0.5, product: 0.4, last: 0.8, mean: 0.65 };
  expect(outputFields({ readAt: [3], stepValues: [0.5, 0.8], aggregates })).toEqual({
    read_at: [3],
    step_values: [0.5, 0.8],
    aggregates,
  });
  expect(outputFields({ labelMass: 0.1, probabilities: { yes: 1 } })).toEqual({
    label_mass: 0.1,
    probabilities: { yes: 1 },
  });
});
