// Tested by: test/cli/commands/eval.test.ts
/**
 * The plots of reports, by Observable Plot, as SVG that follows the page's colours in light and
 * dark.
 *
 * The document is the browser's, or a small one of Node's: nothing here touches a global.
 */

import * as Plot from "@observablehq/plot";
import type { CurvePoint } from "../../src/adapt/curve.ts";
import type { AbComparison } from "../../src/evaluate/ab.ts";
import type { EvaluationReport } from "../../src/evaluate/evaluate.ts";
import { groupBy } from "../../src/evaluate/group-by.ts";
import { headMetrics, publishedRows } from "../../src/evaluate/reports/report.ts";
import type { PlotWords } from "./plot-words.ts";

/** Colours that the report's style defines. */
const ink = "currentColor";
const accent = "var(--accent)";
const soft = "var(--soft)";
const wrong = "var(--down)";

/** Pixels of a plot in a file; a page draws it as wide as it shows it. */
const WIDE = 900;
const NARROW = 430;
/** Pixels of a letter of a name beside an axis, at most on average; of a wide one, exactly. */
const LETTER = 7;
const WIDE_LETTER = 12;
// Fonts of such letters draw ± and … as wide as them.
const IS_WIDE =
  /[±…\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\u{20000}-\u{3ffff}]/u;

/** How a plot is drawn. */
export interface PlotDrawing {
  /** Makes the elements: the browser's, or a small one of Node's. */
  readonly document: Document;
  readonly words: PlotWords;
  /** Pixels. */
  readonly width?: number | undefined;
}

/** Returns the room for names beside an axis, and names that fit into it. */
export function namesIn(
  width: number,
  most: number,
  share = 0.36,
): { marginLeft: number; shorten: (name: string) => string } {
  const marginLeft = Math.min(most, Math.round(width * share));
  const room = marginLeft - 12;
  return { marginLeft, shorten: (name) => shortened(name, room) };
}

/** Returns a text that fits into this width; what is left out is an ellipsis. */
function shortened(text: string, pixels: number): string {
  if (widthOf(text) <= pixels) return text;
  let [kept, left] = ["", pixels - LETTER];
  for (const letter of text) {
    left -= widthOf(letter);
    if (left < 0) break;
    kept += letter;
  }
  return `${kept.trimEnd()}…`;
}

function widthOf(text: string): number {
  let pixels = 0;
  for (const letter of text) pixels += IS_WIDE.test(letter) ? WIDE_LETTER : LETTER;
  return pixels;
}

/** Returns the title of an axis that has the width; else the short one. */
export function titleIn(width: number, long: string, short: string): string {
  return widthOf(long) > width * 0.9 ? short : long;
}

/** Draws each metric with its interval, the length-only baseline, and the best published number. */
export function metricsPlot(report: EvaluationReport, drawing: PlotDrawing): string {
  const { words, width = WIDE } = drawing;
  const { metrics } = report;
  // A group of the same name is the file's own.
  const totals = new Set(metrics.flatMap(({ name, kind }) => (kind === "total" ? [name] : [])));
  const names = namesIn(width, 170);
  const heads = headMetrics(report);
  const rows = publishedRows(report);
  const others = heads.flatMap(({ name }, i) =>
    rows.flatMap(({ model, values }) => {
      const value = values[i];
      return value === undefined ? [] : [{ name, model, value }];
    }),
  );
  const baselines = metrics.map(({ name, shorterWins, longerWins }) => ({
    name,
    value: 100 * Math.max(shorterWins, longerWins),
  }));
  const own = metrics.map(({ name, value, interval }) => ({
    name,
    value: 100 * value,
    low: 100 * (interval?.low ?? value),
    high: 100 * (interval?.high ?? value),
  }));
  return draw(drawing, {
    width,
    height: 70 + 22 * metrics.length,
    marginLeft: names.marginLeft,
    marginRight: 46,
    x: { label: `${words.percentRight} →`, domain: [0, 100], grid: true },
    y: {
      label: null,
      domain: metrics.map(({ name }) => name),
      tickFormat: (name: string) => names.shorten(totals.has(name) ? words.nameOf(name) : name),
    },
    marks: [
      Plot.ruleX([50], { stroke: soft, strokeDasharray: "2 3" }),
      Plot.dot(others, {
        x: "value",
        y: "name",
        r: 2.5,
        stroke: soft,
        strokeOpacity: 0.7,
        title: "model",
      }),
      Plot.tickX(baselines, { x: "value", y: "name", stroke: wrong, strokeWidth: 2, inset: 4 }),
      Plot.ruleY(own, { x1: "low", x2: "high", y: "name", stroke: accent, strokeWidth: 3 }),
      Plot.dot(own, { x: "value", y: "name", r: 4.5, fill: accent }),
      Plot.text(own, {
        x: "high",
        y: "name",
        text: (d: { value: number }) => words.fixed(d.value, 1),
        dx: 8,
        textAnchor: "start",
        fill: ink,
      }),
    ],
  });
}

/**
 * Draws confidence against accuracy; on the diagonal, a chance of 80 % is right 80 times in 100.
 */
export function reliabilityPlot({ calibration }: EvaluationReport, drawing: PlotDrawing): string {
  const { words, width = NARROW } = drawing;
  const bins = calibration.bins.map((bin) => ({
    confidence: bin.confidence,
    accuracy: bin.accuracy,
    count: bin.count,
    title: words.pairsOf(words.fixed(bin.count, 0)),
  }));
  const most = bins.reduce((so, { count }) => Math.max(so, count), 1);
  return draw(drawing, {
    width,
    height: 300,
    marginLeft: 48,
    x: { label: `${words.confidence} →`, domain: [0.5, 1], grid: true },
    y: { label: `↑ ${words.shareRight}`, domain: [0, 1], grid: true },
    r: { range: [2.5, 12], domain: [0, most] },
    marks: [
      Plot.link([0], { x1: 0.5, y1: 0.5, x2: 1, y2: 1, stroke: soft, strokeDasharray: "3 3" }),
      Plot.line(bins, { x: "confidence", y: "accuracy", stroke: accent, strokeWidth: 1.5 }),
      Plot.dot(bins, {
        x: "confidence",
        y: "accuracy",
        r: "count",
        fill: accent,
        fillOpacity: 0.8,
        title: "title",
      }),
    ],
  });
}

/** Draws accuracy by the length of the right response. */
export function lengthPlot({ length }: EvaluationReport, drawing: PlotDrawing): string {
  const { words, width = NARROW } = drawing;
  const bins = length.bins.map(({ label, count, accuracy }) => ({
    label,
    count,
    value: 100 * accuracy,
  }));
  const shown = bins.filter(({ count }) => count > 0);
  // The bins' names are alike in their beginnings: cut, they say nothing.
  const names = namesIn(width, 170, 0.46);
  return draw(drawing, {
    width,
    height: 300,
    marginLeft: names.marginLeft,
    marginRight: 40,
    x: { label: `${words.percentRight} →`, domain: [0, 100], grid: true },
    y: {
      label: null,
      domain: bins.map(({ label }) => label),
      tickFormat: (label: string) => names.shorten(words.nameOf(label)),
    },
    marks: [
      Plot.barX(shown, {
        x: "value",
        y: "label",
        fill: accent,
        fillOpacity: 0.75,
        insetTop: 3,
        insetBottom: 3,
      }),
      Plot.text(bins, {
        x: (d: { value: number }) => d.value || 0,
        y: "label",
        text: (d: { count: number }) => `n = ${words.fixed(d.count, 0)}`,
        dx: 4,
        textAnchor: "start",
        fill: ink,
      }),
      Plot.ruleX([50], { stroke: soft, strokeDasharray: "2 3" }),
    ],
  });
}

/**
 * Margins of all pairs: right ones to the right of zero.
 * @param title of the axis of margins, if there is room for it
 */
export function marginsPlot(
  margins: readonly number[],
  title: string,
  drawing: PlotDrawing,
): string {
  const { words, width = WIDE } = drawing;
  const bars = histogram(margins);
  return draw(drawing, {
    width,
    height: 200,
    marginLeft: 48,
    x: { label: titleIn(width, `${title} →`, `${words.margin} →`) },
    y: { label: `↑ ${words.pairs}`, grid: true },
    marks: [
      Plot.rect(bars, {
        x1: "from",
        x2: "to",
        y1: 0,
        y2: "count",
        inset: 0.5,
        fill: (d: Bar) => (d.from < 0 ? wrong : accent),
      }),
      Plot.ruleX([0], { stroke: ink }),
    ],
  });
}

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * Returns some forty bins with an edge at 0; a margin of 0 is in the bin below it, as it counts as
 * wrong.
 */
function histogram(margins: readonly number[]): Bar[] {
  const most = margins.reduce((so, margin) => Math.max(so, Math.abs(margin)), 0);
  const width = most === 0 ? 1 : most / 20;
  const places = margins.map((margin) => Math.ceil(margin / width) - 1);
  const counts = groupBy(places, (place) => place);
  return [...counts].map(([place, own]) => ({
    from: place * width,
    to: (place + 1) * width,
    count: own.length,
  }));
}

/** Draws win rates of A with their intervals, over all and by category. */
export function winRatePlot(comparison: AbComparison, drawing: PlotDrawing): string {
  const { words, width = WIDE } = drawing;
  const { winRate, categories } = comparison;
  const names = namesIn(width, 170);
  const ofAll = { name: words.allPrompts, winRate };
  const rows = [ofAll, ...(categories.length > 1 ? categories : [])].map((one) => ({
    name: one.name,
    value: 100 * one.winRate.value,
    low: 100 * (one.winRate.interval?.low ?? one.winRate.value),
    high: 100 * (one.winRate.interval?.high ?? one.winRate.value),
  }));
  return draw(drawing, {
    width,
    height: 70 + 24 * rows.length,
    marginLeft: names.marginLeft,
    marginRight: 46,
    x: {
      label: titleIn(width, `${words.percentWonBy(comparison.a)} →`, `${words.percentWon} →`),
      domain: [0, 100],
      grid: true,
    },
    y: { label: null, domain: rows.map(({ name }) => name), tickFormat: names.shorten },
    marks: [
      Plot.ruleX([50], { stroke: ink }),
      Plot.ruleY(rows, { x1: "low", x2: "high", y: "name", stroke: accent, strokeWidth: 3 }),
      Plot.dot(rows, { x: "value", y: "name", r: 4.5, fill: accent }),
      Plot.text(rows, {
        x: "high",
        y: "name",
        text: (d: { value: number }) => words.fixed(d.value, 1),
        dx: 8,
        textAnchor: "start",
        fill: ink,
      }),
    ],
  });
}

/** Draws the accuracy of heads by the number of labels that they were fitted to. */
export function curvePlot(curve: readonly CurvePoint[], drawing: PlotDrawing): string {
  const points = curve.map(({ labels, accuracy, accuracySpread }) => ({
    labels,
    accuracy: 100 * accuracy,
    low: 100 * Math.max(0, accuracy - accuracySpread),
    high: 100 * Math.min(1, accuracy + accuracySpread),
  }));
  return draw(drawing, {
    width: 600,
    height: 260,
    x: { label: "labels →" },
    y: { label: "percent right on prompts left out", grid: true, zero: false },
    marks: [
      Plot.ruleX(points, {
        x: "labels",
        y1: "low",
        y2: "high",
        stroke: accent,
        strokeOpacity: 0.4,
      }),
      Plot.line(points, { x: "labels", y: "accuracy", stroke: accent, strokeWidth: 2 }),
      Plot.dot(points, { x: "labels", y: "accuracy", r: 4, fill: accent }),
    ],
  });
}

/**
 * Draws a plot of the report's style: its letters, room for titles of axes, and the ticks of its
 * language.
 */
export function draw({ document, words }: PlotDrawing, options: Plot.PlotOptions): string {
  const style = { background: "transparent", fontSize: "12px" };
  // The library's margins are for smaller letters: its titles of axes would lie on the ticks.
  const room = { marginTop: 32, marginBottom: 44 };
  const count = Math.max(3, Math.floor((options.width ?? WIDE) / 90));
  const number = words.ticks === undefined ? {} : { tickFormat: words.ticks.number };
  const x = { ticks: count, ...number, ...options.x, labelOffset: 40 };
  const y = { ...number, ...options.y };
  const plot = Plot.plot({ ...room, ...options, x, y, document, style });
  // Plot names its groups, which no reader by ear can make sense of: the tables beside say the same
  // in words.
  plot.setAttribute("aria-hidden", "true");
  return plot.outerHTML;
}
