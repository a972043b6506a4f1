// Tested by: test/cli/commands/card.browser.test.ts
/** `vl-reward card`: a judge's card, from an audit, an evaluation and anchors. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { at } from "../../src/base/at.ts";
import { cardMarkdown, type Card, type CardFile } from "../../src/audit/card.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { conversationsOf, picturesOf, type EvaluationRow } from "../../src/evaluate/rows.ts";
import type { Conversation } from "../../src/types.ts";
import { engineHelp, parse } from "../arguments.ts";
import { auditHelp, auditJob, auditOptions } from "../audit/audit-options.ts";
import { runAudit, type AuditJob } from "../audit/run-audit.ts";
import { locateModel, packageVersion } from "../chrome/locate-model.ts";
import { withEngine } from "../chrome/with-engine.ts";
import type { Command, Context } from "../command.ts";
import { shortest } from "../output/digits.ts";
import { readText } from "../batch/named-file.ts";
import { backendHelp, bootstrapHelp, refusePartial } from "../output/evaluation-files.ts";
import { jsonLine, writeWhole } from "../output/output-file.ts";
import { cardHtml } from "../reports/card-html.ts";

const help = `
Usage: vl-reward card ROWS… --output DIR

Makes a judge's card: an evaluation and an audit on the same labelled pairs, anchors for vl-reward
monitor, and all that is needed to make it again (files by their hashes, seeds, versions). Writes
DIR/card.md and card.html, audit.json and evaluation.json, anchors.jsonl (the inputs) and
anchors-scores.jsonl (their scores and token ids).

${auditHelp}  --about FILE           a text to put in front: what the judge is for, and what not
${bootstrapHelp}${backendHelp}${engineHelp}`;

const options = { ...auditOptions, about: { type: "string" } } as const;

const ANCHORS = 30;

export const cardCommand: Command = {
  summary: "make a judge's card: evaluation, audit, anchors",
  help,
  options,
  async run(args, context) {
    const { values, positionals } = parse(args, options, true);
    const { about, ...rest } = values;
    const job = auditJob(rest, positionals);
    const text = about === undefined ? undefined : await readText(about);
    const { report, rows, read, failed } = await runAudit(job, context);
    if (failed > 0) {
      const reason = "see errors.jsonl";
      return await refusePartial({ output: job.output, failed, all: read.rows.length, reason });
    }
    const { bootstrap } = job;
    const evaluation = evaluate({
      ...read,
      benchmark: "pairs",
      rows,
      judge: report.judge,
      bootstrap,
    });
    await mkdir(job.output, { recursive: true });
    const { count, adapter } = await writeAnchors(job, read.rows, context);
    const card: Card = {
      audit: report,
      evaluation,
      about: text,
      model: await modelFiles(job.engine.model),
      rows: await Promise.all(positionals.map(hashed)),
      anchors: count,
      made: { version: packageVersion(), adapter, command: `vl-reward card ${shown(args)}` },
    };
    const place = (name: string): string => path.join(job.output, name);
    const markdown = cardMarkdown(card);
    const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
    await writeWhole(place("audit.json"), json(report));
    await writeWhole(place("evaluation.json"), json(evaluation));
    await writeWhole(place("card.md"), markdown);
    const { parseHTML } = await import("linkedom");
    const { document } = parseHTML("<html><body></body></html>");
    await writeWhole(place("card.html"), cardHtml(card, document));
    context.print(markdown.trimEnd());
    if (!job.engine.quiet) context.log(`card: ${place("card.html")}`);
    return 0;
  },
};

/** Returns the arguments as a shell takes them. */
function shown(args: readonly string[]): string {
  return args.map((arg) => (/^[\w./:=@+-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ");
}

/** Returns the files of a model that is a folder here; none for others, which a revision names. */
async function modelFiles(model: string | undefined): Promise<CardFile[]> {
  const { folder } = await locateModel(model);
  if (folder === undefined) return [];
  const names = (await readdir(folder)).filter((name) => /\.(safetensors|json|jinja)$/.test(name));
  return Promise.all(names.toSorted().map((name) => hashed(path.join(folder, name))));
}

async function hashed(file: string): Promise<CardFile> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  const { size } = await stat(file);
  return { name: path.basename(file), bytes: size, sha256: hash.digest("hex") };
}

/**
 * Scores anchors, spread over the rows, and writes them. A server gives no token ids: it has no
 * anchors.
 */
async function writeAnchors(
  job: AuditJob,
  rows: readonly EvaluationRow[],
  context: Context,
): Promise<{ readonly count: number; readonly adapter: string | undefined }> {
  if (job.backend !== undefined) return { count: 0, adapter: undefined };
  // Pictures inside a parquet file have no path that a line could name.
  const named = rows.filter((row) =>
    picturesOf(row).every((picture) => typeof picture === "string"),
  );
  const count = Math.min(ANCHORS, named.length);
  const chosen = Array.from({ length: count }, (_, i) =>
    at(named, Math.floor((i * named.length) / count)),
  );
  const conversations = await Promise.all(
    chosen.map(async (row, i) => {
      const all = await conversationsOf(row, async (picture) =>
        typeof picture === "string" ? relativePath(picture, job) : picture.column,
      );
      return at(all, i % all.length);
    }),
  );
  const { adapter, scores } = await withEngine(job.engine, context, async (engine) => ({
    adapter: engine.adapter,
    scores: await engine.score(conversations, job.output),
  }));
  const place = (name: string): string => path.join(job.output, name);
  const cases = conversations.map((messages: Conversation, i) =>
    jsonLine({ id: `anchor ${i + 1}`, messages }),
  );
  const lines = scores.map(({ value, tokenIds }, i) =>
    jsonLine({
      id: `anchor ${i + 1}`,
      anchor: true,
      score: shortest(value),
      tokens: tokenIds.length,
      input_ids: tokenIds,
    }),
  );
  await writeWhole(place("anchors.jsonl"), `${cases.join("\n")}\n`);
  await writeWhole(place("anchors-scores.jsonl"), `${lines.join("\n")}\n`);
  return { count, adapter };
}

/** Returns the path of a picture from the folder of the card: both can be moved together. */
function relativePath(picture: string, { folder, output }: AuditJob): string {
  if (/^(https?|data|file):/i.test(picture)) return picture;
  return path.relative(output, path.resolve(folder, picture)).split(path.sep).join("/");
}
