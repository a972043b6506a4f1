/** The door `vl-reward/explain`: why a response has its score, tested for being true. */
export { explain, Explainer } from "./explain.ts";
export { differencesOf } from "./difference.ts";
export type { Difference } from "./difference.ts";
export { exactShapley, sampledShapley } from "./shapley.ts";
export type { Game, SampleOptions, Shapley } from "./shapley.ts";
export { unitsOf } from "./units.ts";
export type { Span, UnitSize } from "./units.ts";
export type { Box, HideWith } from "./cells.ts";
export type { Truth, TruthVerdict } from "./truth.ts";
export type {
  Contrast,
  Counterfactual,
  ExplainCost,
  ExplainedUnit,
  ExplainOptions,
  ExplainRequest,
  ExplainScore,
  ExplainScorer,
  ExplainScores,
  Explanation,
  PictureShare,
  PictureUnit,
  RunOptions,
  TextUnit,
  TokenTrace,
} from "./types.ts";
