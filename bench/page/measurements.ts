/**
 * The measurements of the page, in order: short enough for a phone, long enough to mean something
 * on a large GPU.
 */
import type { MeasuredBench } from "../cases/case.ts";
import { f16Matmuls } from "../native/f16.ts";
import { attentions, fmaPeak } from "../native/kernels.ts";
import { prefills } from "../native/prefill.ts";
import { resizes } from "../native/resize.ts";
import { decoders } from "../native/shapes.ts";
import type { Form } from "../../src/kernels/kernel.ts";

/** One line of the table. */
export interface Measured {
  readonly work: string;
  readonly medianMs: number | undefined;
  readonly lowestMs: number | undefined;
  readonly highestMs: number | undefined;
  /** Undefined if the work is not floating-point arithmetic. */
  readonly gflops: number | undefined;
  /** The share of the peak. */
  readonly share: number | undefined;
}

const FORMS: readonly Form[] = ["f32", "bf16", "q8", "q4"];
/** As many layers of the 0.6B as are measured; all are alike. */
const LAYERS = 2;

/** Runs all measurements; gives lines as they come, and the share that is done. */
export async function* measure(
  bench: MeasuredBench,
): AsyncGenerator<{ done: number; lines: readonly Measured[] }> {
  const { software } = bench.device.adapter;
  const shape = software ? ([256, 896, 4864] as const) : ([1024, 3584, 18_944] as const);
  const steps = FORMS.length + 4;
  let done = 0;
  const peak = await fmaPeak(bench);
  const first = {
    work: "plain loop of multiplications",
    medianMs: undefined,
    lowestMs: undefined,
    highestMs: undefined,
    gflops: peak,
    share: 1,
  };
  yield { done: ++done / steps, lines: [first] };
  for (const form of FORMS) {
    // Most adapters lack these features too: only the command line reports that.
    const results = await f16Matmuls(bench, shape, [form], peak, () => {});
    const lines = results.map((own) => ({
      ...own,
      work: `${own.name}, error ${own.error.toExponential(1)}`,
      share: own.share ?? 0,
    }));
    yield { done: ++done / steps, lines };
  }
  const heads = { queries: 16, keys: 4, dim: 128 };
  const attention = await attentions(bench, software ? 256 : 1000, heads, true, peak);
  yield {
    done: ++done / steps,
    lines: attention.map((own) => ({ ...own, work: own.name.trim(), share: own.share ?? 0 })),
  };
  const resized = await resizes(bench, software ? [640, 480] : [4000, 3000]);
  yield {
    done: ++done / steps,
    lines: resized.map((own) => ({
      ...own,
      work: own.name.trim(),
      gflops: undefined,
      share: undefined,
    })),
  };
  yield { done: 1, lines: await prefillLines(bench, software ? 64 : 1000, peak) };
}

async function prefillLines(
  bench: MeasuredBench,
  tokens: number,
  peak: number,
): Promise<Measured[]> {
  const config = decoders["0.6B"];
  if (!config) return [];
  const own = { layers: LAYERS, form: "bf16", tokens: [tokens] } as const;
  const results = await prefills(bench, "0.6B", config, own);
  return results.map(({ medianMs, lowestMs, highestMs, gflops }) => ({
    work: `${LAYERS} layers of a 0.6B model, bf16, ${tokens} tokens`,
    medianMs,
    lowestMs,
    highestMs,
    gflops,
    share: gflops / peak,
  }));
}
