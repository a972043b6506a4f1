// Tested by: test/audit/card.test.ts
/** A judge's card: what it is, how good, what it rewards besides, how to make it again. */
import type { EvaluationReport } from "../evaluate/evaluate.ts";
import { diagnosticLines, percent, percentInterval, whole } from "../evaluate/reports/report.ts";
import { FEWEST_ANCHORS, TOLERANCE } from "../monitor/anchors.ts";
import { auditLines, auditTables, tableLines, type AuditTable } from "./report-markdown.ts";
import type { AuditReport } from "./types.ts";

/** A file that took part, so that it can be found again. */
export interface CardFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Card {
  readonly audit: AuditReport;
  readonly evaluation: EvaluationReport;
  /** Text of the owner's in front: what the judge is for, and what not. */
  readonly about: string | undefined;
  /** The files of the model, if it is a folder. */
  readonly model: readonly CardFile[];
  /** The files of rows. */
  readonly rows: readonly CardFile[];
  readonly anchors: number;
  /** What computed: version of this package, adapter. */
  readonly made: {
    readonly version: string;
    readonly adapter: string | undefined;
    readonly command: string;
  };
}

/** Returns the tables of a card besides the audit's. */
export function cardTables({ evaluation, model, rows }: Card): AuditTable[] {
  const files = (title: string, list: readonly CardFile[]): AuditTable[] =>
    list.length === 0
      ? []
      : [
          {
            title,
            columns: ["file", "bytes", "SHA-256"],
            rows: list.map(({ name, bytes, sha256 }) => [name, whole(bytes), sha256]),
          },
        ];
  return [
    {
      title: "How good",
      columns: ["metric", "n", "%", "95 % interval", "shorter wins", "longer wins"],
      rows: evaluation.metrics.map(({ name, count, value, interval, shorterWins, longerWins }) => [
        name,
        whole(count),
        percent(value),
        percentInterval(interval),
        percent(shorterWins),
        percent(longerWins),
      ]),
      below: diagnosticLines(evaluation).join(" "),
    },
    ...files("Files of the model", model),
    ...files("Rows", rows),
  ];
}

/** Returns how to make the card again, one line each. */
export function againLines({ made, audit, anchors }: Card): string[] {
  const { version, adapter, command } = made;
  const { bootstrap, judge } = audit;
  return [
    `Command: \`${command}\``,
    `vl-reward ${version}${adapter === undefined ? "" : `, adapter ${adapter}`}, weights ${judge.weights ?? "as given"}.`,
    `Bootstrap: ${whole(bootstrap.resamples)} resamples over prompts, seed ${bootstrap.seed}; edits are deterministic and have no seed.`,
    `Anchors: ${anchors} inputs in anchors.jsonl, their scores and token ids in anchors-scores.jsonl${anchors < FEWEST_ANCHORS ? ` (${FEWEST_ANCHORS} to 50 are wanted)` : ""}. After a change of engine, driver, browser or model: \`vl-reward score --input anchors.jsonl --output now.jsonl --token-values\`, then \`vl-reward monitor\` with both files. The tolerance is ${TOLERANCE} × max(1, |score|).`,
  ];
}

/** Returns the title of a card. */
export function cardTitle({ audit }: Card): string {
  const { model, revision } = audit.judge;
  return `Card of ${model}${revision === undefined ? "" : `@${revision}`}`;
}

/** Returns the card as Markdown. */
export function cardMarkdown(card: Card): string {
  const tables = (list: readonly AuditTable[]): string[] =>
    list.flatMap((one) => [`## ${one.title}`, "", ...tableLines(one)]);
  const [good, ...files] = cardTables(card);
  return [
    `# ${cardTitle(card)}`,
    "",
    ...(card.about === undefined ? [] : [card.about.trim(), ""]),
    ...(good === undefined ? [] : tables([good])),
    "## Audit",
    "",
    ...auditLines(card.audit).flatMap((line) => [line, ""]),
    ...tables(auditTables(card.audit)),
    ...card.audit.notes.map((note) => `- ${note}`),
    "",
    "## To make it again",
    "",
    ...againLines(card).flatMap((line) => [line, ""]),
    ...tables(files),
  ].join("\n");
}
