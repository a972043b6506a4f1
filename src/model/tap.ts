// Tested by: test/model/decoder.test.ts
/** Looking at a forward pass from outside, and at its tensors in another shape. */
import { GpuError } from "../errors.ts";
import type { Tensor } from "../kernels/kernel.ts";

/** Called with every tensor that the oracle names; gives it back. */
export type Tap = (name: string, tensor: Tensor) => Tensor;

/** Looks at nothing. */
export const noTap: Tap = (_name, tensor) => tensor;

/** Returns the same values as [rows, columns]: only if rows are not padded. */
export function reshape(tensor: Tensor, rows: number, columns: number): Tensor {
  if (
    tensor.stride !== tensor.columns ||
    rows * columns !== tensor.rows * tensor.columns ||
    columns % 4
  ) {
    throw new GpuError({
      where: tensor.label,
      what: "cannot be seen in another shape",
      got: `[${tensor.rows}, ${tensor.columns}], rows of ${tensor.stride}`,
      expected: `[${rows}, ${columns}]`,
    });
  }
  return { ...tensor, rows, columns, stride: columns };
}
