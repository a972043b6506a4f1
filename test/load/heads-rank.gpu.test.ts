/**
 * Every kind of head in every way that a model runs: eight candidates together equal eight alone to
 * 1e-5; so do streamed and resident ones, quantised; a trace has all tokens.
 */
import { afterEach, expect, test } from "vitest";
import type { LoadOptions } from "../../src/load/options.ts";
import { RewardModel } from "../../src/reward-model.ts";
import type { ConversationCase, InputsCase, ScoreInput } from "../../src/types.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";
import { GOLDEN_ROOT } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { decodePicture } from "../../testing/picture.ts";

const RELATIVE = 1e-5;
/** Some share a beginning, two are equal, one is empty. */
const TEXTS = ["five", "five shapes", "five shapes!", "", "図", "a sum", "five", "one more line\n"];

let model: RewardModel | undefined;

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

const load = async (name: string, options: LoadOptions = {}): Promise<RewardModel> => {
  await model?.dispose();
  const source = fileSystemSource(`${GOLDEN_ROOT}heads/models/${name}`);
  model = await RewardModel.fromPretrained(source, { gpu: testGpu(), ...options });
  return model;
};

const picture = (): Promise<unknown> => decodePicture(`${GOLDEN_ROOT}images/tiny.png`);

/** What eight candidates share, and the field that differs. */
const FIELDS: Readonly<Record<string, () => Promise<readonly [object, string]>>> = {
  every: async () => [{ steps: ["7.", "8."] }, "question"],
  generated: async () => [{ image: await picture() }, "prompt"],
  passes: async () => [{ source: await picture(), edited: await picture() }, "instruction"],
  steps: async () => [{ steps: ["3 + 4 = 7.", "So 7."] }, "question"],
  vocabulary: async () => [{ query: "a sum?" }, "document"],
};

const inputs = async (name: string): Promise<InputsCase[]> => {
  const [shared, field] = await FIELDS[name]!();
  return TEXTS.map((text) => ({ inputs: { ...shared, [field]: text } }));
};

/** Of heads that judge conversations. */
const turns = (isAnswered: boolean): ConversationCase[] =>
  TEXTS.map((text) => ({
    messages: isAnswered
      ? [
          { role: "user", content: "How many?" },
          { role: "assistant", content: text },
        ]
      : [{ role: "user", content: `How many? ${text}` }],
  }));

/** Documents of pictures and texts for one query. */
const sides = async (): Promise<InputsCase[]> => {
  const images = [await picture()];
  return TEXTS.map((text, i) => ({
    inputs: { query: { text: "shapes" }, document: i % 2 === 0 ? { text, images } : { text } },
  }));
};

const CASES: Readonly<Record<string, () => Promise<readonly ScoreInput[]>>> = {
  classifier: async () => turns(false),
  every: () => inputs("every"),
  generated: () => inputs("generated"),
  labels: async () => turns(false),
  passes: () => inputs("passes"),
  selu: async () => turns(true),
  sides,
  steps: () => inputs("steps"),
  vocabulary: () => inputs("vocabulary"),
};

/** Expects numbers to be the same to 1e-5. */
function expectSame(got: readonly number[], wanted: readonly number[], what: string): void {
  expect(got.length, what).toBe(wanted.length);
  for (const [k, value] of wanted.entries()) {
    const off = Math.abs(got[k]! - value);
    expect(off, `${what}: ${got[k]}, wanted ${value}`).toBeLessThanOrEqual(
      RELATIVE * Math.max(1, Math.abs(value)),
    );
  }
}

/** Everything that a score says, as numbers. */
const numbersOf = (score: object): number[] =>
  Object.entries(score).flatMap(([name, value]: [string, unknown]): number[] => {
    if (name === "timesMs" || name === "images") return [];
    if (typeof value === "number") return [value];
    if (ArrayBuffer.isView(value)) return [...(value as Float32Array)];
    return typeof value === "object" && value !== null ? numbersOf(value) : [];
  });

test.each(Object.keys(CASES).map((name, index) => [name, index] as const))(
  "heads: %s (%i), eight together → each as it is alone; streamed as resident; traced",
  async (name, index) => {
    const cases = await CASES[name]!();
    const stored = await load(name);
    const together = await stored.score(cases);
    expect(together.length).toBe(8);
    for (const [i, one] of cases.entries()) {
      const alone = numbersOf(await stored.score(one));
      expectSame(numbersOf(together[i]!), alone, `${name} ${i}, alone`);
    }
    const trace = await stored.trace(cases[0]!);
    const { tokenIds } = together[0]!;
    expect(trace.get("decoder.norm")?.shape[0]).toBe(tokenIds.length);
    const weights = index % 2 === 0 ? "q8" : "q4";
    const resident = await (await load(name, { weights })).score(cases);
    const streaming = { weights, residency: "streamed", memoryBudgetBytes: 2 ** 16 } as const;
    const streamed = await (await load(name, streaming)).score(cases);
    for (const [i, one] of resident.entries()) {
      expectSame(numbersOf(streamed[i]!), numbersOf(one), `${name} ${i}, ${weights}, streamed`);
      // It is another number than the exact one: the weights were quantised.
      expect(one.value).not.toBe(together[i]!.value);
    }
  },
  300_000,
);

test("heads: rank of candidates, and of pictures → the order of the scores", async () => {
  const generated = await load("generated");
  const names = ["tiny.png", "small.png", "grey.png"];
  const images = await Promise.all(
    names.map((name) => decodePicture(`${GOLDEN_ROOT}images/${name}`)),
  );
  const { order, scores, best } = await generated.rankImages({ prompt: "five shapes", images });
  const alone: number[] = [];
  for (const image of images) {
    alone.push((await generated.score({ inputs: { prompt: "five shapes", image } })).value);
  }
  for (const [i, value] of alone.entries()) {
    expect(Math.abs(scores[i]!.value - value)).toBeLessThanOrEqual(RELATIVE * Math.max(1, value));
  }
  const wanted = [...alone.keys()].toSorted((a, b) => alone[b]! - alone[a]!);
  expect(order.map(({ index }) => index)).toEqual(wanted);
  expect(best.index).toBe(wanted[0]);
}, 120_000);
