// Tested by: test/cli/labels/label-commands.test.ts
/**
 * `vl-reward threshold`: when the judge may decide, and when a person must.
 */

import path from "node:path";
import { mkdir } from "node:fs/promises";
import { findThresholds, type Threshold, type Thresholds } from "../../src/adapt/threshold.ts";
import { InputError } from "../../src/errors.ts";
import { percent } from "../../src/evaluate/reports/report.ts";
import { targetOf } from "../../src/label/labels.ts";
import { preferenceProbability } from "../../src/preference/ranking.ts";
import { fitTemperature } from "../../src/preference/temperature.ts";
import {
  predictionPoweredMean,
  type PoweredMean,
} from "../../src/statistics/prediction-powered.ts";
import { parse, requiredFolder, required, UsageError } from "../arguments.ts";
import { readScores } from "../batch/pairs-rows.ts";
import type { Command } from "../command.ts";
import { marginsOf } from "../labels/margins.ts";
import { readLabels } from "../labels/read-labels.ts";
import { writeWhole } from "../output/output-file.ts";
import { page, section, soft, table } from "../reports/html.ts";

const help = `
Usage: vl-reward threshold --labels LABELS.jsonl [--scores SCORES.jsonl] --output DIR

Finds the least margin at which the judge decides "a" or "b"; below it a person is asked. Two
guarantees, with the share of pairs that each decides:

  on average   the error is at most α in the mean over sets of labels
  confident    the error is at most α, but for a chance δ

Writes DIR/threshold.json, report.md and report.html.

  --labels FILE      labels as vl-reward adapt reads them; ties do not count. They must be a random
                     sample of what will be judged
  --scores FILE      scores of these pairs by id, as vl-reward rank writes them; rows may hold them
                     too, as "scores": [a, b] or "margin"
  --error A          α, 0.1 by default
  --risk D           δ, 0.1 by default
  --all FILE         scores of all pairs, as rank writes them: adds the share that a wins among
                     them, from few labels (PPI++)
  --output DIR       where the three files go
  --quiet            no warnings on stderr
`;

const options = {
  labels: { type: "string", multiple: true },
  scores: { type: "string" },
  error: { type: "string" },
  risk: { type: "string" },
  all: { type: "string" },
  output: { type: "string" },
  quiet: { type: "boolean" },
} as const;

interface ThresholdReport extends Thresholds {
  readonly error: number;
  readonly risk: number;
  readonly winRate: PoweredMean | null;
}

export const thresholdCommand: Command = {
  summary: "when the judge may decide, with a guarantee",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    const files = values.labels ?? [];
    if (files.length === 0) throw new UsageError("--labels is missing");
    const output = requiredFolder("--output", required("--output", values.output));
    const error = share("--error", values.error);
    const risk = share("--risk", values.risk);
    const { labels, rows, warnings } = await readLabels(files);
    if (values.quiet !== true) for (const line of warnings) context.log(`warning: ${line}`);
    const margins = await marginsOf(rows, labels, values.scores);
    const pairs = labels.flatMap((label, i) => {
      const margin = margins[i];
      if (margin === undefined) {
        const todo = "Score the pairs with vl-reward rank, and give them by --scores";
        throw new InputError({ where: label.where, what: "has no scores", todo });
      }
      return targetOf(label.label) === 0.5 ? [] : [{ margin, target: targetOf(label.label) }];
    });
    const found = findThresholds(pairs, { error, risk });
    const winRate = values.all === undefined ? null : await winRateOf(pairs, values.all);
    const report: ThresholdReport = { ...found, error, risk, winRate };
    await mkdir(output, { recursive: true });
    const markdown = toMarkdown(report);
    const json = `${JSON.stringify(report, infiniteAsNull, 1)}\n`;
    await writeWhole(path.join(output, "threshold.json"), json);
    await writeWhole(path.join(output, "report.md"), markdown);
    await writeWhole(path.join(output, "report.html"), toHtml(report));
    context.print(markdown.trimEnd());
    return 0;
  },
};

function share(option: string, text = "0.1"): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new UsageError(`${option} takes a share between 0 and 1; got ${text}`);
}

/** Null stands for a threshold that no margin reaches: the judge never decides. */
function infiniteAsNull(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** Returns the share of all pairs that a wins, from the labels and calibrated predictions. */
async function winRateOf(
  pairs: readonly { readonly margin: number; readonly target: number }[],
  file: string,
): Promise<PoweredMean> {
  const others = [...(await readScores(file)).values()].flatMap(({ values: [a, b] }) =>
    a === undefined || b === undefined ? [] : [a - b],
  );
  const toward = pairs.map(({ margin, target }) => (target > 0.5 ? margin : -margin));
  let temperature = 1;
  try {
    ({ temperature } = fitTemperature(toward));
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault;
  }
  const predict = (margin: number): number => preferenceProbability(margin, 0, temperature);
  return predictionPoweredMean(
    pairs.map(({ target }) => target),
    pairs.map(({ margin }) => predict(margin)),
    others.map(predict),
  );
}

const COLUMNS = ["guarantee", "decide if |margin| ≥", "decided", "wrong among them"];

function rowsOf({ onAverage, confident, risk }: ThresholdReport): string[][] {
  const row = (name: string, { margin, coverage, decided, wrong }: Threshold): string[] => [
    name,
    Number.isFinite(margin) ? margin.toPrecision(4) : "never",
    `${percent(coverage)} % (${decided})`,
    String(wrong),
  ];
  return [row("on average", onAverage), row(`confident, but for ${percent(risk)} %`, confident)];
}

function factLines({ labels, error, leastLabels, winRate }: ThresholdReport): string[] {
  const rate =
    winRate === null
      ? []
      : [
          `a wins ${percent(winRate.mean)} % (${percent(winRate.interval.low)} to ` +
            `${percent(winRate.interval.high)} %) of all pairs.` +
            (labels < 30 ? " Below 30 labels this interval is too narrow." : ""),
        ];
  return [
    `${labels} decided labels; an error of ${percent(error)} % is allowed.`,
    `With ${leastLabels} labels and no error among them it can be certified at the earliest.`,
    ...rate,
  ];
}

function toMarkdown(report: ThresholdReport): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    "# When the judge may decide",
    "",
    line(COLUMNS),
    line(COLUMNS.map(() => "---")),
    ...rowsOf(report).map(line),
    "",
    ...factLines(report).map((fact) => `- ${fact}`),
    "",
  ].join("\n");
}

function toHtml(report: ThresholdReport): string {
  const rows = rowsOf(report).map((values) => ({ isOwn: false, values }));
  return page("When the judge may decide", [
    "<h1>When the judge may decide</h1>",
    section("Thresholds", [table(COLUMNS, rows), ...factLines(report).map(soft)]),
  ]);
}
