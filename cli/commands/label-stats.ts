// Tested by: test/cli/labels/label-commands.test.ts
/**
 * `vl-reward label-stats`: what labels say of their raters and of the model.
 */

import path from "node:path";
import { mkdir } from "node:fs/promises";
import { percent, percentInterval } from "../../src/evaluate/reports/report.ts";
import {
  labelStatistics,
  type Agreement,
  type LabelStatistics,
} from "../../src/label/statistics.ts";
import { parse, requiredFolder, UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { readLabels } from "../labels/read-labels.ts";
import { marginsOf } from "../labels/margins.ts";
import { writeWhole } from "../output/output-file.ts";
import { page, section, soft, table, escape } from "../reports/html.ts";

const help = `
Usage: vl-reward label-stats LABELS.jsonl [MORE.jsonl …] --output DIR

Says how far raters agree with each other (Krippendorff's α), with themselves on pairs that they
labelled twice, and with the model, by group, and lists the pairs they disagree on. Writes
DIR/label-stats.json, report.md and report.html. Nothing is scored here.

  FILE…              labels, as vl-reward adapt reads them; a "rater" tells people apart, else each
                     file is one
  --scores FILE      the model's scores of the pairs by id, as vl-reward rank writes them; rows may
                     hold them too, as "scores": [a, b] or "margin"
  --output DIR       where the three files go
  --quiet            no warnings on stderr
`;

const options = {
  output: { type: "string" },
  scores: { type: "string" },
  quiet: { type: "boolean" },
} as const;

export const labelStatsCommand: Command = {
  summary: "agreement of raters with each other and with the model",
  help,
  options,
  async run(args, context) {
    const { values, positionals } = parse(args, options, true);
    if (positionals.length === 0) throw new UsageError("give a file of labels");
    const output = requiredFolder("--output", values.output);
    const files = await Promise.all(positionals.map((file) => readLabels([file])));
    const labels = files.flatMap(({ labels: own }, i) =>
      own.map((label) => ({
        ...label,
        rater: label.rater === "" ? path.basename(positionals[i] ?? "") : label.rater,
      })),
    );
    const rows = files.flatMap((file) => file.rows);
    if (values.quiet !== true) {
      for (const line of files.flatMap(({ warnings }) => warnings)) context.log(`warning: ${line}`);
    }
    const margins = await marginsOf(rows, labels, values.scores);
    const statistics = labelStatistics(labels, margins);
    await mkdir(output, { recursive: true });
    const markdown = toMarkdown(statistics);
    const json = `${JSON.stringify(statistics, nanAsNull, 1)}\n`;
    await writeWhole(path.join(output, "label-stats.json"), json);
    await writeWhole(path.join(output, "report.md"), markdown);
    await writeWhole(path.join(output, "report.html"), toHtml(statistics));
    context.print(markdown.trimEnd());
    return 0;
  },
};

/** JSON has no NaN: what cannot be said is null. */
function nanAsNull(_key: string, value: unknown): unknown {
  return typeof value === "number" && Number.isNaN(value) ? null : value;
}

const COLUMNS = ["rater", "labels", "a", "b", "tie", "both bad", "with oneself", "with the model"];

function raterRows({ raters }: LabelStatistics): string[][] {
  return raters.map(({ rater, labels, counts, self, model }) => [
    rater,
    String(labels),
    ...[counts.a, counts.b, counts.tie, counts["both-bad"]].map(String),
    agreementText(self),
    agreementText(model),
  ]);
}

function agreementText(agreement: Agreement | undefined): string {
  if (agreement === undefined || agreement.count === 0) return "–";
  const { share, interval, kappa, count } = agreement;
  const of = Number.isNaN(kappa) ? "" : `, κ ${kappa.toFixed(2)}`;
  return `${percent(share)} % of ${count} (${percentInterval(interval)}${of})`;
}

function factLines({ labels, pairs, prompts, alpha, groups, disagreements }: LabelStatistics) {
  const agree = Number.isNaN(alpha)
    ? "No pair has two raters: their agreement cannot be said."
    : `Krippendorff's α ${alpha.toFixed(3)} over pairs with two raters or more.`;
  return [
    `${labels} labels of ${pairs} pairs, ${prompts} prompts.`,
    agree,
    ...groups.map(
      ({ group, labels: own, alpha: of }) =>
        `${group === "" ? "no group" : group}: ${own} labels, α ${Number.isNaN(of) ? "–" : of.toFixed(3)}`,
    ),
    `${disagreements.length} pairs are labelled in more than one way.`,
  ];
}

function disagreementRows({ disagreements }: LabelStatistics): string[][] {
  return disagreements.map(({ id, labels }) => [
    String(id),
    labels.map(({ rater, label }) => `${rater}: ${label}`).join(", "),
  ]);
}

function toMarkdown(statistics: LabelStatistics): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => escape(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    "# Labels",
    "",
    ...factLines(statistics).map((fact) => `- ${escape(fact)}`),
    "",
    line(COLUMNS),
    line(COLUMNS.map(() => "---")),
    ...raterRows(statistics).map(line),
    "",
    ...disagreementRows(statistics)
      .slice(0, 50)
      .map(([id = "", text = ""]) => `- ${escape(id)}: ${escape(text)}`),
    "",
  ].join("\n");
}

function toHtml(statistics: LabelStatistics): string {
  const rows = (of: readonly string[][]) => of.map((values) => ({ isOwn: false, values }));
  return page("Labels", [
    "<h1>Labels</h1>",
    ...factLines(statistics).map(soft),
    section("Raters", [table(COLUMNS, rows(raterRows(statistics)))]),
    section("Disagreements", [table(["id", "labels"], rows(disagreementRows(statistics)))]),
  ]);
}
