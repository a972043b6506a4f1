// Tested by: test/cli/commands/eval.test.ts
/**
 * Reports in Markdown: a benchmark's table beside what others report, and an A/B's.
 */

import type { AbReport } from "../ab.ts";
import type { EvaluationReport, MetricResult } from "../evaluate.ts";
import { published } from "./published.ts";
import type { Solution, StepReport } from "../solutions.ts";
import type { Interval } from "../../statistics/bootstrap.ts";

/** Writes a share: `73.1` */
export function percent(share: number): string {
  return Number.isNaN(share) ? "–" : (share * 100).toFixed(1);
}

/** Writes an interval of shares: `70.4 – 75.6` */
export function percentInterval(interval: Interval | undefined): string {
  return interval === undefined ? "–" : `${percent(interval.low)} – ${percent(interval.high)}`;
}

/** Writes a number with its sign: `+1.234` */
export function signed(value: number, digits = 3): string {
  return Number.isNaN(value) ? "–" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}

/** Writes a p-value: `0.012`, `< 0.0001` */
export function pValue(value: number): string {
  return value < 0.0001 ? "< 0.0001" : value.toFixed(4);
}

/** Describes a judge in one line. */
export function judgeLine({ judge }: EvaluationReport): string {
  const { model, revision, weights, backend, minPixels, maxPixels } = judge;
  const parts = [revision === undefined ? model : `${model}@${revision}`];
  if (weights !== undefined) parts.push(`weights ${weights}`);
  if (backend !== undefined) parts.push(`on ${backend}`);
  if (minPixels !== undefined && maxPixels !== undefined) {
    parts.push(`pictures of ${whole(minPixels)} to ${whole(maxPixels)} pixels`);
  }
  return parts.join(", ");
}

/** Says before all numbers that they are not of all rows; nothing if they are. */
export function partialLine({ rows, unscored }: EvaluationReport): string[] {
  if (unscored === 0) return [];
  const all = whole(rows + unscored);
  return [`Only ${whole(rows)} of ${all} rows have scores: these numbers are of those alone.`];
}

/** Says in one line how large the scored pictures were. */
export function pixelLine({ pixels }: EvaluationReport): string {
  if (pixels === undefined) return "pictures' pixels: not recorded in these scores";
  const { pictures, leastPixels, mostPixels, mostTokens } = pixels;
  const range = `${whole(leastPixels)} to ${whole(mostPixels)} pixels, up to ${whole(mostTokens)} tokens`;
  return `${whole(pictures)} pictures scored at ${range}`;
}

/**
 * Returns published models with their numbers for each of our metrics; undefined for a number that
 * was not published.
 */
export function publishedRows(
  report: EvaluationReport,
): { readonly model: string; readonly values: readonly (number | undefined)[] }[] {
  const table = published[report.benchmark];
  if (table === undefined) return [];
  return table.models.map(([model, ...values]) => ({
    model,
    values: headMetrics(report).map(({ name }) => values[table.metrics.indexOf(name)]),
  }));
}

/** Returns the metrics that others report; all if no other report has any. */
export function headMetrics({ benchmark, metrics }: EvaluationReport): readonly MetricResult[] {
  const names = published[benchmark]?.metrics;
  return names === undefined ? metrics : metrics.filter(({ name }) => names.includes(name));
}

export function evaluationMarkdown(report: EvaluationReport): string {
  const { benchmark, metrics, bootstrap, calibration, length, notes } = report;
  const level = bootstrap.level * 100;
  const lines = [
    `# ${benchmark}: ${escapeMarkdown(judgeLine(report))}`,
    "",
    ...partialLine(report).map((line) => `**${line}**\n`),
    `${whole(report.rows)} rows in ${whole(report.clusters)} clusters; ${pixelLine(report)}.`,
    `Intervals: ${level} %, percentile bootstrap of clusters, ${whole(bootstrap.resamples)} resamples, seed ${bootstrap.seed}.`,
    "",
    `| metric | n | value | ${level} % interval | shorter wins | longer wins |`,
    "|---|--:|--:|--:|--:|--:|",
    ...metrics.map((one) => {
      const name =
        one.kind === "total" ? `**${escapeMarkdown(one.name)}**` : escapeMarkdown(one.name);
      const values = [percent(one.value), percentInterval(one.interval)];
      const baselines = [percent(one.shorterWins), percent(one.longerWins)];
      return `| ${[name, whole(one.count), ...values, ...baselines].join(" | ")} |`;
    }),
    "",
    ...besideMarkdown(report),
    "| length of the right response | pairs | accuracy |",
    "|---|--:|--:|",
    ...length.bins.map((bin) => `| ${bin.label} | ${bin.count} | ${percent(bin.accuracy)} |`),
    "",
    ...stepsMarkdown(report.steps, level),
    ...diagnosticLines(report).map((line) => `- ${line}`),
    ...notes.map((note) => `- ${escapeMarkdown(note)}`),
    `- Wrong or tied pairs: ${report.wrong.length} of ${whole(report.pairs)} (${report.ties} ties within rounding; equal scores count as wrong).`,
  ];
  if (calibration.unfit !== undefined)
    lines.push(`- No temperature: ${escapeMarkdown(calibration.unfit)}`);
  return `${lines.join("\n")}\n`;
}

/** Returns length and calibration in sentences. */
export function diagnosticLines({ length, calibration }: EvaluationReport): string[] {
  const { temperature, error, errorAtOne } = calibration;
  const fitted =
    temperature === undefined || error === undefined
      ? `Expected calibration error ${percent(errorAtOne)} % with T = 1.`
      : `Expected calibration error ${percent(error)} % with the fitted T = ${temperature.toFixed(3)}, ${percent(errorAtOne)} % with T = 1.`;
  const rho = (value: number | undefined): string => (value === undefined ? "–" : signed(value, 2));
  return [
    fitted,
    `Spearman's ρ of score and length: ${rho(length.scoreAndLength)} over all responses, ${rho(length.differences)} of the differences within pairs.`,
  ];
}

/** Rows whose steps Markdown lists; the JSON has all. */
const STEP_ROWS = 50;

/** Says how many solutions and steps were judged. */
export function stepsLine({ solutions, steps }: StepReport): string {
  return `${whole(solutions)} solutions of ${whole(steps)} steps. A value is the chance that a step is right; whichever sum of them the model gives is the score.`;
}

/** Writes the values of a solution's steps in their order: `0.91 · 0.43` */
export function stepValues({ steps }: Solution): string {
  return steps.map(({ value }) => stepValue(value)).join(" · ");
}

/** Writes the value of a step, or of steps: `0.912` */
export function stepValue(value: number): string {
  return value.toFixed(3);
}

function stepsMarkdown(report: StepReport | undefined, level: number): string[] {
  if (report === undefined) return [];
  const rows = report.rows.slice(0, STEP_ROWS).flatMap(({ id, rightCount, solutions }) =>
    solutions.map((one, i) => {
      const name = `${i + 1}${i < rightCount ? ", right" : ""}`;
      const sums = [one.min, one.product, one.last].map(stepValue);
      return `| ${[escapeMarkdown(id), name, stepValues(one), ...sums].join(" | ")} |`;
    }),
  );
  const more = report.rows.length - STEP_ROWS;
  return [
    stepsLine(report),
    "",
    `| score by | value | ${level} % interval |`,
    "|---|--:|--:|",
    ...report.sums.map(
      ({ name, value, interval }) =>
        `| ${name} | ${percent(value)} | ${percentInterval(interval)} |`,
    ),
    "",
    "| row | response | steps | min | product | last |",
    "|---|---|---|--:|--:|--:|",
    ...rows,
    ...(more > 0 ? ["", `${whole(more)} more rows in the JSON.`] : []),
    "",
  ];
}

function besideMarkdown(report: EvaluationReport): string[] {
  const rows = publishedRows(report);
  if (rows.length === 0) return [];
  const metrics = headMetrics(report);
  const own = metrics.map(({ value }) => `**${percent(value)}**`);
  return [
    `| model | ${metrics.map(({ name }) => name).join(" | ")} |`,
    `|---|${metrics.map(() => "--:|").join("")}`,
    `| **this run** | ${own.join(" | ")} |`,
    ...rows.map(({ model, values }) => {
      const shown = values.map((value) => value?.toFixed(1) ?? "–");
      return `| ${escapeMarkdown(model)} | ${shown.join(" | ")} |`;
    }),
    "",
    `Published numbers: ${published[report.benchmark]?.source}.`,
    "",
  ];
}

export function abMarkdown(report: AbReport): string {
  const { systems, comparisons, bootstrap, prompts, notes } = report;
  const level = bootstrap.level * 100;
  const lines = [
    `# ${systems.map(({ name }) => escapeMarkdown(name)).join(" against ")}`,
    "",
    `${whole(prompts)} prompts, judged by ${escapeMarkdown(report.judge.model)}. Intervals: ${level} %, paired percentile bootstrap of prompts, ${whole(bootstrap.resamples)} resamples, seed ${bootstrap.seed}.`,
    "",
    `| system | mean rank | best of all | mean score | right |`,
    "|---|--:|--:|--:|--:|",
    ...systems.map((one) => {
      const right = one.rightShare === undefined ? "–" : percent(one.rightShare);
      const values = [
        one.meanRank.toFixed(2),
        percent(one.bestShare),
        signed(one.meanScore),
        right,
      ];
      return `| ${[escapeMarkdown(one.name), ...values].join(" | ")} |`;
    }),
    "",
    `| A | B | wins | ties | losses | win rate of A | interval | mean difference | interval | sign test p | Holm | prompts needed |`,
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ...comparisons.map((one) => {
      const counts = [one.wins, one.ties, one.losses].map(whole);
      const rate = [percent(one.winRate.value), percentInterval(one.winRate.interval)];
      const difference = [signed(one.difference.value), signedInterval(one.difference.interval)];
      const tests = [
        pValue(one.signTest.exactPValue),
        pValue(one.holmPValue),
        needed(one.promptsNeeded),
      ];
      return `| ${[escapeMarkdown(one.a), escapeMarkdown(one.b), ...counts, ...rate, ...difference, ...tests].join(" | ")} |`;
    }),
    "",
    ...comparisons.flatMap((one) => [
      ...(one.categories.length < 2
        ? []
        : [`## ${escapeMarkdown(one.a)} against ${escapeMarkdown(one.b)} by category`, ""]),
      ...(one.categories.length < 2
        ? []
        : [
            "| category | n | win rate of A | interval | mean difference | interval |",
            "|---|--:|--:|--:|--:|--:|",
          ]),
      ...(one.categories.length < 2 ? [] : one.categories).map((category) => {
        const rate = [percent(category.winRate.value), percentInterval(category.winRate.interval)];
        const difference = [
          signed(category.difference.value),
          signedInterval(category.difference.interval),
        ];
        return `| ${[escapeMarkdown(category.name), whole(category.prompts), ...rate, ...difference].join(" | ")} |`;
      }),
      "",
    ]),
    ...notes.map((note) => `- ${escapeMarkdown(note)}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Writes an interval with signs: `+0.1 – +0.3` */
export function signedInterval(interval: Interval | undefined): string {
  return interval === undefined ? "–" : `${signed(interval.low)} – ${signed(interval.high)}`;
}

/** Writes a number of prompts, or that no number is enough. */
export function needed(prompts: number | undefined): string {
  return prompts === undefined ? "no difference seen" : whole(prompts);
}

/** Writes a whole number: `1,250` */
export function whole(count: number): string {
  return count.toLocaleString("en-US");
}

/** Returns a text of a file, escaped for Markdown: it makes no HTML, link, picture or cell. */
function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, " ")
    .replaceAll(/[\\|[\]`]/g, (sign) => `\\${sign}`)
    .replaceAll("<", "&lt;");
}
