// Tested by: test/demo/verdict/groups.test.ts
/** A verdict: what was judged, its scores, and the model that judged. */
import type { Draft } from "../draft/state.ts";
import type { ResponseScore } from "../engine/protocol.ts";
import type { Judge } from "../engine/state.ts";

export interface Verdict {
  readonly draft: Draft;
  readonly scores: readonly ResponseScore[];
  /** Undefined for a recorded example. */
  readonly judge: Judge | undefined;
}

/**
 * Returns what of a verdict's input is unlike all that the model was shown; undefined if it is not,
 * or if nothing can say so.
 */
export function outsideOf({
  scores: all,
  judge,
}: Pick<Verdict, "scores" | "judge">): Outside | undefined {
  const pairs = judge?.calibration?.pairs;
  // The picture and the question are the same for all responses.
  const reading = all[0]?.reading;
  return pairs !== undefined && reading !== undefined && reading.ratio > 1
    ? { ratio: reading.ratio, part: reading.part, pairs }
    : undefined;
}

interface Outside {
  /** The distance in limits. */
  readonly ratio: number;
  readonly part: "picture" | "question";
  readonly pairs: number;
}
