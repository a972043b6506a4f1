/** The library, the reports, the command line and the page have one definition of a tie. */
import { nothing } from "lit";
import { expect, test } from "vitest";
import { drawRanking } from "../../cli/output/ranking.ts";
import { rankingLine } from "../../cli/commands/rank.ts";
import type { Page, Part } from "../../demo/base/page.ts";
import type { Verdict } from "../../demo/verdict/state.ts";
import { verdictView } from "../../demo/verdict/verdict.ts";
import { subjectOf } from "../../demo/score/subject.ts";
import { compareSystems } from "../../src/evaluate/ab.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import type { ScoredRow } from "../../src/evaluate/rows.ts";
import { isTie, rankValues } from "../../src/preference/ranking.ts";

/** Two scores, and whether they are a tie. */
const cases = [
  [1, 1.00001, true],
  [1, 1.00005, false],
  [10, 10.00015, true],
  [-3, -3.0001, false],
  [0.5, 0.5, true],
] as const;

function rowOf(first: number, second: number): ScoredRow {
  return {
    id: "1",
    digest: "1",
    cluster: "1",
    group: "all",
    pictures: [],
    prompt: "p",
    history: [],
    responses: ["one", "two"],
    rightCount: 1,
    isSwapped: false,
    unsupported: undefined,
    where: "row 1",
    scores: [first, second],
    pixels: undefined,
  };
}

/** The words of a template of the page, without its markup. */
function wordsOf(template: unknown): string {
  if (Array.isArray(template)) return template.map(wordsOf).join(" ");
  if (typeof template === "string" || typeof template === "number") return String(template);
  if (typeof template !== "object" || template === null) return "";
  const { strings = [], values = [] } = template as { strings?: string[]; values?: unknown[] };
  return strings.map((text, i) => `${text} ${wordsOf(values[i])}`).join(" ");
}

function pageSays(values: readonly number[]): string {
  const responses = values.map((_, key) => ({ key, text: `text ${key}` }));
  const scores = values.map((value) => ({ value, steps: [] }));
  const page = { get: <State>({ first }: Part<State>) => first() } as unknown as Page;
  const verdict = { draft: { responses }, scores } as unknown as Verdict;
  return wordsOf(verdictView(verdict, page, (index) => subjectOf(page, verdict, index), nothing));
}

test.each(cases)("tie: %d and %d → %s in library, reports, command line and page", (a, b, tied) => {
  expect(isTie(a, b)).toBe(tied);
  const places = rankValues([a, b]).map(({ place }) => place);
  expect(places).toEqual(tied ? [1, 1] : [1, 2]);

  const judge = { model: "m" };
  const bootstrap = { resamples: 10 };
  const report = evaluate({ benchmark: "pairs", rows: [rowOf(a, b)], judge, bootstrap });
  expect(report.ties).toBe(tied ? 1 : 0);
  const answers = [a, b].map((score) => ({ response: "r", score }));
  const prompts = [{ id: "1", category: "all", prompt: "p", answers }];
  const { comparisons, systems } = compareSystems({ names: ["A", "B"], prompts, judge, bootstrap });
  expect(comparisons[0]?.ties).toBe(tied ? 1 : 0);
  expect(systems.map(({ meanRank }) => meanRank)).toEqual(
    tied ? [1.5, 1.5] : a > b ? [1, 2] : [2, 1],
  );

  const line = rankingLine(
    "1",
    [a, b].map((value) => ({ value, tokens: 1 })),
    1,
  );
  expect(line["places"]).toEqual(places);
  const drawn = drawRanking(
    [a, b].map((score) => ({ response: "r", score })),
    { columns: 80, colours: false },
  );
  expect(drawn.join("\n").includes("a tie")).toBe(tied);
  expect(pageSays([a, b]).includes("are a tie")).toBe(tied);
});

test("places: a tie of two before a third → 1, 1, 3 on the page as in the library", () => {
  expect(rankValues([1, 1, 0]).map(({ place }) => place)).toEqual([1, 1, 3]);
  const drawn = drawRanking(
    [1, 1, 0].map((score) => ({ response: "r", score })),
    { columns: 80, colours: false },
  );
  expect(drawn.filter((line) => /^ +\d/.test(line)).map((line) => line.slice(0, 3).trim())).toEqual(
    ["1", "1", "3"],
  );
});
