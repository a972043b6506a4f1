// Tested by: test/cli/commands/audit.test.ts
/** `vl-reward audit`: what a judge rewards besides being right, and whom it treats worse. */

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { auditMarkdown } from "../../src/audit/report-markdown.ts";
import { engineHelp, parse, UsageError } from "../arguments.ts";
import { auditHelp, auditJob, auditOptions } from "../audit/audit-options.ts";
import { runAudit } from "../audit/run-audit.ts";
import type { Command } from "../command.ts";
import { backendHelp, bootstrapHelp, failedLine } from "../output/evaluation-files.ts";
import { writeWhole } from "../output/output-file.ts";
import { auditHtml } from "../reports/audit-html.ts";

const help = `
Usage: vl-reward audit ROWS… --output DIR

Audits a judge on labelled pairs. From the rows: length, markdown, lists, bold, headings, emoji,
position, sources, groups by any column. By edits that are scored again: markdown, flattery, hedges,
a neutral sentence, repetition, an empty answer, "10/10", spelled control tokens, spaces, case, names
and pronouns, a stated belief. Of the picture: none, blank, blurred, another row's, text over it,
JPEG, size, shift. Each is a paired test: an effect in standard deviations of the score, flipped
verdicts, a 95 % interval by the bootstrap over prompts, Holm over all, and the prompts it takes, or
"too few to say". Writes DIR/report.json, report.md and report.html.

${auditHelp}  --scores FILE          scores that are there already, as vl-reward eval reads them; nothing is edited
  --scores-name NAME     which, where FILE has several for an id
${bootstrapHelp}${backendHelp}${engineHelp}`;

const options = {
  ...auditOptions,
  scores: { type: "string" },
  "scores-name": { type: "string" },
} as const;

export const auditCommand: Command = {
  summary: "audit a judge: length, form, edits, pictures, groups",
  help,
  options,
  async run(args, context) {
    const { values, positionals } = parse(args, options, true);
    if (values.scores !== undefined && values.rewrites !== undefined) {
      throw new UsageError("--rewrites does not go with --scores");
    }
    const { scores, "scores-name": name, ...rest } = values;
    if (name !== undefined && scores === undefined) {
      throw new UsageError("--scores-name goes with --scores");
    }
    const given = scores === undefined ? undefined : { file: scores, name };
    const job = auditJob(rest, positionals, given);
    const { report, read, failed } = await runAudit(job, context);
    await mkdir(job.output, { recursive: true });
    const place = (file: string): string => path.join(job.output, file);
    const markdown = auditMarkdown(report);
    await writeWhole(place("report.json"), `${JSON.stringify(report, null, 1)}\n`);
    await writeWhole(place("report.md"), markdown);
    const { parseHTML } = await import("linkedom");
    const { document } = parseHTML("<html><body></body></html>");
    await writeWhole(place("report.html"), auditHtml(report, document));
    context.print(markdown.trimEnd());
    if (!job.engine.quiet) context.log(`report: ${place("report.html")}`);
    if (failed > 0) context.log(failedLine(failed, read.rows.length, job.output));
    return failed > 0 ? 1 : 0;
  },
};
