/**
 * A browser as old as the README allows (Chrome 113): newer features are removed, and the scores
 * stay the same. Also: what `score`, `rank` and `compare` refuse before the GPU has work.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { Conversation } from "../../src/types.ts";
import { say } from "../../testing/gpu/clamped-gpu.ts";
import { modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

const talk = (answer: string): Conversation => [
  { role: "user", content: "What is 3 plus 4?" },
  { role: "assistant", content: answer },
];

/** APIs that came after Chrome 113, by the version that brought each. */
const NEWER: readonly (readonly [holder: object, name: string, version: number])[] = [
  [AbortSignal, "any", 116],
  [Object, "groupBy", 117],
  [Map, "groupBy", 117],
  [Promise, "withResolvers", 119],
  [URL, "canParse", 120],
  [Array, "fromAsync", 121],
  ...["map", "filter", "take", "drop", "flatMap", "toArray", "some", "every", "find", "reduce"].map(
    (name) =>
      [Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object, name, 122] as const,
  ),
  ...["union", "intersection", "difference", "isSubsetOf", "isSupersetOf"].map(
    (name) => [Set.prototype, name, 122] as const,
  ),
  [URL, "parse", 126],
  [Promise, "try", 128],
  [Uint8Array, "fromBase64", 140],
  [Uint8Array.prototype, "toHex", 140],
];

/** An adapter as it was before `GPUAdapter.info` (127). */
function oldGpu(): GPU {
  const real = testGpu();
  return say(real, {
    wgslLanguageFeatures: undefined,
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await real.requestAdapter(options);
      return adapter && say(adapter, { info: undefined });
    },
  });
}

async function withoutNewer<T>(work: () => Promise<T>): Promise<T> {
  const kept = NEWER.map(([holder, name]) => Object.getOwnPropertyDescriptor(holder, name));
  for (const [holder, name] of NEWER) Reflect.deleteProperty(holder, name);
  try {
    return await work();
  } finally {
    for (const [i, [holder, name]] of NEWER.entries()) {
      const descriptor = kept[i];
      if (descriptor) Object.defineProperty(holder, name, descriptor);
    }
  }
}

describe("a model", () => {
  let model: RewardModel;
  beforeAll(async () => {
    model = await RewardModel.fromPretrained(fileSystemSource(modelFolder("qwen3")), {
      gpu: testGpu(),
    });
  });
  afterAll(async () => await model.dispose());

  test("an old browser → the same score", async () => {
    const { value } = await model.score(talk("7"));
    const { signal } = new AbortController();
    const [old, name] = await withoutNewer(async () => {
      const source = fileSystemSource(modelFolder("qwen3"));
      const older = await RewardModel.fromPretrained(source, { gpu: oldGpu(), signal });
      const score = await older.score(talk("7"), { signal });
      await older.dispose();
      return [score.value, older.adapter.name];
    });
    expect(old).toBeCloseTo(value, 5);
    expect(name).toBe("unnamed adapter");
  });

  test("score: an empty batch → []", async () => {
    expect(await model.score([])).toEqual([]);
    const none: Conversation[] = [];
    expect(await model.score(none)).toEqual([]);
  });

  test("score: one or many by one variable → as it came", async () => {
    const given = JSON.parse(JSON.stringify([talk("7")])) as Conversation | Conversation[];
    const scores: unknown = await model.score(given);
    expect(scores).toHaveLength(1);
  });

  test("rank: the best is the first of the order", async () => {
    const messages: Conversation = [{ role: "user", content: "What is 3 plus 4?" }];
    const { order, best } = await model.rank({ messages, responses: ["7", "8"] });
    expect(best).toBe(order[0]);
  });

  const wrong = (call: () => Promise<unknown>): Promise<unknown> => call();
  test.each<[string, (use: RewardModel) => Promise<unknown>, string]>([
    ["score()", (use) => (use.score as () => Promise<unknown>)(), "score: expected a conversation"],
    ["score(text)", (use) => use.score("hi" as never), "score: expected a conversation"],
    [
      "a bad one of many",
      (use) => use.score([talk("a"), [{ role: "x" }]] as never),
      "conversations[1].messages[0].content",
    ],
    [
      "null among many",
      (use) => use.score([talk("a"), null] as never),
      "conversations[1].messages",
    ],
    [
      "a signal as options",
      (use) => use.score(talk("a"), new AbortController().signal as never),
      "score: unknown option",
    ],
    [
      "an unknown option",
      (use) => use.score(talk("a"), { batchSize: 4 } as never),
      "score: unknown option batchSize",
    ],
    [
      "a progress that is none",
      (use) => use.score(talk("a"), { onProgress: 5 } as never),
      "onProgress: expected a function",
    ],
    [
      "rank at temperature 0",
      (use) => use.rank({ messages: talk("a").slice(0, 1), responses: ["a"] }, { temperature: 0 }),
      "temperature: expected a finite number above 0, got 0",
    ],
    [
      "rank at temperature -1",
      (use) => use.rank({ messages: talk("a").slice(0, 1), responses: ["a"] }, { temperature: -1 }),
      "temperature: expected",
    ],
    [
      "compare at temperature NaN",
      (use) => use.compare(talk("a"), talk("b"), { temperature: Number.NaN }),
      "temperature: expected",
    ],
    [
      "rank without messages",
      (use) => use.rank({ messages: [], responses: ["a"] }),
      "rank, messages",
    ],
    [
      "rank after an answer",
      (use) => use.rank({ messages: talk("a"), responses: ["b"] }),
      "messages[1].role",
    ],
    [
      "compare with nothing",
      (use) => (use.compare as (a: Conversation) => Promise<unknown>)(talk("a")),
      "conversations[1].messages",
    ],
    [
      "compare of an empty one",
      (use) => use.compare([], []),
      "conversations[0].messages: the conversation is empty",
    ],
    [
      "trace with an unknown option",
      (use) => use.trace(talk("a"), { layers: 1 } as never),
      "trace: unknown option",
    ],
    [
      "pieces of something that is not an id",
      async (use) => use.pieces([1, "2"] as never),
      'pieces, ids[1]: expected a token id, got "2"',
    ],
    ["pieces of nothing", async (use) => (use.pieces as () => unknown)(), "pieces: expected"],
    [
      "a text that is too long, of two",
      (use) => use.score([talk("a"), talk("word ".repeat(50_000))]),
      "conversations[1], conversation",
    ],
  ])("%s → InputError", async (_, call, message) => {
    await expect(wrong(() => call(model))).rejects.toThrow(InputError);
    await expect(wrong(() => call(model))).rejects.toThrow(message);
  });

  test("a model that was disposed of → InputError at every call", async () => {
    const gone = await RewardModel.fromPretrained(fileSystemSource(modelFolder("qwen3")), {
      gpu: testGpu(),
    });
    await gone.dispose();
    await gone.dispose();
    const messages: Conversation = [{ role: "user", content: "?" }];
    for (const call of [
      () => gone.score(talk("a")),
      () => gone.score([]),
      () => gone.rank({ messages, responses: ["a"] }),
      () => gone.compare(talk("a"), talk("b")),
      () => gone.trace(talk("a")),
    ]) {
      await expect(wrong(call)).rejects.toThrow("the model was disposed of. Load it again.");
    }
    expect(await gone.keepQuantised()).toBe(false);
  });
});
