/**
 * The measurements of the page, in order: short enough for a phone, long enough to mean something
 * on a large GPU.
 */
import { countPlan, leastSeconds } from "../bytes/count.ts";
import { ShapeWeights } from "../bytes/shape-weights.ts";
import type { MeasuredBench } from "../cases/case.ts";
import { digits } from "../measure/digits.ts";
import { F16_TUNINGS, f16Matmuls } from "../native/f16.ts";
import { attentions, copyRate, fmaPeak } from "../native/kernels.ts";
import { prefills, recordPrefill } from "../native/prefill.ts";
import { resizes } from "../native/resize.ts";
import { decoders } from "../native/shapes.ts";
import type { Form } from "../../src/kernels/kernel.ts";
import { lacks } from "../../src/kernels/profile.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import { rowByteLength } from "../../src/kernels/weight-forms.ts";
import { decoderWeights } from "../../src/model/decoder.ts";
import { valueHeadWeights } from "../../src/model/heads/mlp.ts";
import { Plan } from "../../src/pass/plan.ts";

/** One line of the table. */
export interface Measured {
  readonly work: string;
  readonly medianMs?: number;
  readonly lowestMs?: number;
  readonly highestMs?: number;
  /** With its unit. */
  readonly rate?: string;
  /** The share of what the plain loop reaches. */
  readonly share?: number;
  /** Milliseconds that the products need at the plain loop's rate, or the bytes at the copy's. */
  readonly rooflineMs?: number;
  /** Against double precision, or of attention against three separate steps. */
  readonly error?: number;
}

/** What this GPU reached without any of our kernels. */
interface Roofline {
  /** GFLOP/s of the plain loop. */
  readonly peak: number;
  /** GB/s of a copy. */
  readonly copy: number;
}

const FORMS: readonly Form[] = ["f32", "bf16", "q8", "q4"];
/** As many layers of the 0.6B as are measured; all are alike. */
const LAYERS = 2;

/** Runs all measurements; gives lines as they come, and the share that is done. */
export async function* measure(
  bench: MeasuredBench,
): AsyncGenerator<{ done: number; lines: readonly Measured[] }> {
  const { device, profile } = bench;
  const { software } = device.adapter;
  const shape = software ? ([256, 896, 4864] as const) : ([1024, 3584, 18_944] as const);
  const attending = attentionProfiles(bench);
  const steps = FORMS.length + attending.length + 4;
  let done = 0;
  const peak = await fmaPeak(bench);
  const loop = { work: "plain loop of multiplications", rate: `${digits(peak)} GFLOP/s`, share: 1 };
  yield { done: ++done / steps, lines: [loop] };
  const copy = await copyRate(bench);
  yield { done: ++done / steps, lines: [{ work: "copy of memory", rate: `${digits(copy)} GB/s` }] };
  const roofline = { peak, copy };
  const tunings = [...profile.rivals.matmul, ...F16_TUNINGS];
  for (const form of FORMS) {
    // Most adapters lack these features too: only the command line reports that.
    const results = await f16Matmuls(bench, shape, [form], peak, () => {}, tunings);
    const [rows, depth, columns] = shape;
    const bytes = 4 * rows * (depth + columns) + columns * rowByteLength(form, depth);
    const rooflineMs = rooflineOf(roofline, 2 * rows * depth * columns, bytes);
    yield {
      done: ++done / steps,
      lines: results.map((own) => lineOf(own.name, own, { rooflineMs, error: own.error })),
    };
  }
  const heads = { queries: 16, keys: 4, dim: 128 };
  const tokens = software ? 256 : 1000;
  for (const [i, own] of attending.entries()) {
    const results = await attentions({ ...bench, profile: own }, tokens, heads, true, peak);
    const flops = 2 * tokens * (tokens + 1) * heads.queries * heads.dim;
    const bytes = 4 * tokens * (2 * heads.queries + 2 * heads.keys) * heads.dim;
    const rooflineMs = rooflineOf(roofline, flops, bytes);
    const [fused, unfused] = results.map((one, at) => {
      const name = at === 0 ? `${one.name.trim()}, ${own.attention}` : "the same in three steps";
      return lineOf(name, one, { rooflineMs, ...(at === 0 && { error: one.difference }) });
    });
    // The three steps are the same each time.
    const lines = [fused, i === 0 ? unfused : undefined].filter((line) => line !== undefined);
    yield { done: ++done / steps, lines };
  }
  const resized = await resizes(bench, software ? [640, 480] : [4000, 3000]);
  yield {
    done: ++done / steps,
    lines: resized.map(({ name, medianMs, lowestMs, highestMs }) => ({
      work: name.trim(),
      medianMs,
      lowestMs,
      highestMs,
    })),
  };
  yield { done: 1, lines: await prefillLines(bench, software ? 64 : 1000, roofline) };
}

/**
 * Returns the profile, and the profile with each rival of its attention that the device can run.
 */
function attentionProfiles({ device, profile }: MeasuredBench): Profile[] {
  const tunings = [...new Set([profile.attention, ...profile.rivals.attention])];
  const all = tunings.map((attention) => ({ ...profile, attention }));
  return all.filter((one) => lacks(device, one) === undefined);
}

function rooflineOf({ peak, copy }: Roofline, flops: number, bytes: number): number {
  return Math.max(flops / peak, bytes / copy) / 1e6;
}

interface Timed {
  readonly medianMs: number;
  readonly lowestMs: number;
  readonly highestMs: number;
  readonly gflops: number;
  readonly share?: number | undefined;
}

function lineOf(
  work: string,
  { medianMs, lowestMs, highestMs, gflops, share }: Timed,
  { rooflineMs, error }: { rooflineMs: number; error?: number | undefined },
): Measured {
  return {
    work,
    medianMs,
    lowestMs,
    highestMs,
    rate: `${digits(gflops)} GFLOP/s`,
    ...(share !== undefined && { share }),
    rooflineMs,
    ...(error !== undefined && { error }),
  };
}

async function prefillLines(
  bench: MeasuredBench,
  tokens: number,
  { peak, copy }: Roofline,
): Promise<Measured[]> {
  const config = decoders["0.6B"];
  if (!config) return [];
  const cut = { ...config, numHiddenLayers: LAYERS };
  const shapes = new ShapeWeights("bf16");
  const plan = recordPrefill(
    new Plan(bench.profile),
    {
      config: cut,
      weights: decoderWeights(shapes, cut, "model."),
      head: valueHeadWeights(shapes, cut.hiddenSize),
    },
    tokens,
  );
  const limits = { products: (peak * 1e9) / 2, bytes: copy * 1e9, launch: 0, shareOf: () => 1 };
  const rooflineMs = 1000 * leastSeconds(plan.steps, limits);
  const launches = countPlan(plan.steps).reduce((sum, one) => sum + one.launches, 0);
  const own = { layers: LAYERS, form: "bf16", tokens: [tokens] } as const;
  const results = await prefills(bench, "0.6B", config, own);
  return results.map((one) => {
    const work = `${LAYERS} layers of a 0.6B model, bf16, ${tokens} tokens, ${launches} launches`;
    return lineOf(work, { ...one, share: one.gflops / peak }, { rooflineMs });
  });
}
