/** The order of labelling: halves, chances, repeats and sides, all by the seed. */
import { describe, expect, it } from "vitest";
import { planRound, ROUND, type Task } from "../../src/label/order.ts";

const prompts = (count: number, perPrompt = 1): string[] =>
  Array.from({ length: count }, (_, i) => `p${Math.floor(i / perPrompt)}`);

/** Plans to the end. */
function planAll(count: number, seed: number, teaching?: (shown: number) => number[]): Task[] {
  const plan: Task[] = [];
  for (;;) {
    const values = teaching?.(plan.length);
    const round = planRound({ prompts: prompts(count), seed, plan, teaching: values });
    if (round.length === 0) return plan;
    plan.push(...round);
  }
}

const fresh = (plan: readonly Task[]): number[] =>
  plan.flatMap(({ how, pair }) => (how === "repeat" ? [] : [pair]));

describe("order: without a model", () => {
  it("100 pairs → each once at random, each tenth task a repeat on the other side", () => {
    const plan = planAll(100, 7);
    expect(fresh(plan).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const repeats = plan.flatMap(({ how }, i) => (how === "repeat" ? [i] : []));
    expect(repeats).toEqual([9, 19, 29, 39, 49, 59, 69, 79, 89, 99, 109]);
    for (const i of repeats) {
      const { pair, isSwapped } = plan[i]!;
      const first = plan.findIndex((task) => task.pair === pair);
      expect(i - first).toBeGreaterThan(5);
      expect(plan[first]!.isSwapped).toBe(!isSwapped);
    }
    expect(new Set(repeats.map((i) => plan[i]!.pair)).size).toBe(repeats.length);
    expect(plan.every(({ how }) => how === "random" || how === "repeat")).toBe(true);
    expect(plan[0]!.probability).toBeCloseTo(18 / 100, 12);
  });

  it("the same seed → the same plan; another → another, and both sides come up", () => {
    expect(planAll(60, 3)).toEqual(planAll(60, 3));
    expect(planAll(60, 3)).not.toEqual(planAll(60, 4));
    const swapped = planAll(400, 5).filter(({ isSwapped }) => isSwapped).length;
    expect(Math.abs(swapped - 220)).toBeLessThan(60);
  });

  it("no pair, one pair → no task, one task", () => {
    expect(planRound({ prompts: [], seed: 1, plan: [] })).toEqual([]);
    expect(fresh(planAll(1, 1))).toEqual([0]);
  });
});

describe("order: with a model", () => {
  it("half are at random from one half of the pairs, half are chosen from the other", () => {
    const values = Array.from({ length: 200 }, (_, i) => 1 + (i % 5));
    const round = planRound({ prompts: prompts(200), seed: 2, plan: [], teaching: values });
    const how = (name: Task["how"]): Task[] => round.filter((task) => task.how === name);
    expect(round).toHaveLength(ROUND);
    expect([how("random").length, how("teaching").length]).toEqual([9, 9]);
    expect(how("random")[0]!.probability).toBeCloseTo(9 / 100, 12);
    // The halves stay apart: no pair of the evaluation set is ever chosen.
    const plan = planAll(200, 2, () => values);
    const chosen = new Set(plan.flatMap((t) => (t.how === "teaching" ? [t.pair] : [])));
    const randoms = new Set(plan.flatMap((t) => (t.how === "random" ? [t.pair] : [])));
    expect([...chosen].filter((pair) => randoms.has(pair))).toEqual([]);
    expect(randoms.size).toBe(100);
  });

  it("chances in proportion → over 3,000 seeds pairs are drawn as often as their chances say", () => {
    const values = Array.from({ length: 40 }, (_, i) => (i % 4) * (i % 4));
    const counts = [0, 0, 0, 0];
    const inverse = [0, 0, 0, 0];
    for (let seed = 0; seed < 3000; seed++) {
      const round = planRound({ prompts: prompts(40), seed, plan: [], teaching: values });
      for (const { how, pair, probability } of round) {
        if (how !== "teaching") continue;
        counts[pair % 4]! += 1;
        inverse[pair % 4]! += 1 / probability;
      }
    }
    // A pair is in the half that is chosen from in every second plan: Σ 1 / chance counts those.
    for (const sum of inverse.slice(1)) expect(Math.abs(sum / 15_000 - 1)).toBeLessThan(0.05);
    expect(counts[0]).toBe(0);
    expect(counts[3]!).toBeGreaterThan(3 * counts[1]!);
  });

  it("one prompt of four pairs → the best of them, once a round", () => {
    const values = Array.from({ length: 80 }, (_, i) => 1 + (i % 4));
    const input = { prompts: prompts(80, 4), seed: 9, plan: [], teaching: values };
    const chosen = planRound(input).filter(({ how }) => how === "teaching");
    expect(new Set(chosen.map(({ pair }) => Math.floor(pair / 4))).size).toBe(chosen.length);
  });

  it("values that are 0, then no model at all → what is left is not a random sample, and named rest", () => {
    const values = Array.from({ length: 30 }, (_, i) => Number(i < 15));
    const first = planRound({ prompts: prompts(30), seed: 1, plan: [], teaching: values });
    const second = planRound({ prompts: prompts(30), seed: 1, plan: first });
    const all = [...first, ...second];
    expect(new Set(fresh(all)).size).toBe(30);
    expect(second.some(({ how }) => how === "rest")).toBe(true);
  });
});
