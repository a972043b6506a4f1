/** Two judges compared, against statsmodels, scikit-learn and krippendorff (golden/make.py). */
import { expect, test } from "vitest";
import { compareMarkdown, judgeName } from "../../src/audit/compare-markdown.ts";
import { compareJudges, type CompareReport } from "../../src/audit/compare.ts";
import type { ScoredRow } from "../../src/evaluate/rows.ts";
import { golden, goldenInputs, goldenRows, MANY, toRow } from "./golden-rows.ts";

const others = goldenInputs.map((row) => toRow(row, row.other));
const judges = [{ model: "old" }, { model: "new", weights: "q8" }] as const;

function compare(a: readonly ScoredRow[], b: readonly ScoredRow[], resamples = 50): CompareReport {
  return compareJudges({ judges, rows: [a, b], bootstrap: { ...MANY, resamples } });
}

const report = compare(goldenRows, others, MANY.resamples);

function expectClose(got: number | undefined, expected: number): void {
  expect(Math.abs((got ?? NaN) - expected)).toBeLessThanOrEqual(1e-9);
}

test("compare: agreement, κ, α, correlation, McNemar → as the packages have them", () => {
  const { compare: expected } = golden;
  expectClose(report.agreement, expected.agreement);
  expectClose(report.kappa, expected.kappa);
  expectClose(report.alpha, expected.alpha);
  expectClose(report.correlation, expected.spearman);
  expectClose(report.mcNemar?.exactPValue, expected.exact);
  expectClose(report.mcNemar?.chiSquare, expected.chi);
  expectClose(report.mcNemar?.pValue, expected.chiP);
  expectClose(report.a.accuracy, expected.accuracy[0]);
  expectClose(report.b.accuracy, expected.accuracy[1]);
});

test("compare: B − A with numpy's bootstrap interval, both calibrations", () => {
  const { value, interval } = report.difference ?? {};
  expectClose(value, golden.compare.accuracy[1] - golden.compare.accuracy[0]);
  const [low, high] = golden.compare.difference;
  // Shares move in steps of one pair of 180.
  const step = Math.max(0.01 * (high - low), 1.01 / 180);
  expect(Math.abs((interval?.low ?? NaN) - low)).toBeLessThanOrEqual(step);
  expect(Math.abs((interval?.high ?? NaN) - high)).toBeLessThanOrEqual(step);
  expect(report.a.calibration?.temperature).toBeGreaterThan(0);
  expect(report.b.calibration?.errorAtOne).toBeGreaterThan(0);
});

test("compare: pairs that differ → counted by group, the clearest as examples, who is right", () => {
  const flips = goldenInputs.filter(
    ({ scores, other }) => scores[0] > scores[1] !== other[0] > other[1],
  );
  expect(report.flips).toBe(flips.length);
  const [group] = report.groups;
  expect(group).toMatchObject({ group: "all", pairs: 180, flips: flips.length });
  expect((group?.onlyA ?? 0) + (group?.onlyB ?? 0)).toBe(flips.length);
  expect(report.examples).toHaveLength(3);
  const [first] = report.examples;
  const least = (row: (typeof flips)[number]): number =>
    Math.min(Math.abs(row.scores[0] - row.scores[1]), Math.abs(row.other[0] - row.other[1]));
  const clearest = flips.toSorted((x, y) => least(y) - least(x))[0];
  expect(first?.id).toBe(clearest?.id);
  expect(first?.right).toBe(first && first.margins[0] > 0 ? "a" : "b");
});

function unlabelled(rows: readonly ScoredRow[], from: number): ScoredRow[] {
  return rows.map((row, i) => (i < from ? row : { ...row, isLabelled: false }));
}

test("plan: pairs without a label → only those that differ, one a prompt first, how many decide", () => {
  const { plan, labelled } = compare(unlabelled(goldenRows, 90), unlabelled(others, 90));
  expect(labelled).toBe(90);
  const all = goldenInputs
    .slice(90)
    .filter(({ scores, other }) => scores[0] > scores[1] !== other[0] > other[1]);
  expect(plan.pairs.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
  expect(plan.pairs.every(({ right }) => right === undefined)).toBe(true);
  const prompts = plan.pairs.map(({ prompt }) => prompt);
  const different = new Set(prompts).size;
  expect(new Set(prompts.slice(0, different)).size).toBe(different);
  expect(plan.isMeasured).toBe(plan.have >= 10);
  const none = compare(unlabelled(goldenRows, 0), unlabelled(others, 0));
  expect([none.mcNemar, none.difference, none.a.accuracy]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  // 80 % power for 65 against 35, two-sided 5 %: 85 by the exact formula of sample-size.ts.
  expect(none.plan).toMatchObject({ needed: 85, have: 0, isMeasured: false });
});

test("compare: a judge with itself → no differences, no examples", () => {
  const same = compare(goldenRows, goldenRows);
  expect([same.agreement, same.kappa, same.flips, same.examples]).toEqual([1, 1, 0, []]);
});

test("report: Markdown → names, numbers, examples cut to a line", () => {
  const text = compareMarkdown(report);
  expect(text).toContain("# old and new (q8)");
  expect(text).toContain("The verdicts agree in 83.9 %");
  expect(text).toContain("McNemar's exact p 1.0000");
  expect(text).toMatch(/^\| all \| 180 \| 29 \| 16\.1 % \|/m);
  expect(text).toContain("No pair without a label is one on which they differ.");
  expect(judgeName({ ...report.a, judge: { model: "m", revision: "r" } })).toBe("m@r");
});

test("compare: rows of other ids → refused", () => {
  const moved = others.map((row) => ({ ...row, id: `x${row.id}` }));
  expect(() => compare(goldenRows, moved)).toThrow(
    "compareJudges: nothing to compare: expected rows",
  );
});
