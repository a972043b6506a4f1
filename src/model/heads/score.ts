// Tested by: test/model/heads/value-head.gpu.test.ts
/**
 * The head of transformers' …ForSequenceClassification: `score`, mostly without a bias, read past
 * padding.
 */
import type { Head } from "./head.ts";
import { linearWeights, hasWeight, recordLinear, theOne } from "./linear-head.ts";
import { lastUnpadded } from "./read-position.ts";
import type { LinearHeadWeights } from "./linear-head.ts";

export const score: Head<LinearHeadWeights> = {
  name: "score head",
  wanted: "score.weight [1, hidden_size]",
  // vLLM's classifiers, which `export` writes, have it under the decoder's name.
  prefixes: ["score", "language_model.score"],
  architectures: ["ForSequenceClassification"],
  matches: hasWeight,
  weights: (declare, prefix, hidden) => linearWeights(declare, prefix, hidden, false),
  record: recordLinear,
  read: lastUnpadded,
  score: theOne,
};
