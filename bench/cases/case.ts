/**
 * A case of the comparison: the same work by several contenders, and the target for ours.
 */
import type { Device } from "../../src/gpu/device.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import type { InterleaveOptions, Variant } from "../measure/interleave.ts";

/** The inputs that every case is built with. */
export interface Bench {
  readonly device: Device;
  /**
   * The same adapter without subgroups, if requested: there the peer's fused attention is right.
   */
  readonly plainDevice?: Device | undefined;
  readonly profile: Profile;
}

/** A bench, and how long it measures. */
export type MeasuredBench = Bench & InterleaveOptions;

export interface Contender extends Variant {
  /** True for the library that people would use instead of ours. */
  readonly isPeer: boolean;
  /** The largest accepted error of its result, divided by the largest wanted magnitude. */
  readonly limit: number;
  output(): Promise<Float32Array>;
  release(): void | Promise<void>;
}

export interface Case {
  readonly name: string;
  /** Floating-point operations of one run; undefined if they are not counted. */
  readonly flops: number | undefined;
  /** The least accepted ratio of the faster peer to us in time, on software adapters. */
  readonly target: { readonly swiftshader: number; readonly lavapipe: number };
  /**
   * The right values, in double precision. If it is missing, the first contender's result counts.
   */
  reference?(): Float32Array;
  build(bench: Bench): Promise<Contender[]>;
}

/** Waits until the device has done its submitted work. */
export async function settled(device: Device): Promise<void> {
  await device.race(device.gpu.queue.onSubmittedWorkDone());
}

/** The limit for f32 sums in another order. */
export const ROUNDING = 1e-5;
