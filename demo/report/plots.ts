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
import type { ReportResult } from "./protocol.ts";
import type { DrawnPlot } from "./state.ts";

export function drawPlots({ report, pairs }: ReportResult): DrawnPlot[] {
  if (report.kind === "ab") {
    const [only] = report.comparisons;
    const margins = pairs.map(({ margin }) => margin);
    const label = `score of ${only?.a ?? "A"} − score of ${only?.b ?? "B"}`;
    return [
      ...report.comparisons.map((one) => ({
        title: "Win rate",
        words: "with its interval; half means no difference",
        svg: winRatePlot(one, document),
      })),
      { title: "Margins", words: "", svg: marginsPlot(margins, document, label) },
    ];
  }
  const label = "score of the preferred − score of the other";
  return [
    {
      title: "Accuracy",
      words: "with its interval; the upright tick is what taking the shorter or longer one gives",
      svg: metricsPlot(report, document),
    },
    {
      title: "Margins",
      words: "right of zero is right",
      svg: marginsPlot(report.margins, document, label),
    },
    {
      title: "Calibration",
      words: "on the dotted line, 80 % means 80 %",
      svg: reliabilityPlot(report, document),
    },
    {
      title: "Length",
      words: "of the preferred response, against the other’s",
      svg: lengthPlot(report, document),
    },
  ];
}

/** Returns the report as one HTML file that fetches nothing. */
export function reportHtml({ report }: ReportResult): string {
  return report.kind === "ab" ? abHtml(report, document) : evaluationHtml(report, document);
}
