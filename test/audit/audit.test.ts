/**
 * Audits of planted biases, on few runs; verdicts, notes, and the report's text. `npm run bench --
 * trust` does it a thousand times (docs/trust.md).
 */
import { expect, test } from "vitest";
import { at } from "../../src/base/at.ts";
import { audit } from "../../src/audit/audit.ts";
import { defaultSwaps, swapEdit } from "../../src/audit/edits.ts";
import { auditMarkdown, auditTables, tableLines } from "../../src/audit/report-markdown.ts";
import { rewriteName, SWAPPED } from "../../src/audit/plan.ts";
import type { AuditReport } from "../../src/audit/types.ts";
import type { ScoredRow } from "../../src/evaluate/rows.ts";
import { plantedPairs } from "../../testing/trust/planted-bias.ts";
import { goldenEdits, goldenInputs, goldenRows } from "./golden-rows.ts";

const common = { judge: { model: "m" }, edited: [], swaps: swapEdit(defaultSwaps) };

function audited(rows: readonly ScoredRow[], resamples = 400): AuditReport {
  return audit({ ...common, rows, bootstrap: { resamples }, permutations: 999 });
}

/** Without groups, whose permutations take most of an audit's time. */
function withoutColumns(rows: readonly ScoredRow[]): ScoredRow[] {
  return rows.map((row) => ({ ...row, columns: undefined }));
}

test("planted: scores with b · length, 100 runs → b within its interval in 93 to 97", () => {
  let covered = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const { results, scoreDeviation } = audited(
      withoutColumns(plantedPairs({ seed, prompts: 60, length: 0.3 })),
      400,
    );
    const length = results.find(({ name }) => name === "length");
    const scale = (length?.details["spread"] ?? NaN) / scoreDeviation;
    const { low = NaN, high = NaN } = length?.interval ?? {};
    if (low <= 0.3 * scale && 0.3 * scale <= high) covered += 1;
  }
  expect(covered).toBeGreaterThanOrEqual(93);
  expect(covered).toBeLessThanOrEqual(97);
}, 60_000);

test("planted: no bias, 100 runs → Holm's false alarms in 5 % at most; a bias of 0.5 is found", () => {
  // A guard, not evidence: another hundred of seeds may have six. `npm run bench -- trust` has
  // 3.5 % of 1,000 (docs/trust.md).
  let alarms = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const { results } = audited(plantedPairs({ seed: 10_000 + seed, prompts: 50, length: 0 }), 10);
    expect(results.length).toBeGreaterThan(4);
    if (results.some(({ verdict }) => verdict === "effect")) alarms += 1;
  }
  expect(alarms).toBeLessThanOrEqual(5);
  const found = audited(plantedPairs({ seed: 1, prompts: 150, length: 0.5, lists: 1 }));
  expect(
    found.results.filter(({ verdict }) => verdict === "effect").map(({ name }) => name),
  ).toEqual(expect.arrayContaining(["length", "lists"]));
}, 60_000);

test("language: prompts in two scripts, the judge wrong in one → named by their letters; a column wins", () => {
  const rows = withoutColumns(plantedPairs({ seed: 5, prompts: 80, length: 0 })).map((row, i) => {
    const [a = NaN, b = NaN] = row.scores;
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const isJapanese = i % 2 === 0;
    return {
      ...row,
      prompt: isJapanese ? `質問${i}です。` : `Question ${i}.`,
      // The right response comes first.
      scores: isJapanese ? [low - 1, high] : [high + 1, low],
    };
  });
  const byScript = (report: AuditReport) =>
    report.groups.find(({ column }) => column === "language by script");
  expect(byScript(audited(rows))).toMatchObject({ worst: "ja", best: "Latin letters" });
  const named = rows.map((row, i) => ({ ...row, columns: { language: i % 2 ? "en" : "ja" } }));
  expect(byScript(audited(named))).toBeUndefined();
});

test("verdicts: few prompts → too few to say, with the prompts it takes; many without an effect → none seen", () => {
  const few = audited(plantedPairs({ seed: 3, prompts: 12, length: 0.5 }));
  expect(new Set(few.results.map(({ verdict }) => verdict))).toEqual(new Set(["too few to say"]));
  expect(few.results.every(({ needed }) => needed >= 20)).toBe(true);
  const many = audited(plantedPairs({ seed: 8, prompts: 900, length: 0 }), 50);
  expect(many.results.find(({ name }) => name === "length")?.verdict).toBe("none seen");
});

test("features in which no pair differs → named in the notes, not tested", () => {
  const rows = plantedPairs({ seed: 3, prompts: 30, length: 0 }).map((row) => ({
    ...row,
    responses: row.responses.map((text) => text.replaceAll("**", "")),
  }));
  const report = audited(rows);
  expect(report.notes.join(" ")).toContain(
    "Too few pairs differ to say anything of: bold, headings.",
  );
  expect(report.results.map(({ name }) => name)).not.toContain("bold");
});

test("position: scores in the other order → how many are equal to the bit, and the largest difference", () => {
  const edited = goldenInputs.map((row, base) => ({
    planned: {
      row: at(goldenRows, base),
      base,
      places: [[{ edit: SWAPPED, response: 1 }], [{ edit: SWAPPED, response: 0 }]],
    },
    scores: [row.scores[1], row.scores[0] + (base === 5 ? 1e-6 : 0)],
  }));
  const { position } = audit({ ...common, rows: goldenRows, edited, bootstrap: { resamples: 10 } });
  expect(position).toMatchObject({ rows: 180, equalBits: 179 });
  expect(position?.largest).toBeCloseTo(1e-6, 9);
});

test("rewrites: the effect is that of rewrites of rewrites, the naive one beside it", () => {
  const rewrites = goldenInputs.slice(0, 60).map(({ id }, i) => ({
    id,
    attribute: "polite",
    response: 0,
    has: i % 2 === 0,
    rewrite: `${id} there`,
    back: `${id} back`,
  }));
  // Being rewritten costs 1; being polite is worth 0.5.
  const edited = rewrites.map((rewrite, base) => {
    const own = goldenInputs[base]?.scores[0] ?? NaN;
    const back = own - 1 + (base % 3) * 0.01;
    const there = rewrite.has ? back - 0.5 : back + 0.5;
    return {
      planned: {
        row: at(goldenRows, base),
        base,
        places: [
          [{ edit: rewriteName(base, "rewrite"), response: 0 }],
          [{ edit: rewriteName(base, "back"), response: 0 }],
        ],
      },
      scores: [there, back],
    };
  });
  const report = audit({
    ...common,
    rows: goldenRows,
    edited,
    rewrites,
    bootstrap: { resamples: 50 },
  });
  const { effect = NaN, details } = report.results.find(({ name }) => name === "polite") ?? {};
  expect(effect * report.scoreDeviation).toBeCloseTo(0.5, 9);
  for (const name of ["ate", "att", "atu"]) {
    expect((details?.[name] ?? NaN) * report.scoreDeviation).toBeCloseTo(0.5, 9);
  }
  // The naive effect is that of being rewritten, with both signs.
  expect((details?.["naive"] ?? NaN) * report.scoreDeviation).toBeCloseTo(0.5, 1);
});

test("report: Markdown → a line for each result, tables of groups, cells escaped", () => {
  const report = audit({
    ...common,
    rows: goldenRows,
    edited: goldenEdits,
    bootstrap: { resamples: 50 },
    notes: ["a note"],
  });
  const text = auditMarkdown(report);
  expect(text).toContain("# Audit of m");
  expect(text).toContain("180 pairs of 90 prompts; right in 70.0 %");
  for (const { name } of report.results) expect(text).toContain(`| ${name} |`);
  expect(text).toMatch(/^\| de \| 60 \| 73\.3 \|/m);
  expect(text).toContain("- a note");
  expect(auditTables(report).map(({ title }) => title)).toEqual(
    expect.arrayContaining(["Visual reliance", "Length", "By language", "Edited responses"]),
  );
  expect(tableLines({ title: "", columns: ["a"], rows: [["x|y"]] })[2]).toBe(String.raw`| x\|y |`);
});

test("audit: no pairs, or scores that are one number → refused", () => {
  expect(() => audited([])).toThrow("audit: expected pairs of a right and a wrong response");
  const flat = goldenRows.map((row) => ({ ...row, scores: [1, 1] }));
  expect(() => audited(flat)).toThrow("scores that differ, got 180 pairs");
});
