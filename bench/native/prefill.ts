/**
 * Whole prefills with made-up weights: tokens per second, and what a token costs in long prompts.
 */
import { attentionPairs, attentionTiles } from "../../src/kernels/attention.ts";
import type { Form } from "../../src/kernels/kernel.ts";
import type { DecoderConfig } from "../../src/model/decoder-config.ts";
import { decoder, decoderWeights } from "../../src/model/decoder.ts";
import type { DecoderWeights } from "../../src/model/decoder.ts";
import { angleTable, decoderChannels, decoderFrequencies } from "../../src/model/rotary.ts";
import { noTap } from "../../src/model/tap.ts";
import { recordMlp, valueHeadWeights } from "../../src/model/heads/mlp.ts";
import type { MlpWeights } from "../../src/model/heads/mlp.ts";
import { Arena } from "../../src/pass/arena.ts";
import { Plan } from "../../src/pass/plan.ts";
import { run } from "../../src/pass/run.ts";
import { HeldWeights } from "../measure/held-weights.ts";
import { interleave } from "../measure/interleave.ts";
import type { Variant } from "../measure/interleave.ts";
import { isAttention, keepSteps } from "../measure/plan-parts.ts";
import { activations } from "../measure/values.ts";
import type { MeasuredBench } from "../cases/case.ts";
import { prefillFlops } from "./shapes.ts";

export interface PrefillResult {
  readonly model: string;
  readonly form: Form;
  readonly layers: number;
  readonly tokens: number;
  readonly medianMs: number;
  readonly lowestMs: number;
  readonly highestMs: number;
  readonly tokensPerSecond: number;
  readonly gflops: number;
  /** Milliseconds of the attention steps alone. */
  readonly attentionMs: number;
  /** Milliseconds of the other steps, per token. */
  readonly otherMsPerToken: number;
}

/** What a prefill is recorded of. */
export interface PrefillModel {
  readonly config: DecoderConfig;
  readonly weights: DecoderWeights;
  readonly head: MlpWeights;
}

interface Model extends PrefillModel {
  readonly held: HeldWeights;
}

/** Measures one model at several lengths, in turn. The model is created before and freed after. */
export async function prefills(
  bench: MeasuredBench,
  name: string,
  published: DecoderConfig,
  { layers, form, tokens }: { layers: number; form: Form; tokens: readonly number[] },
): Promise<PrefillResult[]> {
  const config = { ...published, numHiddenLayers: Math.min(layers, published.numHiddenLayers) };
  const held = new HeldWeights(bench.device, form, { repeats: true });
  const model: Model = {
    config,
    weights: decoderWeights(held, config, "model."),
    head: valueHeadWeights(held, config.hiddenSize),
    held,
  };
  const arena = new Arena(bench.device);
  const variants = tokens.flatMap((length) => [
    variant(bench, arena, model, length, false),
    variant(bench, arena, model, length, true),
  ]);
  const timings = await interleave(variants, bench);
  arena.destroy();
  held.destroy();
  return tokens.map((length, i): PrefillResult => {
    const [whole, part] = [timings[2 * i], timings[2 * i + 1]];
    if (!whole || !part) throw new Error(`${name} was not timed`);
    const { medianMs, lowestMs, highestMs } = whole;
    const flops = prefillFlops(config, config.numHiddenLayers, length);
    return {
      model: name,
      form,
      layers: config.numHiddenLayers,
      tokens: length,
      medianMs,
      lowestMs,
      highestMs,
      tokensPerSecond: (1000 * length) / medianMs,
      gflops: flops / medianMs / 1e6,
      attentionMs: part.medianMs,
      otherMsPerToken: (medianMs - part.medianMs) / length,
    };
  });
}

/** The whole prefill as the library runs it, to the read-back; or its attention steps alone. */
function variant(
  { device, profile }: MeasuredBench,
  arena: Arena,
  model: Model,
  tokens: number,
  attentionOnly: boolean,
): Variant {
  const plan = recordPrefill(new Plan(profile), model, tokens);
  if (attentionOnly) keepSteps(plan, isAttention);
  return {
    name: `${tokens}`,
    async submit() {
      await run(device, arena, model.held, plan);
    },
    settled: async () => {},
  };
}

/** Records one text of `tokens`, causal, up to its reward. */
export function recordPrefill(
  plan: Plan,
  { config, weights, head }: PrefillModel,
  tokens: number,
): Plan {
  const { headDim, rope, hiddenSize } = config;
  const frequencies = decoderFrequencies(headDim, rope);
  const table = attentionTiles([{ begin: 0, end: tokens }], true, plan.profile.attention);
  const x = plan.input("x", activations("x", tokens * hiddenSize), tokens);
  const rotary = {
    angles: plan.input("angles", angleTable(tokens, frequencies)),
    frequencies: frequencies.length,
    channels: plan.input("channels", decoderChannels(rope)),
    positions: plan.input(
      "positions",
      Uint32Array.from({ length: tokens }, (_, i) => i),
    ),
    axes: 1,
  };
  const tiles = { table: plan.input("tiles", table), pairs: attentionPairs(table) };
  const hidden = decoder(plan, weights, config, x, { rotary, tiles }, noTap);
  plan.output("values", recordMlp(plan, "value_head", head, hidden));
  return plan;
}
