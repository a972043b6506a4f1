/**
 * Draws a report's plots and its page. It is loaded only when there is a report: the drawing
 * library is large.
 */
import {
  lengthPlot,
  marginsPlot,
  metricsPlot,
  reliabilityPlot,
  winRatePlot,
} from "../../cli/reports/plots.ts";
import { abHtml, evaluationHtml } from "../../cli/reports/report-html.ts";
import { words } from "../language/language.ts";
import type { ReportResult } from "./protocol.ts";
import type { DrawnPlot } from "./state.ts";

export function drawPlots({ report, pairs }: ReportResult): DrawnPlot[] {
  if (report.kind === "ab") {
    const [only] = report.comparisons;
    const margins = pairs.map(({ margin }) => margin);
    const label = `score of ${only?.a ?? "A"} − score of ${only?.b ?? "B"}`;
    return [
      ...report.comparisons.map((one) => ({
        ...words().report.plots.winRate,
        isWide: true,
        draw: once((width) => winRatePlot(one, document, width)),
      })),
      {
        ...words().report.plots.marginsAb,
        isWide: true,
        draw: once((width) => marginsPlot(margins, document, label, width)),
      },
    ];
  }
  const label = "score of the preferred − score of the other";
  return [
    {
      ...words().report.plots.accuracy,
      isWide: true,
      draw: once((width) => metricsPlot(report, document, width)),
    },
    {
      ...words().report.plots.margins,
      isWide: true,
      draw: once((width) => marginsPlot(report.margins, document, label, width)),
    },
    {
      ...words().report.plots.calibration,
      isWide: false,
      draw: once((width) => reliabilityPlot(report, document, width)),
    },
    {
      ...words().report.plots.length,
      isWide: false,
      draw: once((width) => lengthPlot(report, document, width)),
    },
  ];
}

/** Returns the report as one HTML file that fetches nothing. */
export function reportHtml({ report }: ReportResult): string {
  return report.kind === "ab" ? abHtml(report, document) : evaluationHtml(report, document);
}

/** Draws again only for another width: the page is drawn more often. */
function once(draw: (width: number) => string): (width: number) => string {
  let last: { readonly width: number; readonly svg: string } | undefined;
  return (width) => {
    if (last?.width !== width) last = { width, svg: draw(width) };
    return last.svg;
  };
}
