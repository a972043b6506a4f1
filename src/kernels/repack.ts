// Tested by: test/kernels/quantise.gpu.test.ts
/**
 * Packs rows of a tensor from their file's layout into a weight: unchanged, or quantised.
 *
 * Twin of `shaders/repack.wgsl`, `quantise-q8.wgsl` and `quantise-q4.wgsl`, which have the same
 * bindings and params. They run while weights are loaded and are in no plan:
 * `residency/pack-rows.ts` dispatches them.
 */
import repackSource from "../../shaders/repack.wgsl?raw";
import q4Source from "../../shaders/quantise-q4.wgsl?raw";
import q8Source from "../../shaders/quantise-q8.wgsl?raw";
import raw from "../../shaders/lib/weight-raw.wgsl?raw";
import steps from "../../shaders/lib/weight-steps.wgsl?raw";
import { gridOfValues, kernel, read, u32, write } from "./kernel.ts";
import type { Form, Kernel } from "./kernel.ts";
import { isQuantised, QUANT_BLOCK, rowValues } from "./weight-forms.ts";
import type { StoredForm } from "./weight-forms.ts";

const params = ["rows", "columns", "first_row", "interleaved", "part_rows", "stride", "fault"].map(
  u32,
);

const moving = {
  bindings: [read("raw"), write("out")],
  params,
  constants: ["RAW_DTYPE", "HALVES"],
};

const quantising = {
  bindings: [read("raw"), write("out"), write("faults")],
  params,
  constants: ["RAW_DTYPE"],
};

export const repackKernels: Readonly<Record<"repack" | "q8" | "q4", Kernel>> = {
  repack: kernel("repack", [repackSource, raw], moving),
  q8: kernel("quantise-q8", [q8Source, raw, steps], quantising),
  q4: kernel("quantise-q4", [q4Source, raw, steps], quantising),
};

const RAW_DTYPE: Readonly<Record<StoredForm, number>> = { f32: 0, bf16: 1, f16: 2 };

/** Adjacent rows of one tensor, and where they go. */
export interface RowsToPack {
  /** The type in the file. */
  readonly dtype: StoredForm;
  readonly form: Form;
  readonly rows: number;
  readonly columns: number;
  /** The part's row where the first of them goes. */
  readonly firstRow: number;
  /** Whether gate and up alternate in fours. If so, the first row begins a group of four. */
  readonly interleaved: boolean;
  readonly partRows: number;
  /** Vectors are not padded: their rows are single values. */
  readonly isVector: boolean;
  /**
   * The word of `faults` that is set by a value which is not a number, if the rows are quantised.
   */
  readonly fault: number;
}

export interface PackStep {
  readonly kernel: Kernel;
  readonly constants: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, number>>;
  readonly grid: readonly [number, number, number];
}

/** Returns the step that packs the rows: `form` is the one of the file, f32 or a quantised one. */
export function packStep(work: RowsToPack): PackStep {
  const { dtype, form, rows, columns } = work;
  const stride = work.isVector ? 1 : rowValues(form, columns);
  const isHalves = form === "bf16" || form === "f16";
  const isBlocks = isQuantised(form);
  const perRow = isBlocks ? stride / QUANT_BLOCK : isHalves ? stride / 2 : stride;
  return {
    kernel: repackKernels[isBlocks ? form : "repack"],
    constants: {
      RAW_DTYPE: RAW_DTYPE[dtype],
      ...(isBlocks ? {} : { HALVES: isHalves ? 1 : 0 }),
    },
    params: {
      rows,
      columns,
      first_row: work.firstRow,
      interleaved: work.interleaved ? 1 : 0,
      part_rows: work.partRows,
      stride,
      fault: work.fault,
    },
    grid: gridOfValues(rows * perRow),
  };
}
