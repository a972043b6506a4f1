// Tested by: test/model/heads/value-head.gpu.test.ts
/** Chooses the token that a head is read at. */
import type { ReadInput } from "./head.ts";

/** Returns the last token. */
export function lastToken({ ids }: ReadInput): readonly number[] {
  return [Math.max(0, ids.length - 1)];
}

/**
 * Returns the last token that is not padding; the first if all are. Python:
 * GenericForSequenceClassification.
 */
export function lastUnpadded({ ids, padTokenId }: ReadInput): readonly number[] {
  const last = ids.findLastIndex((id) => id !== padTokenId);
  return [Math.max(0, last)];
}
