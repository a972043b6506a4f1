/** The rope of a decoder whose positions count up. */
import type { RopeConfig } from "../../src/model/rope.ts";

export function linearRope(theta: number, headDim: number): RopeConfig {
  const pairAxes = Array.from({ length: headDim / 2 }, () => 0);
  return { theta, axes: 1, pairAxes, scaling: undefined };
}
