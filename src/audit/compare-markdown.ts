// Tested by: test/audit/compare.test.ts
/** A comparison of two judges as Markdown, and the tables that its page has too. */
import { percent, percentInterval, pValue, signed, whole } from "../evaluate/reports/report.ts";
import type { CompareReport, Flip, JudgeSide } from "./compare.ts";
import { tableLines, type AuditTable } from "./report-markdown.ts";

/** Returns how a judge is called. */
export function judgeName({ judge }: JudgeSide): string {
  const { model, revision, weights } = judge;
  const at = revision === undefined ? "" : `@${revision}`;
  return weights === undefined || weights === "stored" ? model + at : `${model}${at} (${weights})`;
}

/** Returns what stands above the tables. */
export function compareLines(report: CompareReport): string[] {
  const { pairs, labelled, prompts, agreement, agreementInterval, kappa, alpha } = report;
  return [
    `A is ${judgeName(report.a)}, B is ${judgeName(report.b)}.`,
    `${whole(pairs)} pairs of ${whole(prompts)} prompts, ${whole(labelled)} with a label. The verdicts agree in ${percent(agreement)} % (${percentInterval(agreementInterval)}); κ ${signed(kappa, 2)}, Krippendorff's α ${signed(alpha, 2)}, Spearman of the margins ${signed(report.correlation, 2)}.`,
    ...verdictLines(report),
    ...planLines(report),
  ];
}

function verdictLines({ difference, mcNemar, a, b }: CompareReport): string[] {
  if (difference === undefined || mcNemar === undefined) return [];
  const { onlyFirst, onlySecond, exactPValue } = mcNemar;
  const { value, interval } = difference;
  return [
    `A is right in ${percent(a.accuracy ?? NaN)} %, B in ${percent(b.accuracy ?? NaN)} %: B − A ${signed(100 * value, 1)} points (${percentInterval(interval)}). Only A is right in ${whole(onlyFirst)} pairs, only B in ${whole(onlySecond)}: McNemar's exact p ${pValue(exactPValue)}.`,
  ];
}

function planLines({ plan }: CompareReport): string[] {
  const { needed, have, pairs, isMeasured } = plan;
  const split = isMeasured ? "the split so far" : "a split of 65 to 35";
  const goal =
    needed === undefined
      ? "The labels so far are split evenly: no number of them would decide."
      : needed <= have
        ? `${whole(have)} labelled pairs on which they differ are enough for ${split}.`
        : `About ${whole(needed)} labelled pairs on which they differ decide, for ${split}; there are ${whole(have)}.`;
  const open =
    pairs.length === 0
      ? "No pair without a label is one on which they differ."
      : `Label these first: to-label.jsonl has the ${whole(pairs.length)} pairs without a label on which they differ, in random order.`;
  return [goal, open];
}

/** Returns all tables. */
export function compareTables(report: CompareReport): AuditTable[] {
  const sides = [report.a, report.b].flatMap((side, i) =>
    side.calibration === undefined
      ? []
      : [
          [
            i === 0 ? "A" : "B",
            percent(side.accuracy ?? NaN),
            side.calibration.temperature?.toPrecision(3) ?? "–",
            percent(side.calibration.errorAtOne),
            side.calibration.error === undefined ? "–" : percent(side.calibration.error),
          ],
        ],
  );
  return [
    ...(sides.length === 0
      ? []
      : [
          {
            title: "Calibration",
            columns: ["judge", "right", "T", "calibration error, T = 1", "with T"],
            rows: sides,
          },
        ]),
    {
      title: "Where they differ",
      columns: ["group", "pairs", "differ", "share", "only A right", "only B right"],
      rows: report.groups.map(({ group, pairs, flips, onlyA, onlyB }) => [
        group,
        whole(pairs),
        whole(flips),
        `${percent(flips / pairs)} %`,
        whole(onlyA),
        whole(onlyB),
      ]),
    },
    ...(report.examples.length === 0
      ? []
      : [
          {
            title: "Examples",
            columns: ["id", "group", "prompt", "first", "second", "A", "B", "right"],
            rows: report.examples.map(exampleCells),
            below: "Margins of the first response over the second; the clearest of each group.",
          },
        ]),
  ];
}

function exampleCells({ id, group, prompt, responses, margins, right }: Flip): string[] {
  const cut = (text: string): string => {
    const line = text.replaceAll(/\s+/g, " ").trim();
    return line.length > 80 ? `${line.slice(0, 79)}…` : line;
  };
  return [
    id,
    group,
    cut(prompt),
    ...responses.map(cut),
    ...margins.map((margin) => signed(margin)),
    right === undefined ? "–" : right.toUpperCase(),
  ];
}

/** Returns the report as Markdown. */
export function compareMarkdown(report: CompareReport): string {
  return [
    `# ${judgeName(report.a)} and ${judgeName(report.b)}`,
    "",
    ...compareLines(report).flatMap((line) => [line, ""]),
    ...compareTables(report).flatMap((one) => [`## ${one.title}`, "", ...tableLines(one)]),
  ].join("\n");
}
