// Tested by: test/cli/labels/labels.browser.test.ts
/** The report of an adaptation: JSON, Markdown, HTML. */

import type { Adaptation, Quality } from "../../src/adapt/adapt.ts";
import type { CurvePoint } from "../../src/adapt/curve.ts";
import { percent, percentInterval } from "../../src/evaluate/reports/report.ts";
import { figure, page, section, soft, table, escape } from "../reports/html.ts";
import { englishPlots } from "../reports/plot-words.ts";
import { curvePlot } from "../reports/plots.ts";

export interface AdaptReport {
  readonly accepted: boolean;
  readonly reason: string;
  /** Null if no head was fitted, or if the published head itself fits best (λ = ∞). */
  readonly lambda: number | null;
  readonly temperature: number;
  readonly before: Quality;
  readonly after: Quality;
  readonly gain: number | null;
  readonly gainError: number | null;
  readonly labels: number;
  readonly counts: Adaptation["labels"];
  /** What judges from now on. */
  readonly head: Adaptation["judge"];
  /** The file with the head; null if a head that is more than one layer stays. */
  readonly headName: string | null;
  readonly model: unknown;
  readonly seed: number;
  readonly curve: readonly CurvePoint[];
}

const HEADS: Readonly<Record<Adaptation["judge"], string>> = {
  published: "the published head, unchanged",
  "published + labels": "the adapted head",
  labels: "a linear head on the features of the published one, fitted to the labels alone",
};

const COLUMNS = ["judge", "accuracy", "95 % interval", "log-loss"];

function rowsOf({ before, after, accepted }: AdaptReport): string[][] {
  const row = (name: string, { accuracy, interval, logLoss }: Quality): string[] => [
    name,
    `${percent(accuracy)} %`,
    percentInterval(interval),
    logLoss.toFixed(4),
  ];
  const name = accepted ? "adapted head" : "published head, temperature fitted";
  return [row("published head, T = 1", before), row(name, after)];
}

function factLines(report: AdaptReport): string[] {
  const { counts, temperature, lambda, headName, head, curve } = report;
  const { all, decided, ties, prompts } = counts;
  const last = curve.at(-1);
  const half = curve.at(1);
  const more =
    last === undefined || half === undefined
      ? []
      : [
          `From ${half.labels} to ${last.labels} labels the log-loss went from ` +
            `${half.logLoss.toFixed(3)} to ${last.logLoss.toFixed(3)} on prompts left out: ` +
            (half.logLoss - last.logLoss > 0.01
              ? "more labels are likely to help."
              : "more labels of this kind would change little."),
        ];
  return [
    `${all} labels of ${prompts} prompts: ${decided} decided, ${ties} ties.`,
    `Temperature ${temperature.toPrecision(3)}; strength of the prior λ ${lambda === null ? "–" : lambda.toPrecision(3)}.`,
    headName === null
      ? "No file of a head: the published one is more than one layer, and stays."
      : `${headName} has ${HEADS[head]}.`,
    ...more,
  ];
}

/** Returns the report as Markdown. */
export function adaptMarkdown(report: AdaptReport): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    `# ${report.accepted ? "The adapted head is better" : "The published head stays"}`,
    "",
    report.reason,
    "",
    line(COLUMNS),
    line(COLUMNS.map(() => "---")),
    ...rowsOf(report).map(line),
    "",
    ...factLines(report).map((fact) => `- ${fact}`),
    "",
  ].join("\n");
}

/** Returns the report as a page. */
export function adaptHtml(report: AdaptReport, document: Document): string {
  const title = report.accepted ? "The adapted head is better" : "The published head stays";
  const rows = rowsOf(report).map((values, i) => ({ isOwn: i === 1, values }));
  const curve =
    report.curve.length === 0
      ? []
      : [
          section("Are more labels worth it?", [
            figure(curvePlot(report.curve, { document, words: englishPlots })),
            soft("Heads fitted to fewer labels, on prompts that they left out; 8 splits."),
          ]),
        ];
  return page(title, [
    `<h1>${escape(title)}</h1>`,
    `<p>${escape(report.reason)}</p>`,
    section("Before and after", [table(COLUMNS, rows), ...factLines(report).map(soft)]),
    ...curve,
  ]);
}
