// Tested by: test/cli/commands/monitor.test.ts
/** The page of a monitor: the verdict, the tests, trends over the run. */
import type { MonitorReport } from "../../src/monitor/monitor.ts";
import type { MonitorTest } from "../../src/monitor/traffic-tests.ts";
import type { TrendPoint } from "../../src/monitor/trends.ts";
import { percent, percentInterval } from "../../src/evaluate/reports/report.ts";
import { escape, figure, page, section, soft, table } from "./html.ts";
import { englishPlots } from "./plot-words.ts";
import { hasTrend, trendPlot } from "./trend-plot.ts";

const TITLES = {
  none: "Nothing changed",
  engine: "The engine changed",
  model: "The model changed",
  traffic: "The traffic changed",
} as const;

const TEST_COLUMNS = ["test", "statistic", "p", "limit", "alarm"];

/** Returns the report as a page. */
export function monitorHtml(report: MonitorReport, document: Document): string {
  const { verdict, reason, rows, referenceRows, tests, groups, notes } = report;
  const title = TITLES[verdict];
  const groupRows = groups.map((group) => ({
    isOwn: false,
    values: [
      `${group.column}: ${group.value}`,
      String(group.referenceRows),
      String(group.rows),
      number(group.referenceMean),
      number(group.mean),
    ],
  }));
  return page(title, [
    `<h1>${escape(title)}</h1>`,
    `<p>${escape(reason)}</p>`,
    `<ul class="big"><li><strong>${rows}</strong>rows</li><li><strong>${referenceRows}</strong>rows of the reference</li></ul>`,
    section("Tests", [
      table(TEST_COLUMNS, tests.map(testRow)),
      soft(
        "A test with p alarms below the chance that is left to each; one with a limit above it.",
      ),
    ]),
    ...accuracySection(report),
    ...trendSections(report, document),
    ...(groupRows.length === 0
      ? []
      : [
          section("Groups", [
            table(["group", "rows before", "rows", "mean before", "mean"], groupRows),
          ]),
        ]),
    ...(notes.length === 0 ? [] : [section("Notes", notes.map(soft))]),
  ]);
}

function testRow({ name, statistic, p, limit, alarm }: MonitorTest): {
  isOwn: boolean;
  values: string[];
} {
  const values = [name, number(statistic), p === undefined ? "" : number(p)];
  return {
    isOwn: alarm,
    values: [...values, limit === undefined ? "" : number(limit), alarm ? "alarm" : ""],
  };
}

function accuracySection({ accuracy, referenceAccuracy }: MonitorReport): string[] {
  const lines = [
    { name: "reference", value: referenceAccuracy },
    { name: "run", value: accuracy },
  ].flatMap(({ name, value }) =>
    value === undefined
      ? []
      : [
          {
            isOwn: false,
            values: [
              name,
              String(value.labels),
              `${percent(value.mean)} %`,
              percentInterval(value.interval),
              value.by,
            ],
          },
        ],
  );
  if (lines.length === 0) return [];
  const columns = ["labelled rows of", "labels", "accuracy", "95 % interval", "by"];
  return [section("Accuracy by labels", [table(columns, lines)])];
}

function trendSections({ trends, settings }: MonitorReport, document: Document): string[] {
  if (trends.length < 2) return [];
  const charts: readonly (readonly [
    string,
    (point: TrendPoint) => number | undefined,
    ((point: TrendPoint) => number | undefined)?,
  ])[] = [
    ["mean score", ({ mean }) => mean],
    ["PSI, with the limit of its window", ({ psi }) => psi, ({ psiLimit }) => psiLimit],
    ["CUSUM, with its limit", ({ cusum }) => cusum, () => settings.limit],
    ["capital of the betting test, powers of ten", ({ capital }) => capital],
    ["tokens, mean", ({ tokens }) => tokens],
    ["share without a picture", ({ withoutPicture }) => withoutPicture],
    ["share outside the reference set", ({ outside }) => outside],
  ];
  const drawn = charts
    .filter(([, value]) => hasTrend(trends, value))
    .map(([label, value, limit]) =>
      figure(trendPlot(trends, { label, value, limit }, { document, words: englishPlots })),
    );
  return [section("Trends", [`<div class="pair">${drawn.join("")}</div>`])];
}

function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
