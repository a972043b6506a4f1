/**
 * `npm run bench -- native`: kernels and whole prefills in Dawn for Node, with made-up weights of
 * published shapes.
 */
import { writeFile } from "node:fs/promises";
import type { Form } from "../../src/kernels/kernel.ts";
import { chooseProfile } from "../../src/kernels/profile.ts";
import { isQuantised } from "../../src/kernels/weight-forms.ts";
import { pickTrusted } from "../../src/tuning/self-test.ts";
import type { MeasuredBench } from "../cases/case.ts";
import { digits } from "../measure/digits.ts";
import type { Timing } from "../measure/interleave.ts";
import { f16Matmuls } from "./f16.ts";
import type { F16Result } from "./f16.ts";
import { attentions, fmaPeak, matmuls } from "./kernels.ts";
import type { KernelResult } from "./kernels.ts";
import { openGpu } from "./open-gpu.ts";
import { prefills } from "./prefill.ts";
import type { PrefillResult } from "./prefill.ts";
import { resizes } from "./resize.ts";
import { decoders } from "./shapes.ts";

export interface NativeOptions {
  readonly models: readonly string[];
  readonly forms: readonly string[];
  readonly tokens: readonly number[];
  /** Layers of each model at most. */
  readonly layers: number;
  readonly sections: readonly string[];
  readonly reps: number;
  readonly budgetSeconds: number;
  readonly profile: string | undefined;
  readonly json: string | undefined;
}

const SECTIONS = ["matmul", "f16", "attention", "resize", "prefill"];
const FORMS: readonly Form[] = ["f32", "bf16", "q8", "q4"];

/**
 * [rows, depth, columns]: a thousand tokens through the largest matrices of the 7B, and less if
 * that takes too long.
 */
const SHAPES = [[1024, 3584, 18_944]] as const;
const SOFTWARE_SHAPES = [
  [256, 3584, 3584],
  [512, 1024, 1024],
] as const;

const HEADS = { queries: 16, keys: 4, dim: 128 };
const ATTENTION_TOKENS = 1000;

/** [width, height] of a drawing, a screen and a photo. */
const PICTURES = [
  [640, 480],
  [1920, 1080],
  [4000, 3000],
] as const;

export async function benchNative(options: NativeOptions): Promise<void> {
  const forms = pick(options.forms, FORMS, "--form");
  const sections = pick(options.sections, SECTIONS, "--only");
  const models = pick(options.models, Object.keys(decoders), "--model");
  const device = await openGpu();
  const { adapter } = device;
  const { reps } = options;
  const budgetMs = options.budgetSeconds * 1000;
  const say = options.json === "-" ? () => {} : (line: string) => console.log(line);
  const wanted = chooseProfile(device, options.profile);
  const profile = await pickTrusted(device, wanted, forms.some(isQuantised), say);
  const bench: MeasuredBench = { device, profile, reps, budgetMs };
  say(`adapter: ${adapter.name}, kernel profile ${profile.name}, matmul ${profile.matmul}`);
  if (adapter.software) say("A software adapter: only ratios mean something.");
  const peak = await fmaPeak(bench);
  say(`peak of a plain loop of multiplications: ${digits(peak)} GFLOP/s f32\n`);
  const kernels: KernelResult[] = [];
  const tell = (results: readonly KernelResult[]): void => {
    kernels.push(...results);
    results.map(kernelLine).forEach(say);
  };
  const shapes = adapter.software ? SOFTWARE_SHAPES : SHAPES;
  for (const shape of sections.includes("matmul") ? shapes : []) {
    const variants = forms.map((form) => ({ name: form, form, profile }));
    tell(await matmuls(bench, shape, variants, peak));
  }
  const f16: F16Result[] = [];
  for (const shape of sections.includes("f16") ? shapes : []) {
    const results = await f16Matmuls(bench, shape, forms, peak, say);
    f16.push(...results);
    results.map(f16Line).forEach(say);
  }
  for (const causal of sections.includes("attention") ? [false, true] : []) {
    tell(await attentions(bench, ATTENTION_TOKENS, HEADS, causal, peak));
  }
  const resized: Timing[] = [];
  for (const sides of sections.includes("resize") ? PICTURES : []) {
    const results = await resizes(bench, sides);
    resized.push(...results);
    results.map(timingLine).forEach(say);
  }
  const whole: PrefillResult[] = [];
  for (const name of sections.includes("prefill") ? models : []) {
    const config = decoders[name];
    for (const form of config ? forms : []) {
      if (!config) continue;
      const { layers, tokens } = options;
      const results = await prefills(bench, name, config, { layers, form, tokens });
      whole.push(...results);
      [...results.map(prefillLine), growthLine(results)].forEach(say);
    }
  }
  const record = {
    date: new Date().toISOString(),
    adapter,
    profile,
    peak,
    kernels,
    f16,
    resizes: resized,
    prefills: whole,
  };
  if (options.json === "-") console.log(JSON.stringify(record));
  else if (options.json) await writeFile(options.json, `${JSON.stringify(record)}\n`);
}

function timingLine({ name, medianMs, lowestMs, highestMs }: Timing): string {
  return `${name.padEnd(46)} ${digits(medianMs)} ms (${digits(lowestMs)} to ${digits(highestMs)})`;
}

function kernelLine(one: KernelResult): string {
  const { gflops, share } = one;
  const part = share === undefined ? "" : `${(share * 100).toFixed(0)} % of the peak`;
  return `${timingLine(one)}, ${digits(gflops)} GFLOP/s, ${part}`;
}

function f16Line(one: F16Result): string {
  return `${kernelLine(one)}, error ${one.error.toExponential(1)}`;
}

function prefillLine(one: PrefillResult): string {
  const { model, form, layers, tokens, medianMs, tokensPerSecond, gflops, attentionMs } = one;
  return (
    `${`prefill ${model} ${form}, ${layers} layers, ${tokens} tokens`.padEnd(46)} ${digits(medianMs)} ms ` +
    `(${digits(one.lowestMs)} to ${digits(one.highestMs)}), ${digits(tokensPerSecond)} tokens/s, ` +
    `${digits(gflops)} GFLOP/s, attention ${digits(attentionMs)} ms`
  );
}

/**
 * Returns the cost of a token of the longest prompt relative to the shortest, without attention.
 */
function growthLine(results: readonly PrefillResult[]): string {
  const sorted = results.toSorted((a, b) => a.tokens - b.tokens);
  const [short, long] = [sorted[0], sorted.at(-1)];
  if (!short || !long || short === long) return "";
  const growth = digits(long.otherMsPerToken / short.otherMsPerToken);
  return `  a token of ${long.tokens} costs ${growth} times one of ${short.tokens}, attention taken off\n`;
}

function pick<T extends string>(
  wanted: readonly string[],
  known: readonly T[],
  option: string,
): T[] {
  return wanted.map((name) => {
    const found = known.find((one) => one === name);
    if (!found) throw new Error(`${option} takes ${known.join(", ")}; got ${name}`);
    return found;
  });
}
