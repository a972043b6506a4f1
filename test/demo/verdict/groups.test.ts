/** What the page says of scores, in both languages. */
import { afterEach, describe, expect, it } from "vitest";
import { rankValues } from "../../../src/preference/ranking.ts";
import { gradeOf, groupsOf, sentenceOf } from "../../../demo/verdict/groups.ts";
import { useLanguage } from "../../../demo/language/language.ts";

const say = (values: readonly number[], temperature = 1): string =>
  sentenceOf(rankValues(values, temperature), temperature);

afterEach(() => useLanguage("en"));

/** Returns the margin at which the first is preferred with this chance, at T = 1. */
const marginOf = (chance: number): number => Math.log(chance / (1 - chance));

describe("grades", () => {
  it.each([
    [0, "tie"],
    [marginOf(0.54), "equal"],
    [marginOf(0.56), "slight"],
    [marginOf(0.74), "slight"],
    [marginOf(0.76), "ahead"],
    [marginOf(0.94), "ahead"],
    [marginOf(0.96), "clear"],
  ])("grade: a margin of %d at T = 1 → %s; ten times both → the same", (margin, grade) => {
    expect(gradeOf(margin, 0, 1)).toBe(grade);
    expect(gradeOf(margin * 10, 0, 10)).toBe(grade);
  });
});

describe("sentences", () => {
  it.each([
    [[2.39, 2.62, -1.63, -1.83], 1, "B is slightly ahead of A. Both clearly beat C and D."],
    [[2.39, 2.62, -1.63, -1.83], 0.38, "B is slightly ahead of A. Both clearly beat C and D."],
    [[5, 0, 0.01, -0.01], 1, "A clearly beats C, B and D."],
    [[0, 1], 1, "B is slightly ahead of A."],
    [[0, 2], 1, "B is ahead of A."],
    [[0, 4], 1, "B clearly beats A."],
    [[1, 1], 1, "A and B are a tie."],
    [[1, 1.1], 1, "B and A are about equal."],
    [[1, 1.05, 1.1], 1, "C, B and A are about equal."],
    [[0, 2, 4], 1, "C is ahead of B. Then A, with no clear gap."],
    [[0, 0.1, 0.15, 9], 1, "D clearly beats C, B and A."],
    [[7, 7.1, 7.15, 0], 1, "C, B and A are about equal. All 3 clearly beat D."],
    [[3], 1, ""],
  ])("sentence: %j at T = %d → %s", (values, temperature, expected) => {
    expect(say(values, temperature)).toBe(expected);
  });

  it("sentence: Japanese chosen → the same in Japanese", async () => {
    await useLanguage("ja");
    expect(say([2.39, 2.62, -1.63, -1.83])).toBe(
      "BはAをわずかに上回ります。どちらもC、Dを大きく上回ります。",
    );
  });

  it("groups: small steps → one group, however far its ends are apart; a clear gap parts", () => {
    const groups = groupsOf(rankValues([0, 2, 4, 6, 20]), 1);
    expect(groups.map((group) => group.map(({ index }) => index))).toEqual([[4], [3, 2, 1, 0]]);
  });
});
