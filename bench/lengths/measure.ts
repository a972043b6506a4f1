/**
 * Texts of 1 to 16,384 tokens through a small text model: right, within the memory that
 * `model.memory` says, and at a cost per token that grows by no more than attention's own growth.
 *
 *   score    the library's, on a GPU whose buffers are counted from outside, against the reference
 *   whole    a pass as the library records and runs it
 *   attention, rest    its attention steps alone, and all other steps alone; both are timed,
 *                      neither is computed as a difference
 *
 * The three of all lengths are timed in turn; medians count.
 */
import { attentionPairs, attentionTiles } from "../../src/kernels/attention.ts";
import { forward } from "../../src/model/forward.ts";
import { loadModel } from "../../src/load/load.ts";
import type { LoadedModel } from "../../src/load/load.ts";
import { prepare } from "../../src/load/prepare.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { ModelMemory } from "../../src/reward-model.ts";
import { Arena } from "../../src/pass/arena.ts";
import { createPack } from "../../src/pass/pack.ts";
import type { Plan } from "../../src/pass/plan.ts";
import { run } from "../../src/pass/run.ts";
import type { Conversation } from "../../src/types.ts";
import { faultyGpu } from "../../testing/gpu/faulty-gpu.ts";
import { goldenCases, goldenSets, modelFolder, scoreLimit } from "../../testing/golden.ts";
import type { GoldenCase } from "../../testing/golden.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { interleave } from "../measure/interleave.ts";
import type { InterleaveOptions, Variant } from "../measure/interleave.ts";
import { isAttention, keepSteps } from "../measure/plan-parts.ts";
import { nativeGpu } from "../native/open-gpu.ts";

export interface LengthResult {
  readonly tokens: number;
  readonly value: number;
  /** The difference from the reference's score, and its limit. */
  readonly off: number;
  readonly limit: number;
  readonly memory: ModelMemory;
  /** The most bytes that buffers held at the same time, as counted from outside. */
  readonly alivePeakBytes: number;
  /** Milliseconds of a pass, of its attention, and of all else. */
  readonly wholeMs: number;
  readonly attentionMs: number;
  readonly restMs: number;
  /** Pairs of a query and a key that attention visits, in all layers. */
  readonly pairs: number;
}

export interface Lengths {
  readonly adapter: string;
  readonly results: readonly LengthResult[];
}

/** A model whose goldens are of chosen lengths: its template is nothing but the text. */
const MODEL = "bare";

/** @param lengths tokens, each that of a golden */
export async function measureLengths(
  lengths: readonly number[],
  options: InterleaveOptions,
): Promise<Lengths> {
  const set = goldenSets().find(({ name }) => name === MODEL);
  if (!set) throw new Error(`no goldens of ${MODEL}`);
  const cases = await goldenCases(
    set,
    lengths.map((tokens) => `${tokens}-tokens`),
  );
  if (cases.length < lengths.length) throw new Error(`some of ${lengths.join()} have no golden`);
  const scored = [];
  for (const one of cases) scored.push(await scoreCounted(one));
  const model = await loadModel(fileSystemSource(modelFolder(MODEL)), { gpu: nativeGpu() });
  const timed = await timePasses(model, cases, options);
  const results = scored.map((one, i): LengthResult => {
    const times = timed[i];
    if (!times) throw new Error(`${one.tokens} tokens were not timed`);
    return { ...one, ...times };
  });
  return { adapter: model.device.adapter.name, results };
}

type Scored = Omit<LengthResult, keyof PassTimes>;
type PassTimes = Pick<LengthResult, "wholeMs" | "attentionMs" | "restMs" | "pairs">;

/** A model of its own for each length, so that its peak is that length's. */
async function scoreCounted({ conversation, golden }: GoldenCase): Promise<Scored> {
  const counted = faultyGpu(nativeGpu());
  const source = fileSystemSource(modelFolder(MODEL));
  const model = await RewardModel.fromPretrained(source, { gpu: counted.gpu });
  const { value, tokenIds } = await model.score(conversation);
  const { memory } = model;
  await model.dispose();
  return {
    tokens: tokenIds.length,
    value,
    off: Math.abs(value - golden.score),
    limit: scoreLimit(golden),
    memory,
    alivePeakBytes: counted.peakBytes,
  };
}

async function timePasses(
  model: LoadedModel,
  cases: readonly GoldenCase[],
  options: InterleaveOptions,
): Promise<PassTimes[]> {
  const arena = new Arena(model.device);
  const variants: Variant[] = [];
  const pairs: number[] = [];
  for (const { conversation } of cases) {
    const whole = await record(model, conversation);
    const attention = keepSteps((await record(model, conversation)).plan, isAttention);
    const rest = keepSteps((await record(model, conversation)).plan, (step) => !isAttention(step));
    pairs.push(whole.pairs);
    variants.push(...[whole.plan, attention, rest].map((plan) => variantOf(model, arena, plan)));
  }
  const timings = await interleave(variants, options);
  const [medians, each] = [timings.map(({ medianMs }) => medianMs), variants.length / cases.length];
  return cases.map((_, i) => {
    const [wholeMs, attentionMs, restMs] = medians.slice(i * each, (i + 1) * each) as [
      number,
      number,
      number,
    ];
    return { wholeMs, attentionMs, restMs, pairs: pairs[i] ?? Number.NaN };
  });
}

function variantOf({ device, holder }: LoadedModel, arena: Arena, plan: Plan): Variant {
  return {
    name: "pass",
    async submit() {
      await run(device, arena, holder, plan);
    },
    settled: async () => {},
  };
}

/** The pass of one conversation, as `RewardModel` writes it down. */
async function record(
  model: LoadedModel,
  conversation: Conversation,
): Promise<{ plan: Plan; pairs: number }> {
  const { profile, config, embedding } = model;
  const { prepared } = await prepare(model, [{ messages: conversation }]);
  const inputs = prepared.map(({ prompt, positions }) => ({
    ids: prompt.ids,
    positions,
    images: [],
  }));
  const pack = createPack(inputs, [{ prefix: 0, members: [0] }], 1);
  const tokenRows = await embedding.rows(pack.ids);
  const plan = forward(model, { pack, tokenRows, pictures: [] });
  const table = attentionTiles(pack.segments, true, profile.attention);
  const pairsOfLayer = attentionPairs(table);
  return { plan, pairs: pairsOfLayer * config.decoder.numHiddenLayers };
}
