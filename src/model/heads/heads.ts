/**
 * The heads that can be read, and which of them a checkpoint has. To add one, write its record and
 * list it here.
 */
import type { Head, ShapeOf } from "./head.ts";
import { score } from "./score.ts";
import { summary } from "./summary.ts";

export const heads: readonly Head[] = [summary, score];

/** A head, and the prefix of its tensors' names in a checkpoint. */
export interface FoundHead {
  readonly head: Head;
  readonly prefix: string;
}

/**
 * Finds the head of a checkpoint by its tensors; undefined if it has no known one. If it has two,
 * the one counts that the model's class reads.
 */
export function findHead(shapeOf: ShapeOf, architecture: string): FoundHead | undefined {
  const found = heads.flatMap((head) => {
    const prefix = head.prefixes.find((own) => head.matches(shapeOf, own));
    return prefix === undefined ? [] : [{ head, prefix }];
  });
  const isRead = ({ head }: FoundHead): boolean =>
    head.architectures.some((ending) => architecture.endsWith(ending));
  return found.find(isRead) ?? found[0];
}
