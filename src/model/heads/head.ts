/**
 * A head is one record with all that the engine knows about it. `heads.ts` lists the records.
 *
 * A head reads the decoder's states and gives numbers for each token; some of those tokens make the
 * score. The tensors of a checkpoint decide which head it has, in every family.
 */
import type { Declare } from "../../checkpoint/weight-table.ts";
import type { Recorder, Tensor } from "../../kernels/kernel.ts";

/** Looks up the shape of a checkpoint's tensor; undefined for one that it lacks. */
export type ShapeOf = (name: string) => readonly number[] | undefined;

/** What is known of a conversation when the tokens are chosen that make its score. */
export interface ReadInput {
  readonly ids: Uint32Array;
  readonly padTokenId: number | undefined;
}

export interface Head<Weights = unknown> {
  /** The name in errors. */
  readonly name: string;
  /** Its tensors, as errors name them. */
  readonly wanted: string;
  /** How the names of its tensors may begin; the first prefix that the checkpoint has is used. */
  readonly prefixes: readonly string[];
  /** Endings of `architectures` whose own code reads this head, for checkpoints that have two. */
  readonly architectures: readonly string[];
  /** Returns whether the tensors that begin with `prefix` are this head's. */
  matches(shapeOf: ShapeOf, prefix: string): boolean;
  /** Declares the weights under their names in the checkpoint. */
  weights(declare: Declare, prefix: string, hidden: number): Weights;
  /** Records the states [tokens, hidden] → the values of all tokens, in their order. */
  record(plan: Recorder, weights: Weights, x: Tensor): Tensor;
  /** Returns the tokens whose values make the score. */
  read(input: ReadInput): readonly number[];
  /** Returns the score, from the values at those tokens. */
  score(values: readonly number[]): number;
}
