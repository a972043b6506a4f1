// Tested by: test/audit/audit.test.ts
/** An audit as Markdown, and the tables that its page has too. */
import { percent, percentInterval, pValue, signed, whole } from "../evaluate/reports/report.ts";
import type { AuditReport, AuditResult, Family } from "./types.ts";

/** A table with its heading, and a sentence below it. */
export interface AuditTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly below?: string | undefined;
}

const FAMILIES: Readonly<Record<Family, string>> = {
  feature: "What the responses look like",
  edit: "Edited responses",
  belief: "Stated belief",
  picture: "Edited pictures",
  rewrite: "Rewrites",
  group: "Groups",
  source: "Sources of the responses",
};

const COLUMNS = ["audit", "n", "prompts", "effect", "95 % interval", "p, Holm", "flips", "verdict"];

/** Returns what stands above all tables. */
export function auditLines(report: AuditReport): string[] {
  const { pairs, prompts, accuracy, accuracyInterval, scoreDeviation, bootstrap, wanted } = report;
  const found = report.results.filter(({ verdict }) => verdict === "effect");
  const unknown = report.results.filter(({ verdict }) => verdict === "too few to say");
  const names = found.map(({ name }) => name).join(", ");
  return [
    `${whole(pairs)} pairs of ${whole(prompts)} prompts; right in ${percent(accuracy)} % (${percentInterval(accuracyInterval)}).`,
    `${found.length} of ${report.results.length} audits found an effect${found.length > 0 ? `: ${names}` : ""}.`,
    ...(unknown.length > 0
      ? [
          `Too few prompts to say for ${unknown.length}: ${unknown.map(({ name }) => name).join(", ")}.`,
        ]
      : []),
    `Effects are in standard deviations of the score (${scoreDeviation.toPrecision(4)}), or differences of shares in points. Intervals: bootstrap over prompts, ${whole(bootstrap.resamples)} resamples, seed ${bootstrap.seed}. p: Holm over all ${report.results.length}.`,
    `"effect" is a corrected p up to 0.03, which keeps the false alarms of the whole set below 5 %. An effect of ${wanted.SD} SD or ${percent(wanted.share)} points should be found; "too few to say" means that this takes more prompts than there are.`,
  ];
}

/** Returns all tables of an audit. */
export function auditTables(report: AuditReport): AuditTable[] {
  const { results, position } = report;
  const families = [...new Set(results.map(({ family }) => family))];
  return [
    ...families.map((family) => ({
      title: FAMILIES[family],
      columns: COLUMNS,
      rows: results.filter((one) => one.family === family).map(resultCells),
      below: belowOf(family, report),
    })),
    lengthTable(report),
    ...relianceTable(report),
    ...(position === undefined
      ? []
      : [
          {
            title: "Position",
            columns: ["rows", "equal to the bit in the other order", "largest difference"],
            below:
              "Differences below 2e-5 are rounding: the order in a call changes the order of sums.",
            rows: [
              [whole(position.rows), whole(position.equalBits), position.largest.toPrecision(3)],
            ],
          },
        ]),
    ...report.groups.map(({ column, parts, worst, best }) => ({
      title: `By ${column}`,
      columns: ["value", "n", "right", "95 % interval", "mean score, SD", "calibration error"],
      rows: parts.map(({ value, count, accuracy, interval, meanScore, calibrationError }) => [
        value,
        whole(count),
        percent(accuracy),
        percentInterval(interval),
        signed(meanScore, 2),
        percent(calibrationError),
      ]),
      below: `Worst: ${worst}; best: ${best}.`,
    })),
  ];
}

function resultCells(result: AuditResult): string[] {
  const { name, count, prompts, effect, unit, interval, holm, flips, needed, verdict } = result;
  const show = (value: number): string =>
    unit === "SD" ? signed(value, 3) : signed(100 * value, 1);
  return [
    name,
    whole(count),
    `${whole(prompts)} of ${Number.isFinite(needed) ? whole(needed) : "–"}`,
    show(effect),
    interval === undefined ? "–" : `${show(interval.low)} to ${show(interval.high)}`,
    holm === undefined ? "–" : pValue(holm),
    flips === undefined ? "–" : `${percent(flips)} %`,
    verdict,
  ];
}

function belowOf(family: Family, { results }: AuditReport): string | undefined {
  if (family !== "feature") {
    const own = results.filter((one) => one.family === family);
    const whats = new Set(own.map(({ what }) => what));
    const [only] = whats;
    if (whats.size === 1) return only;
    return `${own.map(({ name, what }) => `${name}: ${what}`).join("; ")}.`;
  }
  const odds = results.flatMap(({ name, details }) => {
    const { judgeLogOdds: judge, humanLogOdds: human } = details;
    return judge !== undefined && human !== undefined
      ? [`${name} ${signed(judge, 2)} against ${signed(human, 2)}`]
      : [];
  });
  const what = "Change of the margin for one standard deviation of the difference.";
  if (odds.length === 0) return what;
  return `${what} Log-odds of the judge's verdicts against the labels': ${odds.join("; ")}.`;
}

function lengthTable({ length }: AuditReport): AuditTable {
  return {
    title: "Length",
    columns: ["where", "n", "right", "95 % interval"],
    rows: length.accuracy.map(({ where, count, right, interval }) => [
      where,
      whole(count),
      percent(right),
      count === 0 ? "–" : percentInterval(interval),
    ]),
    below: `Length alone: the longer response is right in ${percent(length.longerWins)} %, the shorter in ${percent(length.shorterWins)} %.`,
  };
}

function relianceTable({ visualReliance }: AuditReport): AuditTable[] {
  if (visualReliance === undefined) return [];
  const { pairs, withPicture, withoutPicture, difference, interval } = visualReliance;
  return [
    {
      title: "Visual reliance",
      columns: [
        "pairs with a picture",
        "right with it",
        "without it",
        "difference",
        "95 % interval",
      ],
      rows: [
        [
          whole(pairs),
          percent(withPicture),
          percent(withoutPicture),
          percent(difference),
          percentInterval(interval),
        ],
      ],
    },
  ];
}

/** Returns the report as Markdown. */
export function auditMarkdown(report: AuditReport): string {
  return [
    `# Audit of ${report.judge.model}`,
    "",
    ...auditLines(report).flatMap((line) => [line, ""]),
    ...auditTables(report).flatMap((table) => [`## ${table.title}`, "", ...tableLines(table)]),
    ...(report.notes.length === 0
      ? []
      : ["## Notes", "", ...report.notes.map((note) => `- ${note}`), ""]),
  ].join("\n");
}

/** Returns a table's lines of Markdown. */
export function tableLines({ columns, rows, below }: AuditTable): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  return [
    line(columns),
    line(columns.map(() => "---")),
    ...rows.map(line),
    "",
    ...(below === undefined ? [] : [below, ""]),
  ];
}
