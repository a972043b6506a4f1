/**
 * The cost of a best-of-N: a prefix of 300 tokens and 8 suffixes of 20, against one pass of as many
 * tokens, and against 8 passes. The three are measured in turn in one run; medians count.
 *
 *   rank      460 tokens: the prefix once, 8 branches
 *   one pass  460 tokens of one conversation: the cost of a token if nothing is shared
 *   8 passes  8 × 320 tokens
 */
import { RewardModel } from "../../src/reward-model.ts";
import { loadTextProcessor } from "../../src/text/text-processor.ts";
import type { TextProcessor } from "../../src/text/text-processor.ts";
import type { Conversation } from "../../src/types.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { timed } from "../measure/timed.ts";

export interface BestOfN {
  readonly adapter: string;
  readonly prefix: number;
  readonly suffixes: readonly number[];
  /** Milliseconds, medians. */
  readonly rankMs: number;
  readonly onePassMs: number;
  readonly passesMs: number;
  /** The rank's time divided by that of one pass with as many tokens. Goal: at most 1.15. */
  readonly overhead: number;
  /** The passes' time divided by the rank's. Goal: at least 4. */
  readonly gain: number;
  /** Largest difference between a score of the rank and the same alone, relative. */
  readonly worstError: number;
}

const PREFIX = 300;
const SUFFIX = 20;
const N = 8;

/** Measures on a folder of this machine. */
export async function bestOfN(folder: string, rounds: number): Promise<BestOfN> {
  const source = fileSystemSource(folder);
  const text = await loadTextProcessor(source);
  const { messages, responses, prefix, suffixes } = compose(text);
  const total = prefix + suffixes.reduce((sum, tokens) => sum + tokens, 0);
  const single = conversationOf(text, total);
  const model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const apart = responses.map((content): Conversation => [
    ...messages,
    { role: "assistant", content },
  ]);
  try {
    return {
      ...(await measure(model, { messages, responses, single, apart }, rounds)),
      prefix,
      suffixes,
    };
  } finally {
    await model.dispose();
  }
}

interface Work {
  readonly messages: Conversation;
  readonly responses: readonly string[];
  readonly single: Conversation;
  readonly apart: readonly Conversation[];
}

async function measure(
  model: RewardModel,
  { messages, responses, single, apart }: Work,
  rounds: number,
): Promise<Omit<BestOfN, "prefix" | "suffixes">> {
  const times = { rank: [] as number[], onePass: [] as number[], passes: [] as number[] };
  let worstError = 0;
  for (let round = -1; round < rounds; round++) {
    const ranked = await timed(() => model.rank({ messages, responses }));
    const onePass = await timed(() => model.score(single));
    const passes = await timed(async () => {
      const scores = [];
      for (const conversation of apart) scores.push(await model.score(conversation));
      return scores;
    });
    for (const [i, { value }] of passes.result.entries()) {
      const other = ranked.result.scores[i]?.value ?? Number.NaN;
      worstError = Math.max(worstError, Math.abs(value - other) / Math.max(1, Math.abs(value)));
    }
    // The first round compiles shaders.
    if (round < 0) continue;
    times.rank.push(ranked.ms);
    times.onePass.push(onePass.ms);
    times.passes.push(passes.ms);
  }
  const [rankMs, onePassMs, passesMs] = [times.rank, times.onePass, times.passes].map(median) as [
    number,
    number,
    number,
  ];
  const ratios = { overhead: rankMs / onePassMs, gain: passesMs / rankMs };
  const adapter = model.adapter.name;
  return { adapter, rankMs, onePassMs, passesMs, ...ratios, worstError };
}

/** A prompt and responses whose tokens are as many as they should be. */
function compose(text: TextProcessor): {
  messages: Conversation;
  responses: string[];
  prefix: number;
  suffixes: number[];
} {
  const words = ["0", "1", "2", "3", "4", "5", "6", "7"].slice(0, N);
  const idsOf = (question: string, answer: string): Uint32Array =>
    text.encode(
      [
        { role: "user", content: question },
        { role: "assistant", content: answer },
      ],
      [],
    ).ids;
  const prefixOf = (question: string): number =>
    sharedOf(idsOf(question, "0"), idsOf(question, "1"));
  const question = grow((filler) => `Count.${filler}`, prefixOf, PREFIX);
  const responses = words.map((word) =>
    grow(
      (filler) => word + filler,
      (answer) => idsOf(question, answer).length,
      PREFIX + SUFFIX,
    ),
  );
  const prefix = prefixOf(question);
  const suffixes = responses.map((answer) => idsOf(question, answer).length - prefix);
  return { messages: [{ role: "user", content: question }], responses, prefix, suffixes };
}

function conversationOf(text: TextProcessor, tokens: number): Conversation {
  const of = (content: string): Conversation => [
    { role: "user", content: "Count." },
    { role: "assistant", content },
  ];
  return of(
    grow(
      (filler) => `9${filler}`,
      (answer) => text.encode(of(answer), []).ids.length,
      tokens,
    ),
  );
}

/** Adds words until there are as many tokens. */
function grow(
  textOf: (filler: string) => string,
  tokensOf: (text: string) => number,
  wanted: number,
): string {
  for (let filler = ""; filler.length < 20_000; filler += " a") {
    const tokens = tokensOf(textOf(filler));
    if (tokens === wanted) return textOf(filler);
    if (tokens > wanted) break;
  }
  throw new Error(`no text of exactly ${wanted} tokens`);
}

function sharedOf(a: Uint32Array, b: Uint32Array): number {
  let same = 0;
  while (same < Math.min(a.length, b.length) && a[same] === b[same]) same += 1;
  return same;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
