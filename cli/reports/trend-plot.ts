// Tested by: test/cli/commands/monitor.test.ts
/** A line over the windows of a run, by their times if they have some. */
import * as Plot from "@observablehq/plot";
import type { TrendPoint } from "../../src/monitor/trends.ts";

type Of = (point: TrendPoint) => number | undefined;

interface Trend {
  readonly label: string;
  readonly value: Of;
  /** What the value should not exceed. */
  readonly limit?: Of | undefined;
}

/** Draws a trend; undefined if no window has the value. */
export function trendPlot(
  points: readonly TrendPoint[],
  { label, value, limit }: Trend,
  document: Document,
): string | undefined {
  const hasTimes = points.every(({ from }) => from !== undefined);
  let rows = 0;
  const marks = points.flatMap((point) => {
    rows += point.count;
    const y = value(point);
    if (y === undefined || !Number.isFinite(y)) return [];
    const x = hasTimes ? new Date(point.from ?? 0) : rows;
    return [{ x, y, limit: limit?.(point) }];
  });
  if (marks.length < 2) return undefined;
  const plot = Plot.plot({
    document,
    style: { background: "transparent", fontSize: "11px" },
    width: 430,
    height: 200,
    marginLeft: 52,
    x: { label: hasTimes ? null : "rows →" },
    y: { label: `↑ ${label}`, grid: true },
    marks: [
      Plot.line(marks, { x: "x", y: "y", stroke: "var(--accent)", strokeWidth: 1.75 }),
      ...(limit === undefined
        ? []
        : [
            Plot.line(marks, { x: "x", y: "limit", stroke: "var(--down)", strokeDasharray: "4 3" }),
          ]),
    ],
  });
  // The tables beside it say in words what matters.
  plot.setAttribute("aria-hidden", "true");
  return plot.outerHTML;
}
