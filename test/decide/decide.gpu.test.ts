/**
 * Questions about one state are branches of one prefix: what they cost, and that each answer is the
 * one that it would have alone.
 */
import { afterEach, expect, test } from "vitest";
import { InputError } from "../../src/errors.ts";
import type { Answer } from "../../src/decide/answers.ts";
import { RewardModel } from "../../src/reward-model.ts";
import { GOLDEN_ROOT, modelFolder } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { decodePicture } from "../../testing/picture.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

let model: RewardModel | undefined;

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

const questions = {
  a: { type: "noul", instructions: "Is it round?" },
  b: { type: "noul", instructions: "Is it red?", criteria: { true: "red or pink" } },
  c: { type: "choice", instructions: "Which shape?", criteria: { circle: null, square: "four" } },
  d: { type: "score", instructions: "How large?", criteria: ["small", "middle", "large"] },
  e: { type: "noul", instructions: "Is there text?" },
  f: { type: "choice", instructions: "Colour?", criteria: { red: null, green: null, blue: null } },
} as const;

test("decide: six questions about a picture → one prefix, and each answer as it is alone", async () => {
  const source = fileSystemSource(`${GOLDEN_ROOT}heads/models/labels`);
  model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const images = [await decodePicture(`${GOLDEN_ROOT}images/odd.png`)];
  const state = "A picture of some shapes, taken in the afternoon.";
  const all = await model.decide({ state, images, questions }, { tokenIds: true });
  let alone = 0;
  for (const [name, question] of Object.entries(questions)) {
    const one = await model.decide({ state, images, questions: { [name]: question } });
    alone += one.usage.input_tokens;
    const wanted: Answer = Reflect.get(one.answers, name);
    const got: Answer = Reflect.get(all.answers, name);
    for (const [i, value] of wanted.outputs.entries()) {
      expect(Math.abs(got.outputs[i]! - value)).toBeLessThan(1e-5);
    }
    expect(got.label_mass).toBeCloseTo(wanted.label_mass ?? NaN, 6);
  }
  // The work is counted from the tokens themselves: the beginning that all have, and the rests.
  const whole = Object.values(all.branches ?? {}).map(({ input_ids: ids }) => ids);
  expect(whole.length).toBe(6);
  const [first = [], ...others] = whole;
  const prefix = first.findIndex((id, i) => others.some((ids) => ids[i] !== id));
  const suffixes = whole.reduce((sum, { length }) => sum + length - prefix, 0);
  // The picture is in the prefix; its share shows that the test would see it computed again.
  const pictureId = 1022;
  expect(first.slice(0, prefix)).toContain(pictureId);
  expect(first.slice(prefix)).not.toContain(pictureId);
  expect(all.usage.input_tokens).toBeLessThanOrEqual(1.2 * (prefix + suffixes));
  expect(alone).toBeGreaterThan(2 * (prefix + suffixes));
}, 120_000);

test("decide: eight questions to a pointer head together → each answer as it is alone", async () => {
  const source = fileSystemSource(`${GOLDEN_ROOT}heads/models/pointer`);
  model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const eight = { ...questions, g: questions.c, h: { ...questions.a, instructions: "Is it 日?" } };
  const state = { shape: "circle", colours: ["red", "pink"] };
  const all = await model.decide({ state, questions: eight });
  for (const [name, question] of Object.entries(eight)) {
    const one = await model.decide({ state, questions: { [name]: question } });
    const [got, wanted] = [all, one].map(({ answers }): Answer => Reflect.get(answers, name));
    expect(got!.outputs).toHaveLength(wanted!.outputs.length);
    for (const [i, value] of wanted!.outputs.entries()) {
      expect(Math.abs(got!.outputs[i]! - value), name).toBeLessThan(1e-5);
    }
  }
}, 120_000);

test("decide: a temperature → divides the logits; without the vocabulary no label mass", async () => {
  const source = fileSystemSource(`${GOLDEN_ROOT}heads/models/labels`);
  model = await RewardModel.fromPretrained(source, { gpu: testGpu() });
  const request = { state: "s", questions: { a: questions.a } };
  const warm = await model.decide(request, { temperature: 2, labelMass: false });
  const plain = await model.decide(request, { labelMass: false });
  const [got, wanted] = [warm, plain].map(({ answers }): Answer => Reflect.get(answers, "a"));
  expect(got!.outputs[0]).toBeCloseTo(wanted!.outputs[0]! / 2, 10);
  expect(wanted!.label_mass).toBeUndefined();
}, 60_000);

test("decide: a model with a value head → InputError; messages to one with a pointer too", async () => {
  model = await RewardModel.fromPretrained(fileSystemSource(modelFolder("qwen2")), {
    gpu: testGpu(),
  });
  const asked = model.decide({ state: "", questions: { a: questions.a } });
  await expect(asked).rejects.toThrow(InputError);
  await expect(asked).rejects.toThrow(/answers no questions/);
  await expect(model.score({ inputs: { prompt: "" } })).rejects.toThrow(/no prompt of its own/);
}, 60_000);
