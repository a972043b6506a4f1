/** The door `vl-reward/pairs`: training pairs from scored responses. */
export { pairsOfLabels } from "./labelled.ts";
export type { LabelledPairs, TiedPair } from "./labelled.ts";
export type { RowId } from "../base/json.ts";
export type { Label, LabelOrigin } from "../label/labels.ts";
export { formatIndex, formatPair, pairFormats } from "./formats.ts";
export type { FormatOptions, PairFormat, PairLabels, PairSource, TrainingPair } from "./formats.ts";
export { balanceLengths, dropReasons, selectPairs } from "./select.ts";
export type { Dropped, DropReason, Pair, PairOptions, ScoredPrompt } from "./select.ts";
