/** An audit is said in Japanese whole: its sentences, tables, names and what was compared. */
import { readFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { auditWords } from "../../../demo/language/audit.ts";
import { japanese } from "../../../demo/language/ja/audit.ts";
import { japanese as stored } from "../../../demo/language/ja/stored.ts";
import { useLanguage } from "../../../demo/language/language.ts";
import { englishAudit } from "../../../src/audit/audit-words.ts";
import { auditLines, auditTables, tableLines } from "../../../src/audit/report-markdown.ts";
import type { AuditReport, AuditResult } from "../../../src/audit/types.ts";
import type { AnchorResult } from "../../../src/monitor/anchors.ts";
import type { MonitorReport } from "../../../src/monitor/monitor.ts";

afterEach(() => useLanguage("en"));

const kept = JSON.parse(readFileSync("weights/audit/audit.json", "utf8")) as AuditReport;

/** Every sentence on what was compared that the sources of audits have. */
const sentences = ["edits", "edit-audits", "feature-audits", "group-audits"].flatMap((file) => {
  const source = readFileSync(`src/audit/${file}.ts`, "utf8");
  const own = [...source.matchAll(/what: "([^"]+)"|\]: "(the [^"]+)"/g)];
  return own.map(([, what, picture]) => what ?? picture ?? "");
});

/** An audit with every table, and every verdict. */
const whole: AuditReport = {
  ...kept,
  results: [
    ...kept.results.map((one, i): AuditResult => ({
      ...one,
      // The names of groups are those of a file's columns.
      name: one.family === "group" ? "列0" : one.name,
      verdict: (["effect", "none seen", "too few to say"] as const)[i % 3] ?? "effect",
    })),
    ...(["group", "source", "rewrite"] as const).map((family): AuditResult => ({
      ...(kept.results[0] as AuditResult),
      family,
      name: "列1",
      what: sentences.at(-1) ?? "",
    })),
  ],
  position: { rows: 3, equalBits: 2, largest: 1e-6 },
  groups: [
    {
      column: "列1",
      worst: "値1",
      best: "値2",
      parts: [
        {
          value: "値1",
          count: 3,
          accuracy: 0.5,
          interval: { low: 0.1, high: 0.9 },
          meanScore: 0.1,
          calibrationError: 0.2,
        },
      ],
    },
  ],
};

/** Abbreviations and names of methods, and words that are put into texts, in quotes. */
const PROPER = /"(?:[^"\\]|\\.)*"|\b(?:n|p|SD|Holm|RATE|JPEG|\d+e-\d+)\b/g;

const english = (texts: readonly string[]): string[] =>
  texts.filter((text) => /[A-Za-z]/.test(text.replaceAll(PROPER, "")));

it("audit in Japanese: every sentence, title, column, name and verdict → no English word", () => {
  const lines = auditLines(whole, japanese);
  const tables = auditTables(whole, japanese);
  const texts = tables.flatMap(({ title, columns, rows, below }) => [
    title,
    ...columns,
    ...rows.flat(),
    ...(below === undefined ? [] : [below]),
  ]);
  expect(tables.length).toBeGreaterThan(9);
  expect(english([...lines, ...texts])).toEqual([]);
});

it("audit: Japanese and English → the same tables, numbers and order", () => {
  const numbers = (words: typeof japanese): string[] =>
    auditTables(whole, words).flatMap(({ rows }) =>
      rows
        .flatMap(([, ...cells]) => cells)
        .flatMap((cell) => cell.match(/[+−]?\d[\d.,e-]*/g) ?? []),
    );
  const [ja, en] = [numbers(japanese), numbers(englishAudit)];
  expect(en.length).toBeGreaterThan(200);
  expect(ja).toEqual(en);
});

it("audit in English: the kept audit → as the embedded model's card has it", () => {
  const card = readFileSync("weights/audit/card.md", "utf8");
  const lines = [...auditLines(kept), ...auditTables(kept).flatMap(tableLines)];
  expect(lines.length).toBeGreaterThan(40);
  expect(lines.filter((line) => !card.includes(line))).toEqual([]);
});

it("audit: each sentence of the sources → a sentence in Japanese", () => {
  expect(sentences.length).toBeGreaterThan(12);
  expect(sentences.filter((what) => japanese.whatOf(what) === what)).toEqual([]);
});

it("monitor: each test that the sources name → a name in Japanese; columns stay", () => {
  const sources = ["monitor", "traffic-tests"].map((file) =>
    readFileSync(`src/monitor/${file}.ts`, "utf8"),
  );
  const fixed = sources.flatMap((source) => [
    ...[...source.matchAll(/name: "([^"]+)"/g)].map(([, name]) => name ?? ""),
    ...[...source.matchAll(/shareTest\("([^"]+)"/g)].map(([, name]) => name ?? ""),
    ...[...source.matchAll(/sampleTests\("([^"]+)"/g)].map(
      ([, name]) => `${name}: Kolmogorov-Smirnov`,
    ),
  ]);
  expect(fixed.length).toBeGreaterThan(12);
  expect(fixed.filter((name) => stored.testOf(name) === name)).toEqual([]);
  expect(stored.testOf("source: shares of its groups")).toBe("source:グループの割合");
  expect(stored.testOf("lang ja: score, Mann-Whitney")).toBe(
    "lang ja:スコア、マン–ホイットニー検定",
  );
});

it.each([
  { kind: "other model", count: 3 },
  { kind: "other tokens", count: 3 },
  { kind: "within tolerance" },
  { kind: "same model" },
  { kind: "small" },
  { kind: "large", isOtherEngine: true },
] as const)("monitor in Japanese: anchors, $kind → why, without an English word", (because) => {
  const anchors = { replays: 30, changed: 4, relative: 0.5, because } as AnchorResult;
  const said = (["none", "engine", "model", "traffic"] as const).map((verdict) => {
    const tests = [{ name: "score: PSI", alarm: true }];
    return stored.reason({ verdict, anchors, tests } as unknown as MonitorReport);
  });
  expect(english(said.map((text) => text.replaceAll("PSI", "")))).toEqual([]);
  expect(new Set(said).size).toBe(3);
  for (const text of said) expect(text).toContain("30回の再採点");
  expect(said[3]).toContain("警報:スコア:PSI");
});

it("audit: the page's language → its words", async () => {
  expect(auditWords()).toBe(englishAudit);
  await useLanguage("ja");
  expect(auditWords()).toBe(japanese);
});
