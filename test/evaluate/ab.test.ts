/**
 * Comparisons of systems against what scipy makes of the same files (golden/make.py), and what
 * cannot be compared.
 */

import { expect, test } from "vitest";
import { compareSystems, type AbReport } from "../../src/evaluate/ab.ts";
import { readAnswers, toAbPrompts } from "../../src/evaluate/answers.ts";
import { golden, goldenFile, textFile } from "./golden.ts";

interface Expected {
  readonly comparisons: readonly {
    readonly [name: string]:
      | number
      | readonly [number, number]
      | { readonly [name: string]: number };
  }[];
  readonly meanRanks: readonly number[];
}

async function compared(): Promise<AbReport> {
  const files = await Promise.all(["ab-a.jsonl", "ab-b.jsonl", "ab-c.jsonl"].map(goldenFile));
  const { prompts, incomplete } = await readAnswers(files);
  expect(incomplete).toBe(0);
  const scored = prompts.map(({ row, scores }) => ({ ...row, scores: scores!, pixels: undefined }));
  const names = ["a", "b", "c"];
  return compareSystems({ names, prompts: toAbPrompts(prompts, scored), judge: { model: "m" } });
}

test("ab: three systems, ties among them → counts, tests and sample sizes as scipy has them", async () => {
  const { comparisons, systems } = await compared();
  const { ab } = (await golden("expected.json")) as { ab: Expected };
  expect(comparisons.map(({ a, b }) => a + b)).toEqual(["ab", "ac", "bc"]);
  systems.forEach(({ meanRank }, i) => expect(meanRank).toBeCloseTo(ab.meanRanks[i]!, 12));
  for (const [i, own] of comparisons.entries()) {
    const wanted = ab.comparisons[i]!;
    for (const name of [
      "wins",
      "losses",
      "ties",
      "promptsNeeded",
      "promptsNeededForMean",
    ] as const) {
      expect(own[name], name).toBe(wanted[name]);
    }
    expect(own.winRate.value).toBeCloseTo(wanted["winRate"] as number, 12);
    expect(own.difference.value).toBeCloseTo(wanted["difference"] as number, 12);
    expect(own.signTest.exactPValue).toBeCloseTo(wanted["exactPValue"] as number, 10);
    expect(own.signTest.chiSquare).toBeCloseTo(wanted["chiSquare"] as number, 10);
    expect(own.signTest.pValue).toBeCloseTo(wanted["pValue"] as number, 6);
    expect(own.holmPValue).toBeCloseTo(wanted["holm"] as number, 10);
    expect(own.correctness?.onlyFirst).toBe(wanted["onlyFirst"]);
    expect(own.correctness?.onlySecond).toBe(wanted["onlySecond"]);
    expect(own.correctness?.exactPValue).toBeCloseTo(wanted["correctnessPValue"] as number, 10);
    const rates = Object.fromEntries(own.categories.map((one) => [one.name, one.winRate.value]));
    for (const [name, rate] of Object.entries(wanted["categories"] as Record<string, number>)) {
      expect(rates[name]).toBeCloseTo(rate, 12);
    }
    const [low, high] = wanted["winRateInterval"] as [number, number];
    expect(Math.abs(own.winRate.interval!.low / low - 1)).toBeLessThan(0.01);
    expect(Math.abs(own.winRate.interval!.high / high - 1)).toBeLessThan(0.01);
    // A difference may be near 0: within 2 % of the interval's width, 1 % of it on each side.
    const [least, most] = wanted["differenceInterval"] as [number, number];
    expect(Math.abs(own.difference.interval!.low - least)).toBeLessThan(0.02 * (most - least));
    expect(Math.abs(own.difference.interval!.high - most)).toBeLessThan(0.02 * (most - least));
  }
});

const line = (more: object): string =>
  `${JSON.stringify({ id: 1, prompt: "p", response: "r", ...more })}\n`;

test.each([
  ["a repeated id", line({}) + line({}), "the id 1 was there before"],
  ["another prompt", line({ prompt: "q" }), "has another prompt than the first file"],
  ["no response", '{"id": 1, "prompt": "p"}\n', "field response: expected a text, got nothing"],
  ["a score that is none", line({ score: "1" }), "field score"],
])("ab: %s → refused", async (_, text, why) => {
  const files = [textFile("a", line({})), textFile("b", text)];
  await expect(readAnswers(files)).rejects.toThrow(why);
});

test("ab: prompts that one system lacks → left out and counted; no score in one → none given", async () => {
  const a = textFile("a", line({ score: 1 }) + line({ id: 2 }));
  const { prompts, incomplete } = await readAnswers([a, textFile("b", line({}))]);
  expect([prompts.length, incomplete, prompts[0]?.scores]).toEqual([1, 1, undefined]);
});

test("ab: equal answers → no difference, no sample size, p = 1", () => {
  const answers = [
    { response: "r", score: 1 },
    { response: "r", score: 1 + 1e-6 },
  ];
  const prompts = [1, 2].map((id) => ({ id: String(id), category: "c", prompt: "p", answers }));
  const judge = { model: "m" };
  const [one] = compareSystems({ names: ["a", "b"], prompts, judge }).comparisons;
  expect([one?.ties, one?.signTest.exactPValue, one?.promptsNeeded]).toEqual([2, 1, undefined]);
  expect(() => compareSystems({ names: ["a"], prompts, judge })).toThrow("nothing to compare");
});
