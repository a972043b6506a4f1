// Tested by: test/cli/commands/audit.test.ts
/** The page of an audit: effects with their intervals, then every table. */
import * as Plot from "@observablehq/plot";
import { auditLines, auditTables } from "../../src/audit/report-markdown.ts";
import type { AuditReport } from "../../src/audit/types.ts";
import { escape, figure, page, section, soft, table } from "./html.ts";

/** Returns the report as a page. */
export function auditHtml(report: AuditReport, document: Document): string {
  return page(`Audit of ${report.judge.model}`, [
    `<h1>Audit of ${escape(report.judge.model)}</h1>`,
    ...auditSections(report, document),
  ]);
}

/** Returns the parts of the page, for a card too. */
export function auditSections(report: AuditReport, document: Document): string[] {
  const plot = effectsPlot(report, document);
  return [
    section(
      "In short",
      auditLines(report).map((line) => `<p>${escape(line)}</p>`),
    ),
    ...(plot === undefined ? [] : [section("Effects on the score", [figure(plot)])]),
    ...auditTables(report).map(({ title, columns, rows, below }) =>
      section(title, [
        table(
          columns,
          rows.map((values) => ({ isOwn: values.at(-1) === "effect", values })),
        ),
        ...(below === undefined ? [] : [soft(below)]),
      ]),
    ),
    ...(report.notes.length === 0 ? [] : [section("Notes", report.notes.map(soft))]),
  ];
}

/** Draws effects in standard deviations with their intervals; undefined if there are none. */
export function effectsPlot({ results }: AuditReport, document: Document): string | undefined {
  const marks = results
    .filter(({ unit, interval }) => unit === "SD" && interval !== undefined)
    .map(({ name, effect, interval, verdict }) => ({
      name,
      effect,
      low: interval?.low ?? effect,
      high: interval?.high ?? effect,
      colour: verdict === "effect" ? "var(--down)" : "var(--accent)",
    }));
  if (marks.length === 0) return undefined;
  const plot = Plot.plot({
    document,
    style: { background: "transparent", fontSize: "11px" },
    width: 900,
    height: 60 + 22 * marks.length,
    marginLeft: 190,
    x: { label: "effect, standard deviations of the score →", grid: true },
    y: { label: null, domain: marks.map(({ name }) => name) },
    marks: [
      Plot.ruleX([0], { stroke: "currentColor" }),
      Plot.ruleY(marks, { x1: "low", x2: "high", y: "name", stroke: "colour", strokeWidth: 3 }),
      Plot.dot(marks, { x: "effect", y: "name", r: 4, fill: "colour" }),
    ],
  });
  // The tables say the same in words.
  plot.setAttribute("aria-hidden", "true");
  return plot.outerHTML;
}
