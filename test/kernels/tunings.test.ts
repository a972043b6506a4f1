/** What the tunings' numbers must keep to, whatever the GPU: no GPU is needed to count. */
import { expect, test } from "vitest";
import { matmulTunings } from "../../src/kernels/tunings.ts";

/** What the spec promises of every adapter. */
const WORKGROUP_BYTES = 16_384;
const WORKGROUP_INVOCATIONS = 256;

test.each(Object.entries(matmulTunings))(
  "tuning of matmul: %s → fits every adapter",
  (_, knobs) => {
    // Their shaders take no constants: compiling them is their test.
    if (knobs.variant === "half" || knobs.variant === "matrix") return;
    if (knobs.variant !== "shared") {
      expect(knobs.workgroup).toBeLessThanOrEqual(WORKGROUP_INVOCATIONS);
      return;
    }
    const { rows, columns, ownRows, staged } = knobs;
    const invocations = rows * columns;
    expect(invocations).toBeLessThanOrEqual(WORKGROUP_INVOCATIONS);
    // X_STRIDE and WEIGHT_STRIDE vec4s of 16 bytes for each k.
    const strides = (rows * ownRows) / 4 + 1 + (2 * columns + 1);
    expect(staged * strides * 16).toBeLessThanOrEqual(WORKGROUP_BYTES);
    // Blocks of four by four: each invocation stages one of x and one of the weight at most, and all are staged.
    const blocksAtOnce = invocations / (staged / 4);
    expect(blocksAtOnce).toBeGreaterThanOrEqual((rows * ownRows) / 4);
    expect(blocksAtOnce).toBeGreaterThanOrEqual(2 * columns);
  },
);
