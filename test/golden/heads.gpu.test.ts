/**
 * Every kind of head against Hugging Face's own code: ids, scores, outputs, values of tokens and
 * steps, probabilities and answers. heads/make_cases.py says what each model is there to catch.
 */
import { readdirSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { RewardModel } from "../../src/reward-model.ts";
import type { ConversationCase, DecideRequest, PartInput, ScoreInput } from "../../src/types.ts";
import { GOLDEN_ROOT } from "../../testing/golden.ts";
import { testGpu } from "../../testing/gpu/gpu.ts";
import { expectNear, linesOf, type Line } from "../../testing/golden-lines.ts";
import { decodePicture } from "../../testing/picture.ts";
import { fileSystemSource } from "../../testing/files/node-source.ts";

const HERE = `${GOLDEN_ROOT}heads/`;
/** Other shapes of the same heads, which oracle/families/odd_heads.py makes. */
const ROOT = process.env["ODD_HEADS"] === undefined ? HERE : `${process.env["ODD_HEADS"]}/`;
/** The cases of a model: `passes--1` has those of `passes`. */
const casesOf = (name: string): string => `${HERE}cases/${baseOf(name)}.jsonl`;
const baseOf = (name: string): string => name.replace(/--\d$/, "");

/** The models that heads/make.sh has made. */
const names = readdirSync(`${ROOT}golden`).map((file) => file.replace(".jsonl", ""));

let model: RewardModel | undefined;

afterEach(async () => {
  await model?.dispose();
  model = undefined;
});

async function load(name: string): Promise<RewardModel> {
  const isOfProcessor = ["labels", "selu"].includes(baseOf(name));
  const { resize } = isOfProcessor ? { resize: "torchvision" as const } : {};
  // The built-in record, in place of the one beside the weights that the reference reads.
  const { reward } = baseOf(name) === "separators" ? { reward: "Skywork-o1-Open-PRM" } : {};
  const source = fileSystemSource(`${ROOT}models/${name}`);
  model = await RewardModel.fromPretrained(source, { gpu: testGpu(), resize, reward });
  return model;
}

/** The same data with pixels in place of the paths of pictures. */
async function withPictures(value: unknown): Promise<unknown> {
  if (typeof value === "string" && value.startsWith("../../images/")) {
    return await decodePicture(`${HERE}cases/${value}`);
  }
  if (Array.isArray(value)) return await Promise.all(value.map(withPictures));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(async ([key, one]) => [key, await withPictures(one)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** The pictures of a conversation. */
function pagesOf(input: ScoreInput): unknown[] {
  const { messages } = input as ConversationCase;
  const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return parts.flatMap((part: PartInput) =>
    typeof part === "object" && "image" in part ? [part.image] : [],
  );
}

const withoutId = ({ id: _id, ...rest }: Line): unknown => rest;

test.each(names.filter((name) => baseOf(name) !== "pointer"))(
  "heads: %s → ids, scores and all that the head says",
  async (name) => {
    const loaded = await load(name);
    const cases = linesOf(casesOf(name));
    const goldens = linesOf(`${ROOT}golden/${name}.jsonl`);
    const inputs = (await withPictures(cases.map(withoutId))) as ScoreInput[];
    const scores = await loaded.score(inputs, { labelMass: true });
    for (const [i, golden] of goldens.entries()) {
      const score = scores[i]!;
      const where = `${name} ${golden.id}`;
      if (golden["input_ids"]) expect([...score.tokenIds], where).toEqual(golden["input_ids"]);
      const named = {
        score: score.value,
        token_values: [...score.tokenValues],
        read_at: score.readAt,
        outputs: score.outputs,
        step_values: score.stepValues,
        aggregates: score.aggregates,
        label_ids: score.labelIds,
        probabilities: score.probabilities,
        label_mass: score.labelMass,
        vocabulary_probabilities: score.vocabularyProbabilities,
        expected_level: score.expectedLevel,
      };
      for (const [field, got] of Object.entries(named)) {
        if (golden[field] !== undefined) expectNear(got, golden[field], `${where}, ${field}`);
      }
      // The plausible wrong number that M-RoPE gives is seen to be another.
      const wrong = golden["score_if_mrope"];
      if (wrong !== undefined) expect(Math.abs(score.value - Number(wrong))).toBeGreaterThan(1e-4);
      for (const [k, pass] of ((golden["passes"] ?? []) as Line[]).entries()) {
        expect([...score.passes![k]!.tokenIds], where).toEqual(pass["input_ids"]);
        expectNear(score.passes![k]!.outputs, pass["outputs"], `${where}, pass ${k}`);
      }
      // A document as its pages says the same as the turns that the reference was given.
      const pages = name === "pages" ? pagesOf(inputs[i]!) : undefined;
      if (pages === undefined) continue;
      const asked = await loaded.score({ inputs: { pages } });
      expect([...asked.tokenIds], where).toEqual([...score.tokenIds]);
      expect(Math.abs(asked.value - score.value), where).toBeLessThanOrEqual(1e-5);
    }
  },
  240_000,
);

test.each(names.filter((name) => baseOf(name) === "pointer"))(
  "heads: %s → the answers of a state with any data",
  async (name) => {
    const loaded = await load(name);
    const goldens = linesOf(`${ROOT}golden/${name}.jsonl`);
    for (const [i, one] of linesOf(casesOf(name)).entries()) {
      const { answers } = await loaded.decide(withoutId(one) as DecideRequest);
      const golden = goldens[i]!;
      for (const [question, wanted] of Object.entries(golden["answers"] as object)) {
        const answer = Reflect.get(answers, question);
        expectNear(answer.probabilities, wanted.probabilities, `${golden.id}, ${question}`);
        expectNear(answer.value, wanted.value, `${golden.id}, ${question}, value`);
        const { outputs } = Reflect.get(golden["branches"] as object, question);
        expectNear(answer.outputs, outputs, `${golden.id}, ${question}, outputs`);
      }
    }
  },
  120_000,
);
