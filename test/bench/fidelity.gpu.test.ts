/**
 * How fidelity is measured, on made-up scores; and that q8 and q4 are true on some held-out pairs.
 */
import { expect, test } from "vitest";
import { driftOf, flipsAbove, pooled } from "../../bench/fidelity/drift.ts";
import type { Drift } from "../../bench/fidelity/drift.ts";
import { embeddedSet, measure } from "../../bench/fidelity/score-sets.ts";
import { fidelityTable, misses } from "../../bench/fidelity/table.ts";

/**
 * Five pairs: margins of 0.04, 0.1, 0.5, 2 and 0; what is got is `shift` more for the second of
 * each.
 */
function made(shift: number): Drift {
  const wanted = [1.04, 1, 2.1, 2, 3.5, 3, 6, 4, 7, 7];
  const got = wanted.map((value, i) => value + (i % 2) * shift);
  return driftOf({ wanted, got, pairs: [0, 2, 4, 6, 8].map((i) => [i, i + 1]) });
}

test("drift: the second of each pair gains 0.3 → mean, largest, shares of the deviation, flips by margin", () => {
  const drift = made(0.3);
  expect(drift.mean).toBeCloseTo(0.15, 12);
  expect(drift.largest).toBeCloseTo(0.3, 12);
  // numpy.std(wanted, ddof=1)
  expect(drift.meanShare).toBeCloseTo(0.15 / 2.2971634683, 6);
  expect(drift.bins.map(({ pairs, flips }) => [pairs, flips])).toEqual([
    [1, 1],
    [1, 1],
    [1, 0],
    [1, 0],
  ]);
  expect([flipsAbove(drift, 0), flipsAbove(drift, 0.05)]).toEqual([
    { pairs: 4, flips: 2 },
    { pairs: 3, flips: 1 },
  ]);
});

test("drift: a margin that vanishes → a flip; nothing moves → none, and τ is 1", () => {
  const tie = driftOf({ wanted: [1, 2], got: [1, 1], pairs: [[0, 1]] });
  expect(flipsAbove(tie, 0)).toEqual({ pairs: 1, flips: 1 });
  const same = made(0);
  expect([same.mean, same.kendall, flipsAbove(same, 0).flips]).toEqual([0, 1, 0]);
});

test("drift: two sets as one → means by scores, flips added", () => {
  const both = pooled([made(0.3), made(0)]);
  expect(both.mean).toBeCloseTo(0.075, 12);
  expect(both.largestShare).toBeCloseTo(made(0.3).largestShare, 12);
  expect(flipsAbove(both, 0)).toEqual({ pairs: 8, flips: 2 });
});

test("targets: each is missed by a drift beyond it", () => {
  expect([misses("q8", made(0)), misses("q4", made(0)), misses("stored", made(9))]).toEqual([
    [],
    [],
    [],
  ]);
  expect(misses("q8", made(0.3))).toEqual([
    "q8: mean drift below 1 % of the spread",
    "q8: no flips at margins above 0.05",
  ]);
  expect(misses("q8", made(0.05))).toEqual(["q8: mean drift below 1 % of the spread"]);
  expect(misses("q4", made(0.05))).toEqual(["q4: flips below 3 %"]);
});

test("table: one row → flips by margin, and as a share of all pairs", () => {
  const lines = fidelityTable([{ weights: "q4", set: "made up", drift: made(0.3) }]);
  expect(lines).toHaveLength(3);
  expect(lines[0]).toContain("| flips, margins to 0.05 | to 0.2 | to 1 | above 1 | all flips |");
  expect(lines[2]).toMatch(/^\| q4 \| made up \| 0\.150, 6\.53 % \| 0\.300, 13\.1 % \|/);
  expect(lines[2]).toContain("| 1 of 1 | 1 of 1 | 0 of 1 | 0 of 1 | 2 of 4, 50.0 % |");
});

test("q8, q4: eight held-out pairs → within the targets", async () => {
  const all = await embeddedSet();
  const kept = all.pairs.filter((_, i) => i % 36 === 0).flat();
  const set = {
    ...all,
    conversations: kept.map((i) => all.conversations[i]!),
    wanted: kept.map((i) => all.wanted[i]!),
    pairs: all.pairs.slice(0, kept.length / 2),
  };
  for (const weights of ["q8", "q4"] as const) {
    expect(misses(weights, await measure(set, weights)), weights).toEqual([]);
  }
}, 300_000);
