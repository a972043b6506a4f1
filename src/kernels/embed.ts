/**
 * Records the decoder's input: embedding rows and image rows side by side. Twin of
 * `shaders/embed.wgsl`.
 */
import shader from "../../shaders/embed.wgsl?raw";
import { gridOfValues, kernel, read, u32, write } from "./kernel.ts";
import type { Kernel, Recorder, Tensor } from "./kernel.ts";
import { weightSources } from "./weight-forms.ts";
import type { StoredForm } from "./weight-forms.ts";

/** The highest bit of a source marks a picture's row. */
export const IMAGE_ROW = 0x8000_0000;

const declare = (form: StoredForm): Kernel =>
  kernel("embed", [shader, weightSources[form]], {
    bindings: [read("source"), read("weight"), read("image"), write("out")],
    constants: [],
    params: [u32("tokens"), u32("stride4")],
  });

export const embedKernels: Readonly<Record<StoredForm, Kernel>> = {
  f32: declare("f32"),
  bf16: declare("bf16"),
  f16: declare("f16"),
};

/** Rows of the embedding table, packed as in the checkpoint, each padded to whole vec4s. */
export interface EmbeddingRows {
  readonly table: Tensor;
  readonly form: StoredForm;
  readonly hidden: number;
}

/**
 * Records [tokens, hidden]; source [tokens] picks rows of `rows` or, with the highest bit, `image`.
 */
export function embed(
  plan: Recorder,
  label: string,
  source: Uint32Array,
  rows: EmbeddingRows,
  image: Tensor | undefined,
): Tensor {
  const out = plan.tensor(label, source.length, rows.hidden);
  const values4 = (source.length * out.stride) / 4;
  plan.record({
    label,
    kernel: embedKernels[rows.form],
    constants: {},
    bindings: [plan.input(`${label}.source`, source), rows.table, image ?? rows.table, out],
    params: { tokens: source.length, stride4: out.stride / 4 },
    grid: gridOfValues(values4),
    cost: 4 * values4,
  });
  return out;
}
