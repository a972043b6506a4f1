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
        svg: winRatePlot(one, document),
      })),
      { ...words().report.plots.marginsAb, svg: marginsPlot(margins, document, label) },
    ];
  }
  const label = "score of the preferred − score of the other";
  return [
    {
      ...words().report.plots.accuracy,
      svg: metricsPlot(report, document),
    },
    {
      ...words().report.plots.margins,
      svg: marginsPlot(report.margins, document, label),
    },
    {
      ...words().report.plots.calibration,
      svg: reliabilityPlot(report, document),
    },
    {
      ...words().report.plots.length,
      svg: lengthPlot(report, document),
    },
  ];
}

/** Returns the report as one HTML file that fetches nothing. */
export function reportHtml({ report }: ReportResult): string {
  return report.kind === "ab" ? abHtml(report, document) : evaluationHtml(report, document);
}
