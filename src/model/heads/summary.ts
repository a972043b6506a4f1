// Tested by: test/testing/golden.test.ts
/**
 * TRL's value head, as LLaMA-Factory saves it too: `v_head.summary`, with a bias, read at the last
 * token.
 */
import type { Head } from "./head.ts";
import { linearWeights, hasWeight, recordLinear, theOne } from "./linear-head.ts";
import { lastToken } from "./read-position.ts";
import type { LinearHeadWeights } from "./linear-head.ts";

export const summary: Head<LinearHeadWeights> = {
  name: "value head",
  wanted: "v_head.summary.weight [1, hidden_size] and v_head.summary.bias [1]",
  prefixes: ["v_head.summary"],
  architectures: [],
  matches: hasWeight,
  weights: (declare, prefix, hidden) => linearWeights(declare, prefix, hidden, true),
  record: recordLinear,
  read: lastToken,
  score: theOne,
};
