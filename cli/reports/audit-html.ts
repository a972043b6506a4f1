// Tested by: test/cli/commands/audit.test.ts
/** The page of an audit: effects with their intervals, then every table. */
import * as Plot from "@observablehq/plot";
import { auditLines, auditTables } from "../../src/audit/report-markdown.ts";
import type { AuditReport } from "../../src/audit/types.ts";
import { escape, figure, page, section, soft, table } from "./html.ts";
import { englishPlots } from "./plot-words.ts";
import { draw, namesIn, titleIn, type PlotDrawing } from "./plots.ts";

/** Returns the report as a page. */
export function auditHtml(report: AuditReport, document: Document): string {
  return page(`Audit of ${report.judge.model}`, [
    `<h1>Audit of ${escape(report.judge.model)}</h1>`,
    ...auditSections(report, document),
  ]);
}

/** Returns the parts of the page, for a card too. */
export function auditSections(report: AuditReport, document: Document): string[] {
  const drawing = { document, words: englishPlots };
  return [
    section(
      "In short",
      auditLines(report).map((line) => `<p>${escape(line)}</p>`),
    ),
    ...(hasEffects(report)
      ? [section("Effects on the score", [figure(effectsPlot(report, drawing))])]
      : []),
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

interface Effect {
  readonly name: string;
  /** True if its name is the file's own. */
  readonly isOwn: boolean;
  readonly effect: number;
  readonly low: number;
  readonly high: number;
  readonly colour: string;
}

function effectsOf({ results }: AuditReport): Effect[] {
  return results.flatMap(({ name, family, unit, effect, interval, verdict }) => {
    if (unit !== "SD" || interval === undefined) return [];
    const colour = verdict === "effect" ? "var(--down)" : "var(--accent)";
    const { low, high } = interval;
    return [{ name, isOwn: family === "rewrite", effect, low, high, colour }];
  });
}

/** Returns true if there is an effect with an interval to draw. */
export function hasEffects(report: AuditReport): boolean {
  return effectsOf(report).length > 0;
}

/** Draws effects in standard deviations with their intervals. */
export function effectsPlot(report: AuditReport, drawing: PlotDrawing): string {
  const { words, width = 900 } = drawing;
  const effects = effectsOf(report);
  const names = namesIn(width, 190);
  const own = new Set(effects.flatMap(({ name, isOwn }) => (isOwn ? [name] : [])));
  return draw(drawing, {
    width,
    height: 76 + 22 * effects.length,
    marginLeft: names.marginLeft,
    x: { label: titleIn(width, `${words.effect} →`, `${words.effectShort} →`), grid: true },
    y: {
      label: null,
      domain: effects.map(({ name }) => name),
      tickFormat: (name: string) => names.shorten(own.has(name) ? name : words.nameOf(name)),
    },
    marks: [
      Plot.ruleX([0], { stroke: "currentColor" }),
      Plot.ruleY(effects, { x1: "low", x2: "high", y: "name", stroke: "colour", strokeWidth: 3 }),
      Plot.dot(effects, { x: "effect", y: "name", r: 4, fill: "colour" }),
    ],
  });
}
