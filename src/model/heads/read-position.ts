// Tested by: test/model/heads/value-head.gpu.test.ts
/** Chooses the tokens that a head is read at. */
import { InputError } from "../../errors.ts";
import type { ReadAt } from "./head.ts";

/** What is known of a prompt when the tokens are chosen that make its score. */
export interface ReadInput {
  readonly ids: Uint32Array;
  readonly padTokenId: number | undefined;
  /** The id of the marker, if the head is read at one. */
  readonly markerId: number | undefined;
  /** The last token of each separator, if the prompt has pieces. */
  readonly separators: readonly number[];
}

/**
 * Returns the indexes of the tokens, in order.
 * @throws InputError if the prompt has no marker, or more than one where one is read
 */
export function readPositions(read: ReadAt, input: ReadInput): readonly number[] {
  const { ids, padTokenId, markerId, separators } = input;
  if (read.at === "last") return [Math.max(0, ids.length - 1)];
  if (read.at === "unpadded") {
    // Python: GenericForSequenceClassification.
    return [
      Math.max(
        0,
        ids.findLastIndex((id) => id !== padTokenId),
      ),
    ];
  }
  if (read.at === "separators") return separators;
  const found = Array.from(ids.keys()).filter((i) => ids[i] === markerId);
  const isFitting = read.at === "every" ? found.length > 0 : found.length === 1;
  if (isFitting) return found;
  throw new InputError({
    where: "conversation",
    what: `the head is read at ${JSON.stringify(read.token)}`,
    got: `${found.length} of them`,
    expected: read.at === "every" ? "one or more" : "exactly one",
    todo: "Give the fields of the model's own prompt as inputs: text that spells the token is text",
  });
}
