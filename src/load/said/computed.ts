// Tested by: test/golden/heads.gpu.test.ts
/** What is computed of a conversation, and what its heads said. */
import type { ScoreOutputs } from "../../types.ts";
import type { Reading } from "../pass.ts";
import type { Prepared } from "../prepare.ts";

/** One conversation that was computed. */
export interface Computed {
  readonly prepared: Prepared;
  readonly reading: Reading;
  /** The logarithm of the sum of all tokens' powers; undefined if it was not asked for. */
  readonly logSum: number | undefined;
}

/** What comes of one prompt of a conversation. */
export interface PassScore extends ScoreOutputs {
  readonly score: number;
  readonly tokenValues: Float32Array;
}

/** Returns what each pass said, in their order, and what they come to. */
export type ReadHeads = (computed: readonly Computed[]) => {
  readonly passes: readonly PassScore[];
  readonly whole: PassScore;
};
