// Tested by: test/audit/audit.test.ts
/** An audit as Markdown, and the tables that its page has too. */
import { percent, percentInterval, pValue, signed, whole } from "../evaluate/reports/report.ts";
import { englishAudit, type AuditWords } from "./audit-words.ts";
import type { AuditReport, AuditResult, AuditVerdict, Family } from "./types.ts";

/** A table with its heading, and a sentence below it. */
export interface AuditTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly below?: string | undefined;
}

/** Families whose results have names of our own; the others' are the file's. */
const OWN: ReadonlySet<Family> = new Set(["feature", "edit", "belief", "picture"]);

function nameOf({ family, name }: AuditResult, words: AuditWords): string {
  return OWN.has(family) ? words.nameOf(name) : name;
}

/** Returns what stands above all tables. */
export function auditLines(report: AuditReport, words: AuditWords = englishAudit): string[] {
  const { pairs, prompts, accuracy, accuracyInterval, scoreDeviation, bootstrap, wanted } = report;
  const { results } = report;
  const namesOf = (verdict: AuditVerdict): string[] =>
    results.filter((one) => one.verdict === verdict).map((one) => nameOf(one, words));
  const found = namesOf("effect");
  const unknown = namesOf("too few to say");
  return [
    words.summary(
      whole(pairs),
      whole(prompts),
      percent(accuracy),
      percentInterval(accuracyInterval),
    ),
    words.found(found.length, results.length, found),
    ...(unknown.length > 0 ? [words.tooFew(unknown)] : []),
    words.units(
      scoreDeviation.toPrecision(4),
      whole(bootstrap.resamples),
      bootstrap.seed,
      results.length,
    ),
    words.rule(wanted.SD, percent(wanted.share)),
  ];
}

/** Returns all tables of an audit. */
export function auditTables(report: AuditReport, words: AuditWords = englishAudit): AuditTable[] {
  const { results } = report;
  const families = [...new Set(results.map(({ family }) => family))];
  return [
    ...families.map((family) => ({
      title: words.families[family],
      columns: words.columns,
      rows: results.filter((one) => one.family === family).map((one) => resultCells(one, words)),
      below: belowOf(family, report, words),
    })),
    lengthTable(report, words),
    ...relianceTable(report, words),
    ...positionTable(report, words),
    ...report.groups.map(({ column, parts, worst, best }) => ({
      title: words.byColumn(column),
      columns: words.groupColumns,
      rows: parts.map(({ value, count, accuracy, interval, meanScore, calibrationError }) => [
        value,
        whole(count),
        percent(accuracy),
        percentInterval(interval),
        signed(meanScore, 2),
        percent(calibrationError),
      ]),
      below: words.worstAndBest(worst, best),
    })),
  ];
}

function resultCells(result: AuditResult, words: AuditWords): string[] {
  const { count, prompts, effect, unit, interval, holm, flips, needed, verdict } = result;
  const show = (value: number): string =>
    unit === "SD" ? signed(value, 3) : signed(100 * value, 1);
  return [
    nameOf(result, words),
    whole(count),
    words.ofNeeded(whole(prompts), Number.isFinite(needed) ? whole(needed) : "–"),
    show(effect),
    interval === undefined ? "–" : words.range(show(interval.low), show(interval.high)),
    holm === undefined ? "–" : pValue(holm),
    flips === undefined ? "–" : `${percent(flips)} %`,
    words.verdicts[verdict],
  ];
}

function belowOf(family: Family, { results }: AuditReport, words: AuditWords): string | undefined {
  if (family !== "feature") {
    const own = results.filter((one) => one.family === family);
    const [only, ...others] = new Set(own.map(({ what }) => what));
    if (only !== undefined && others.length === 0) return words.whatOf(only);
    return words.whats(
      own.map((one) => ({ name: nameOf(one, words), what: words.whatOf(one.what) })),
    );
  }
  const odds = results.flatMap((one) => {
    const { judgeLogOdds: judge, humanLogOdds: human } = one.details;
    return judge !== undefined && human !== undefined
      ? [{ name: nameOf(one, words), judge: signed(judge, 2), human: signed(human, 2) }]
      : [];
  });
  return odds.length === 0 ? words.change : `${words.change} ${words.odds(odds)}`;
}

function lengthTable({ length }: AuditReport, words: AuditWords): AuditTable {
  return {
    title: words.length,
    columns: words.lengthColumns,
    rows: length.accuracy.map(({ where, count, right, interval }) => [
      words.lengthWhere[where],
      whole(count),
      percent(right),
      count === 0 ? "–" : percentInterval(interval),
    ]),
    below: words.lengthAlone(percent(length.longerWins), percent(length.shorterWins)),
  };
}

function relianceTable({ visualReliance }: AuditReport, words: AuditWords): AuditTable[] {
  if (visualReliance === undefined) return [];
  const { pairs, withPicture, withoutPicture, difference, interval } = visualReliance;
  const shares = [withPicture, withoutPicture, difference].map(percent);
  const row = [whole(pairs), ...shares, percentInterval(interval)];
  return [{ title: words.reliance, columns: words.relianceColumns, rows: [row] }];
}

function positionTable({ position }: AuditReport, words: AuditWords): AuditTable[] {
  if (position === undefined) return [];
  const row = [whole(position.rows), whole(position.equalBits), position.largest.toPrecision(3)];
  const { rounding: below, position: title, positionColumns: columns } = words;
  return [{ title, columns, rows: [row], below }];
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
