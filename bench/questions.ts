/**
 * Six questions about a picture, all together and one by one, in Dawn for Node on the embedded
 * model. Fails if together they cost more than 1.2 times one text of as many tokens as their common
 * prefix and their suffixes have.
 */
import { at } from "../src/base/at.ts";
import { RewardModel } from "../src/reward-model.ts";
import type { ConversationCase, DecideRequest, RawPixels } from "../src/types.ts";
import { fileSystemSource } from "../testing/files/node-source.ts";
import { testGpu } from "../testing/gpu/gpu.ts";
import { decodePicture } from "../testing/picture.ts";
import { numberOf, type Values } from "../tools/options.ts";

export const usage = `
npm run bench -- questions [OPTIONS]: six questions about a picture, together and one by one

  --reps N   repetitions, 5 by default; the fastest of each counts
`;

export const options = { reps: { type: "string", default: "5" } } as const;

const FOLDER = "weights/tiny-vl-reward";
const ALLOWED = 1.2;
/** Any head of labels: what it says means nothing here, and costs what it would. */
const REWARD = { head: { kind: "labels", labels: ["A", "B"] } };
const ASKED = [
  "Is purple the highest?",
  "Is red the lowest?",
  "Are there five bars?",
  "Is blue above green?",
  "Is there a title?",
  "Is any bar empty?",
];

export async function run({ reps }: Values<typeof options>): Promise<boolean> {
  const source = fileSystemSource(FOLDER);
  const loading = { gpu: testGpu(), reward: REWARD };
  const model = await RewardModel.fromPretrained(source, loading);
  try {
    return await measure(model, numberOf("reps", reps));
  } finally {
    await model.dispose();
  }
}

async function measure(model: RewardModel, reps: number): Promise<boolean> {
  const image = await decodePicture(`${FOLDER}/samples/01-tallest-bar.png`);
  const choices = ["yes", "no"];
  const questions = ASKED.map(
    (instructions) => ({ type: "choice", instructions, choices }) as const,
  );
  const request = (own: typeof questions): DecideRequest => ({
    input: "A chart of some bars.",
    images: [image],
    questions: own,
  });
  const asking = { labelMass: false, tokenIds: true };
  const { branches = {}, usage: used } = await model.decide(request(questions), asking);
  const whole = Object.values(branches).map(({ input_ids: ids }) => ids);
  const first = at(whole, 0);
  const prefix = first.findIndex((id, i) => whole.some((ids) => ids[i] !== id));
  const tokens = whole.reduce((sum, ids) => sum + ids.length - prefix, prefix);
  // One text of as many tokens, with the same picture.
  const filler = "Is the bar blue? ".repeat(tokens);
  const text = await textOf(model, image, filler, tokens);
  const times = { together: Infinity, alone: Infinity, text: Infinity };
  for (let rep = 0; rep < reps; rep++) {
    times.text = Math.min(times.text, await timeOf(() => model.score(text)));
    times.together = Math.min(
      times.together,
      await timeOf(() => model.decide(request(questions), asking)),
    );
    const alone = await timeOf(async () => {
      for (const one of questions) await model.decide(request([one]), asking);
    });
    times.alone = Math.min(times.alone, alone);
  }
  const ratio = times.together / times.text;
  const inMs = (ms: number): string => `${ms.toFixed(0)} ms`;
  console.log(`adapter: ${model.adapter.name}`);
  console.log(
    `prefix ${prefix} tokens, suffixes ${tokens - prefix}; computed ${used.input_tokens}`,
  );
  console.log(
    `together ${inMs(times.together)}, one by one ${inMs(times.alone)}, ` +
      `one text of ${tokens} tokens ${inMs(times.text)}: ${ratio.toFixed(2)} (at most ${ALLOWED})`,
  );
  const isWithin = ratio <= ALLOWED && used.input_tokens <= ALLOWED * tokens;
  console.log(isWithin ? "passed" : `costs more than ${ALLOWED} times the prefix and the suffixes`);
  return isWithin;
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Returns a question with the picture that has as many tokens, or a few less. */
async function textOf(
  model: RewardModel,
  image: RawPixels,
  filler: string,
  tokens: number,
): Promise<ConversationCase> {
  const of = (length: number): ConversationCase => {
    const text = { type: "text", text: filler.slice(0, length) } as const;
    return { messages: [{ role: "user", content: [{ type: "image", image }, text] }] };
  };
  let [low, high] = [0, filler.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const { tokenIds } = await model.score(of(middle));
    if (tokenIds.length <= tokens) low = middle;
    else high = middle - 1;
  }
  return of(low);
}
