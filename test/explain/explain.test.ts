/** The engine over scorers whose answers are known: what it finds, what it costs, how it stops. */
import { expect, test } from "vitest";
import { explain, Explainer } from "../../src/explain/explain.ts";
import type { ExplainScorer, PictureUnit } from "../../src/explain/types.ts";
import type { ConversationInput, RawPixels } from "../../src/types.ts";

/** Scores by words: +2 for red, −1 for blue; +3 if the picture is red at its upper left. */
function scoreOf(conversation: ConversationInput): number {
  const { content: said } = conversation.at(-1)!;
  const text = typeof said === "string" ? said : JSON.stringify(said);
  const parts = conversation.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  const pixels = parts.flatMap((part) =>
    typeof part === "object" && "image" in part ? [part.image as unknown as RawPixels] : [],
  )[0];
  const isRed = pixels !== undefined && pixels.data[0]! > 200 && pixels.data[1]! < 50;
  const red = /\bred\b/u.test(text) ? 2 : 0;
  return 0.5 + red - (/\bblue\b/u.test(text) ? 1 : 0) + (isRed && red ? 3 : 0);
}

function counting(): ExplainScorer & { calls: number; scored: number } {
  const scorer = {
    calls: 0,
    scored: 0,
    async score(conversations: readonly ConversationInput[]) {
      scorer.calls += 1;
      scorer.scored += conversations.length;
      return conversations.map((one) => ({ value: scoreOf(one), tokens: 10 }));
    },
  };
  return scorer;
}

function redCorner(): RawPixels {
  const data = new Uint8Array(64 * 64 * 4).fill(255);
  for (let y = 0; y < 16; y++)
    for (let x = 0; x < 16; x++) data.set([220, 10, 10], (y * 64 + x) * 4);
  return { width: 64, height: 64, data };
}

const question = "Which colour does the small circle in the picture have?";
const request = {
  messages: [{ role: "user", content: question }],
  responses: ["The circle on the left is red.", "The circle on the left is blue."],
} as const;

test("explain: two responses that differ in a word → contrast and units name it, and no deletion flips the order", async () => {
  const scorer = counting();
  const found = await explain(scorer, request);
  expect(found.contrast[0]).toMatchObject({ a: "red", b: "blue" });
  expect(found.contrast[0]!.effect).toBeCloseTo(found.margin, 9);
  expect(found.units[0]).toMatchObject({ in: "a", text: "red" });
  const { start, end } = found.units[0] as { start: number; end: number };
  expect(request.responses[0].slice(start, end)).toBe("red");
  expect(found.counterfactual).toBeNull();
  expect(found.truth.p).toBeLessThanOrEqual(0.1);
  expect(found.picture).toBeNull();
  expect(found.scores).toBe(scorer.scored);
  expect(found.progress).toBe(1);
});

test("explain: a deletion that flips → the smallest one, with its margin", async () => {
  const flipping = {
    ...request,
    responses: ["It is a nice red circle indeed.", "It is nice, not blue, red it is."],
  } as const;
  const { counterfactual, margin } = await explain(counting(), flipping);
  expect(margin).toBe(1);
  expect(counterfactual?.removed.map(({ text }) => text)).toEqual(["red"]);
  expect(counterfactual?.margin).toBeLessThan(0);
});

test("explain: a picture → the cell on which the answer depends, and what is left without the picture", async () => {
  const content = [
    { type: "image" as const, image: redCorner() },
    { type: "text" as const, text: question },
  ];
  const found = await explain(counting(), { ...request, messages: [{ role: "user", content }] });
  const [cell] = found.units.filter((unit) => unit.in === "picture");
  expect(cell).toMatchObject({ picture: 0 });
  expect((cell as PictureUnit).box).toEqual([0, 0, 8, 8]);
  expect(cell!.effect).toBeCloseTo(3, 6);
  expect(found.picture!.blank).toBeCloseTo(0.5, 1);
  expect(found.picture!.other).toBeNull();
});

test("explain: two corners that matter together only → both, at half of what hiding them loses", async () => {
  const picture = redCorner();
  const last = picture.data.length - 4;
  picture.data.set([220, 10, 10], last);
  const scorer: ExplainScorer = {
    async score(conversations: readonly ConversationInput[]) {
      return conversations.map((one) => {
        const parts = one.flatMap(({ content }) => (Array.isArray(content) ? content : []));
        const { data } = parts.find((part) => "image" in part)!.image as RawPixels;
        const isRed = (at: number): boolean => data[at]! > 200 && data[at + 1]! < 50;
        return { value: isRed(0) && isRed(last) ? 3 : 0, tokens: 10 };
      });
    },
  };
  const content = [
    { type: "image" as const, image: picture },
    { type: "text" as const, text: question },
  ];
  const messages = [{ role: "user" as const, content }];
  const { units } = await explain(scorer, { messages, responses: ["It is red."] });
  const cells = units.filter((unit): unit is PictureUnit => unit.in === "picture");
  const [first, second] = cells
    .toSorted((x, y) => x.box[0] - y.box[0])
    .filter(({ effect }) => effect > 0.7);
  expect(first).toMatchObject({ box: [0, 0, 8, 8], effect: 0.75 });
  expect(second).toMatchObject({ box: [56, 56, 64, 64], effect: 0.75 });
});

test("explain: one response → effects on its score", async () => {
  const found = await explain(counting(), { ...request, responses: [request.responses[0]] });
  expect(found.margin).toBeCloseTo(2.5, 1);
  expect(found.contrast).toEqual([]);
  expect(found.units[0]).toMatchObject({ in: "a", text: "red" });
});

test("explain: a budget of 12 → no more scores, what was found stays, and a larger one goes on", async () => {
  const scorer = counting();
  const explainer = new Explainer(scorer, request, { budget: 12 });
  const first = await explainer.run();
  expect(scorer.scored).toBe(12);
  expect(first.stopped).toBe("budget");
  expect(first.contrast).toHaveLength(1);
  explainer.extend(400);
  const rest = await explainer.run();
  expect(rest.stopped).toBeUndefined();
  const whole = counting();
  expect(rest).toEqual(await explain(whole, request));
  // Nothing is scored twice.
  expect(scorer.scored).toBe(whole.scored);
});

test("explain: aborted after the contrast → what was found, and running again goes on", async () => {
  const scorer = counting();
  const explainer = new Explainer(scorer, request);
  const controller = new AbortController();
  const stopped = await explainer.run({
    signal: controller.signal,
    onProgress: ({ contrast }) => {
      if (contrast.length > 0) controller.abort(new Error("enough"));
    },
  });
  expect(stopped.stopped).toBe("signal");
  expect(stopped.contrast[0]).toMatchObject({ a: "red" });
  const before = scorer.scored;
  const rest = await explainer.run();
  expect(rest.stopped).toBeUndefined();
  expect(rest.scores).toBe(scorer.scored);
  expect(scorer.scored).toBeGreaterThan(before);
});

test("explain: cost → told after the responses' own scores, and not exceeded", async () => {
  const scorer = counting();
  const explainer = new Explainer(scorer, request);
  const cost = await explainer.cost();
  expect(scorer.scored).toBe(2);
  expect(cost.tokens).toBe(10 * cost.scores);
  const { scores } = await explainer.run();
  expect(scores).toBeLessThanOrEqual(cost.scores);
});

test("explain: what cannot be → InputError that names it", () => {
  const scorer = counting();
  const wrong = { ...request, responses: ["a", "b", "c"] } as unknown as typeof request;
  expect(() => new Explainer(scorer, wrong)).toThrow(
    "explain, responses: expected one or two texts",
  );
  expect(() => new Explainer(scorer, request, { budget: 0 })).toThrow("budget");
  expect(() => new Explainer(scorer, request, { cells: 1 })).toThrow("cells");
});

/** Each letter of a word is worth a little more than the last: effects add up. */
const additive: ExplainScorer = {
  score: async (conversations) =>
    conversations.map((one) => ({
      value: Buffer.from(JSON.stringify(one)).reduce((sum, byte) => sum + (byte % 7), 0) / 10,
    })),
};

test("explain: effects that add up → stable between two cuts", async () => {
  const { truth } = await explain(additive, request);
  expect(truth.stability).toBeGreaterThan(0.9);
});

test("explain: refined → orders are sampled, with errors, and nothing is scored twice", async () => {
  // Red counts only beside two other words: what each adds hangs on the order, and not on pairs.
  const scorer = {
    scored: 0,
    async score(conversations: readonly ConversationInput[]) {
      scorer.scored += conversations.length;
      return conversations.map((one) => {
        const said = JSON.stringify(one.at(-1));
        const isWhole = said.includes("circle") && said.includes("left");
        return { value: isWhole ? scoreOf(one) : 0.1 * scoreOf(one) };
      });
    },
  };
  const pair = {
    ...request,
    responses: [
      "The small circle on the left of the picture is red, as I see it.",
      "The small circle on the left of the picture is blue, as I see it.",
    ],
  } as const;
  const explainer = new Explainer(scorer, pair, { units: "word" });
  const first = await explainer.run();
  expect(first.units.every(({ standardError }) => standardError === 0)).toBe(true);
  const before = scorer.scored;
  explainer.refine({ method: "shapley" });
  explainer.extend(2000);
  const finer = await explainer.run();
  expect(finer.stopped).toBeUndefined();
  expect(finer.units.some(({ standardError }) => standardError > 0)).toBe(true);
  expect(finer.scores).toBe(scorer.scored);
  expect(scorer.scored).toBeGreaterThan(before);
  expect(() => explainer.refine({ cells: 1 })).toThrow("cells");
});
