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
  const all = await model.decide({ state, images, questions });
  let alone = 0;
  let longest = 0;
  for (const [name, question] of Object.entries(questions)) {
    const one = await model.decide({ state, images, questions: { [name]: question } });
    alone += one.usage.input_tokens;
    longest = Math.max(longest, one.usage.input_tokens);
    const wanted: Answer = Reflect.get(one.answers, name);
    const got: Answer = Reflect.get(all.answers, name);
    for (const [i, value] of wanted.outputs.entries()) {
      expect(Math.abs(got.outputs[i]! - value)).toBeLessThan(1e-5);
    }
    expect(got.label_mass).toBeCloseTo(wanted.label_mass ?? NaN, 6);
  }
  // Tokens that are computed: the prefix once, and a suffix for each question.
  const header = await model.decide({ state, images, questions: { x: questions.a } });
  const pictureAndState = header.usage.input_tokens - suffixTokens(model, questions.a.instructions);
  const suffixes = alone - 6 * pictureAndState;
  expect(all.usage.input_tokens).toBeLessThanOrEqual(1.2 * (pictureAndState + suffixes));
  expect(all.usage.input_tokens).toBeLessThan(alone / 2);
}, 120_000);

/** More tokens than a question can have: what its own text takes is not shared. */
function suffixTokens(_: RewardModel, instructions: string): number {
  const text = `\n\nQuestion: ${instructions}\nyes\nno\nAnswer with yes or no only.<|im_end|>`;
  return new TextEncoder().encode(text).length;
}

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
