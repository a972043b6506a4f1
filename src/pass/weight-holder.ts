/**
 * What a running plan needs of whoever holds the weights: resident, streamed or quantised is none
 * of its business.
 */
import type { WeightPart } from "../kernels/kernel.ts";

/**
 * Who holds the weights. Groups are asked for in the plan's order and given back when their submit
 * is done.
 */
export interface WeightHolder {
  /** Says which groups the coming pass will ask for, in order. */
  expect(groups: readonly string[]): void;
  /**
   * Whether the group lies on the GPU already, so that a submit may take it along without waiting.
   */
  isReady(group: string): boolean;
  /** Waits until the group lies on the GPU. */
  acquire(group: string, signal?: AbortSignal): Promise<void>;
  /** The buffer of a part of an acquired group, which is bound whole. */
  buffer(part: WeightPart): GPUBuffer;
  /** Says that the GPU has read the group for the last time in this pass. */
  release(group: string): void;
  /** Tokens of a pass at most: more if every pass has to read the weights. */
  readonly passTokens: number;
  /** GPU bytes that are held now. */
  readonly byteLength: number;
  destroy(): void;
}
