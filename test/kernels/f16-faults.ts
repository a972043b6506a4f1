/**
 * Faults that only f16 can have, planted in the f16 kernels: the matmul's test and the
 * self-test must both find it.
 */
import type { Form } from "../../src/kernels/kernel.ts";
import { matmulKernels } from "../../src/kernels/matmul.ts";

export interface F16Fault {
  readonly variant: "half" | "matrix";
  readonly form: Form;
  readonly what: string;
  /** A piece of the kernel's source, and its replacement. */
  readonly from: string;
  readonly to: string;
}

/** Cut to the 11 bits of an f16. Not by a conversion there and back: compilers leave that out. */
const CUT = "= bitcast<vec4<f32>>(bitcast<vec4<u32>>(turned_x[i]) & vec4(0xffffe000u))";

export const F16_FAULTS: readonly F16Fault[] = [
  {
    variant: "matrix",
    form: "bf16",
    what: "the low half of x left out",
    from: "subgroupMatrixMultiplyAccumulate(x_low[r], w_high, sums[i])",
    to: "sums[i]",
  },
  {
    variant: "matrix",
    form: "f32",
    what: "the low half of weights left out",
    from: "subgroupMatrixMultiplyAccumulate(x_high[r], w_low, sums[i])",
    to: "sums[i]",
  },
  {
    variant: "matrix",
    form: "q8",
    what: "x not scaled",
    from: "let x_scale = scale_of(most.x)",
    to: "let x_scale = 1.0",
  },
  {
    variant: "matrix",
    form: "f16",
    what: "the scale of x not undone",
    from: "vec2(inverse_of(x_scale),",
    to: "vec2(1.0,",
  },
  {
    variant: "matrix",
    form: "q4",
    what: "the scale of weights not undone",
    from: "inverse_of(weight_scale))",
    to: "1.0)",
  },
  {
    variant: "half",
    form: "f32",
    what: "x with no more bits than f16",
    from: "= turned_x[i]",
    to: CUT,
  },
  {
    variant: "half",
    form: "bf16",
    what: "a bit of the weights lost",
    from: "half.x << 16u",
    to: "(half.x & 0xfffeu) << 16u",
  },
  {
    variant: "half",
    form: "q8",
    what: "integers no longer whole",
    from: "vec4<f16>(round(values))",
    to: "vec4<f16>(round(values) * 0.99)",
  },
  {
    variant: "half",
    form: "q4",
    what: "steps of blocks forgotten",
    from: "* steps + lowest",
    to: "+ lowest",
  },
];

/** Runs `work` while a fault is planted in the kernel, and returns its result. */
export async function planted<T>(
  { variant, form, from, to }: F16Fault,
  work: () => Promise<T>,
): Promise<T> {
  const kernels = matmulKernels[variant];
  const sound = kernels[form];
  const source = sound.source.replaceAll(from, to);
  if (source === sound.source) throw new Error(`${sound.name} has no ${from}`);
  Object.assign(kernels, { [form]: { ...sound, source } });
  try {
    return await work();
  } finally {
    Object.assign(kernels, { [form]: sound });
  }
}
