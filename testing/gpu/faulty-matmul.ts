/**
 * A matmul with a fault, in the place of a variant's own kernel: it shows that a comparison would
 * see such a fault in any kernel, however that is written.
 *
 *   await withFaultyMatmul("shared", "sums in f16", async () => await compareThem());
 */
import store from "../../shaders/lib/matmul-store.wgsl?raw";
import type { Form, Kernel } from "../../src/kernels/kernel.ts";
import { matmulKernelsOf } from "../../src/kernels/matmul.ts";
import type { MatmulTuning } from "../../src/kernels/tunings.ts";
import { matmulWeightSources } from "../../src/kernels/weight-forms.ts";
import source from "./faulty-matmul.wgsl?raw";

/** What careless f16, a GPU of less precision, and a wrong index would do. */
const FAULTS = {
  "x with no more bits than f16": "X_OF_11_BITS",
  "weights with one bit less than bf16": "WEIGHTS_OF_7_BITS",
  "x not scaled, cut at f16's largest": "X_CUT_AT_F16_LARGEST",
  "x not scaled, too small for f16": "X_BELOW_F16_IS_ZERO",
  "the scale of x not undone": "X_SCALED",
  "the scale of weights not undone": "WEIGHTS_SCALED",
  "sums in f16": "SUMS_IN_F16",
  "the last row of another": "LAST_ROW_OF_ANOTHER",
  "the last of the depth left out": "LAST_DEPTH_LEFT_OUT",
  "two columns swapped": "COLUMNS_SWAPPED",
} as const;

export type MatmulFault = keyof typeof FAULTS;

export const MATMUL_FAULTS: readonly MatmulFault[] = Object.keys(FAULTS) as MatmulFault[];

/** Runs `work` while a tuning has a kernel with a fault, or a sound one if there is none. */
export async function withFaultyMatmul<T>(
  tuning: MatmulTuning,
  fault: MatmulFault | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const name = fault === undefined ? "0u" : FAULTS[fault];
  return await withKernels(
    tuning,
    `faulty: ${name}`,
    (own, form) => ({
      ...own,
      name: "faulty-matmul",
      source: [
        source,
        `const FAULT: u32 = ${name};`,
        // The twin gives them, so they must be there.
        ...own.constants.map((constant) => `override ${constant}: u32;`),
        store,
        ...matmulWeightSources[form],
      ].join("\n"),
      features: [],
    }),
    work,
  );
}

/** Changed kernels by the own one and the change's name: pipelines are kept by kernel. */
const made = new WeakMap<Kernel, Map<string, Kernel>>();

/** Runs `work` while a tuning has other kernels than its own. */
export async function withKernels<T>(
  tuning: MatmulTuning,
  name: string,
  change: (own: Kernel, form: Form) => Kernel,
  work: () => Promise<T>,
): Promise<T> {
  const kernels = matmulKernelsOf(tuning);
  const own = { ...kernels };
  for (const [form, kernel] of Object.entries(own) as [Form, Kernel][]) {
    const known = made.get(kernel) ?? new Map<string, Kernel>();
    made.set(kernel, known);
    const changed = known.get(name) ?? change(kernel, form);
    known.set(name, changed);
    Object.assign(kernels, { [form]: changed });
  }
  try {
    return await work();
  } finally {
    Object.assign(kernels, own);
  }
}
