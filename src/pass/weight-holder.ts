/**
 * What a running plan needs from the holder of the weights. The plan does not know whether they are
 * resident, streamed or quantised.
 */
import type { WeightPart } from "../kernels/kernel.ts";

/**
 * Holds the weights. Groups are requested in the plan's order and released when their submit is
 * done.
 */
export interface WeightHolder {
  /** Announces the groups that the coming pass will request, in order. */
  expect(groups: readonly string[]): void;
  /**
   * Tells whether the group is on the GPU already, so that a submit may include it without waiting.
   */
  isReady(group: string): boolean;
  /** Waits until the group is on the GPU. */
  acquire(group: string, signal?: AbortSignal): Promise<void>;
  /** Returns the buffer of a part of an acquired group, which is bound whole. */
  buffer(part: WeightPart): GPUBuffer;
  /** Reports that the GPU has read the group for the last time in this pass. */
  release(group: string): void;
  /** The most tokens of a pass: more if every pass has to read the weights. */
  readonly passTokens: number;
  /** GPU bytes in use now. */
  readonly byteLength: number;
  destroy(): void;
}
