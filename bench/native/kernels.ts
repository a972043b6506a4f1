/**
 * Kernels on their own: what share of the peak that a plain loop of multiplications reaches they
 * are worth.
 */
import { attention, attentionPairs, attentionTiles } from "../../src/kernels/attention.ts";
import type { Heads } from "../../src/kernels/attention.ts";
import { kernel, u32, write } from "../../src/kernels/kernel.ts";
import type { Form, Kernel, Tensor } from "../../src/kernels/kernel.ts";
import { linear } from "../../src/kernels/matmul.ts";
import type { Profile } from "../../src/kernels/profile.ts";
import type { Plan } from "../../src/pass/plan.ts";
import { ours } from "../cases/ours.ts";
import type { Contender } from "../cases/case.ts";
import { HeldWeights } from "../measure/held-weights.ts";
import { interleave } from "../measure/interleave.ts";
import type { Timing } from "../measure/interleave.ts";
import { activations, relativeDifference } from "../measure/values.ts";
import fmaSource from "./fma-peak.wgsl?raw";
import { settled } from "../cases/case.ts";
import type { MeasuredBench } from "../cases/case.ts";
import { COPY_DST, COPY_SRC } from "../../src/gpu/usage.ts";
import { unfusedAttention } from "./unfused-attention.ts";

const fmaKernel: Kernel = kernel("fma-peak", [fmaSource], {
  bindings: [write("out")],
  constants: [],
  params: [u32("rounds")],
});

export interface KernelResult extends Timing {
  readonly gflops: number;
  /** The share of the plain loop's GFLOP/s; undefined for that loop itself. */
  readonly share: number | undefined;
  /** Of attention: the largest difference to the three steps, over the largest magnitude. */
  readonly difference?: number;
}

/** Returns GFLOP/s of the plain loop. A fast GPU gets more workgroups and rounds. */
export async function fmaPeak(bench: MeasuredBench): Promise<number> {
  const { software } = bench.device.adapter;
  const [workgroups, rounds] = software ? [64, 256] : [16_384, 4096];
  const loop = await ours(bench, "peak", new HeldWeights(bench.device, "f32"), (plan) => {
    const out = plan.tensor("out", workgroups * 64, 4);
    plan.record({
      label: "peak",
      kernel: fmaKernel,
      constants: {},
      bindings: [out],
      params: { rounds },
      grid: [workgroups, 1, 1],
      cost: workgroups * 64 * rounds * 32,
    });
    return out;
  });
  const [timing] = await interleave([loop], bench);
  await loop.release();
  return (workgroups * 64 * rounds * 64) / (timing?.lowestMs ?? Number.NaN) / 1e6;
}

/** A form of weights, and the profile whose matmul takes it. */
export interface MatmulVariant {
  readonly name: string;
  readonly form: Form;
  readonly profile: Profile;
}

/** A matrix product in some variants, in turn. */
export async function matmuls(
  bench: MeasuredBench,
  [rows, depth, columns]: readonly [number, number, number],
  variants: readonly MatmulVariant[],
  peak: number,
): Promise<KernelResult[]> {
  const contenders: Contender[] = [];
  for (const { name: variant, form, profile } of variants) {
    const weights = new HeldWeights(bench.device, form, { repeats: true });
    const weight = weights.matrix("bench", "weight", [{ name: "weight", rows: columns }], depth);
    const x = activations("x", rows * depth);
    const name = `matmul ${rows}x${depth}x${columns} ${variant}`;
    const build = (plan: Plan): Tensor => linear(plan, "matmul", plan.input("x", x, rows), weight);
    contenders.push(await ours({ ...bench, profile }, name, weights, build));
  }
  return await timed(bench, contenders, 2 * rows * depth * columns, peak);
}

/**
 * Times the fused kernel and the three steps with the same values; throws if the results differ.
 */
export async function attentions(
  bench: MeasuredBench,
  tokens: number,
  heads: Heads,
  causal: boolean,
  peak: number,
): Promise<KernelResult[]> {
  const qkv = activations("qkv", tokens * (heads.queries + 2 * heads.keys) * heads.dim);
  const contender = async (
    name: string,
    build: (plan: Plan, qkv: Tensor) => Tensor,
  ): Promise<Contender> =>
    await ours(bench, name, new HeldWeights(bench.device, "f32"), (plan) =>
      build(plan, plan.input("qkv", qkv, tokens)),
    );
  const mask = causal ? ", causal" : "";
  const size = `${tokens} tokens, ${heads.queries}/${heads.keys} heads of ${heads.dim}${mask}`;
  const contenders = [
    await contender(`attention ${size}`, (plan, own) => {
      const table = attentionTiles([{ begin: 0, end: tokens }], causal, plan.profile.attention);
      const tiles = { table: plan.input("tiles", table), pairs: attentionPairs(table) };
      return attention(plan, "attention", own, heads, tiles);
    }),
    await contender("  the same, not fused", (plan, own) =>
      unfusedAttention(plan, own, heads, causal),
    ),
  ];
  const [fused, unfused] = await Promise.all(contenders.map(async (own) => await own.output()));
  const difference = fused && unfused ? relativeDifference(fused, unfused) : Number.NaN;
  if (!(difference < 1e-4)) throw new Error(`fused and unfused attention differ by ${difference}`);
  const pairs = causal ? (tokens * (tokens + 1)) / 2 : tokens ** 2;
  const results = await timed(bench, contenders, 4 * pairs * heads.queries * heads.dim, peak);
  return results.map((result, i) => (i === 0 ? { ...result, difference } : result));
}

/** Returns GB/s of a copy from memory to memory, bytes read and bytes written. */
export async function copyRate(bench: MeasuredBench): Promise<number> {
  const { device } = bench;
  const byteLength = device.adapter.software ? 2 ** 24 : 2 ** 28;
  const usage = COPY_SRC | COPY_DST;
  const [from, to] = ["from", "to"].map((label) => device.buffer(label, byteLength, usage));
  if (!from || !to) throw new Error("no buffers to copy");
  const copy = {
    name: "copy",
    submit(): void {
      const encoder = device.gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(from, 0, to, 0, byteLength);
      device.gpu.queue.submit([encoder.finish()]);
    },
    settled: async () => await settled(device),
  };
  const [timing] = await interleave([copy], bench);
  for (const buffer of [from, to]) device.release(buffer);
  return (2 * byteLength) / (timing?.lowestMs ?? Number.NaN) / 1e6;
}

async function timed(
  bench: MeasuredBench,
  contenders: readonly Contender[],
  flops: number,
  peak: number,
): Promise<KernelResult[]> {
  const timings = await interleave(contenders, bench);
  for (const contender of contenders) await contender.release();
  return timings.map((timing) => {
    const gflops = flops / timing.medianMs / 1e6;
    return { ...timing, gflops, share: gflops / peak };
  });
}
