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
import type { PlotDrawing } from "../../cli/reports/plots.ts";
import { abHtml, evaluationHtml } from "../../cli/reports/report-html.ts";
import type { ReportWords } from "../language/en/report.ts";
import { words } from "../language/language.ts";
import { inPage } from "./in-page.ts";
import type { ReportResult } from "./protocol.ts";
import type { DrawnPlot } from "./state.ts";

export function drawPlots({ report, pairs }: ReportResult): DrawnPlot[] {
  type Name = keyof ReportWords["plots"];
  const plot = (
    name: Name,
    isWide: boolean,
    draw: (drawing: PlotDrawing) => string,
  ): DrawnPlot => ({ caption: () => words().report.plots[name], isWide, draw: inPage(draw) });
  if (report.kind === "ab") {
    const [only] = report.comparisons;
    const margins = pairs.map(({ margin }) => margin);
    const [a, b] = [only?.a ?? "A", only?.b ?? "B"];
    return [
      ...report.comparisons.map((one) =>
        plot("winRate", true, (drawing) => winRatePlot(one, drawing)),
      ),
      plot("marginsAb", true, (drawing) =>
        marginsPlot(margins, drawing.words.marginOf(a, b), drawing),
      ),
    ];
  }
  return [
    plot("accuracy", true, (drawing) => metricsPlot(report, drawing)),
    plot("margins", true, (drawing) =>
      marginsPlot(report.margins, drawing.words.preferredMargin, drawing),
    ),
    plot("calibration", false, (drawing) => reliabilityPlot(report, drawing)),
    plot("length", false, (drawing) => lengthPlot(report, drawing)),
  ];
}

/** Returns the report as one HTML file that fetches nothing. */
export function reportHtml({ report }: ReportResult): string {
  return report.kind === "ab" ? abHtml(report, document) : evaluationHtml(report, document);
}

export { nameOf } from "../language/plots.ts";
