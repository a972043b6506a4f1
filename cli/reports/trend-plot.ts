// Tested by: test/cli/commands/monitor.test.ts
/** A line over the windows of a run, by their times if they have some. */
import * as Plot from "@observablehq/plot";
import type { TrendPoint } from "../../src/monitor/trends.ts";
import { draw, type PlotDrawing } from "./plots.ts";

type Of = (point: TrendPoint) => number | undefined;

interface Trend {
  /** The title of its axis; none if what stands above the plot says it. */
  readonly label?: string;
  readonly value: Of;
  /** What the value should not exceed. */
  readonly limit?: Of | undefined;
}

/** Returns true if enough windows have the value for a line. */
export function hasTrend(points: readonly TrendPoint[], value: Of): boolean {
  return points.filter((point) => isDrawn(value(point))).length >= 2;
}

/** Draws a trend. */
export function trendPlot(
  points: readonly TrendPoint[],
  { label, value, limit }: Trend,
  drawing: PlotDrawing,
): string {
  const { words, width = 430 } = drawing;
  const hasTimes = points.every(({ from }) => from !== undefined);
  let rows = 0;
  const marks = points.flatMap((point) => {
    rows += point.count;
    const y = value(point);
    if (!isDrawn(y)) return [];
    const x = hasTimes ? new Date(point.from ?? 0) : rows;
    return [{ x, y, limit: limit?.(point) }];
  });
  const spanMs = Number(marks.at(-1)?.x) - Number(marks[0]?.x);
  const { ticks } = words;
  const time =
    ticks === undefined ? {} : { tickFormat: (moment: Date) => ticks.time(moment, spanMs) };
  return draw(drawing, {
    width,
    height: 220,
    marginLeft: 52,
    // The last tick may be a date.
    marginRight: 32,
    x: hasTimes ? { label: null, ...time } : { label: `${words.rows} →` },
    y: { label: label === undefined ? null : `↑ ${label}`, grid: true },
    marks: [
      Plot.line(marks, { x: "x", y: "y", stroke: "var(--accent)", strokeWidth: 1.75 }),
      ...(limit === undefined
        ? []
        : [
            Plot.line(marks, { x: "x", y: "limit", stroke: "var(--down)", strokeDasharray: "4 3" }),
          ]),
    ],
  });
}

function isDrawn(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}
