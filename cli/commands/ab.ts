/**
 * `vl-reward ab`: the answers of two or more systems to the same prompts, compared.
 */

import path from "node:path";
import { InputError } from "../../src/errors.ts";
import { compareSystems } from "../../src/evaluate/ab.ts";
import { readAnswers, toAbPrompts } from "../../src/evaluate/answers.ts";
import {
  engineArguments,
  engineHelp,
  engineOptions,
  parse,
  requiredFolder,
  UsageError,
} from "../arguments.ts";
import { backendArguments } from "../batch/batch-backend.ts";
import type { Command } from "../command.ts";
import { namedFile } from "../batch/named-file.ts";
import {
  backendHelp,
  backendOptions,
  bootstrapArguments,
  bootstrapHelp,
  bootstrapOptions,
  failedLine,
  judgeOf,
  refusePartial,
  writeReport,
} from "../output/evaluation-files.ts";
import type { AbPrompt } from "../../src/evaluate/ab.ts";
import type { EvaluationRow } from "../../src/evaluate/rows.ts";
import {
  explainArgument,
  explainHelp,
  explainOptions,
  explainWorst,
} from "../explain/explain-worst.ts";
import type { WorstPair } from "../explain/explain-worst.ts";
import { scoreRowsOf } from "../batch/score-rows.ts";

const help = `
Usage: vl-reward ab A.jsonl B.jsonl [C.jsonl …] --output DIR

Compares systems by their answers to the same prompts, found by id: win rates and mean differences
with paired 95 % intervals, McNemar's test, results by category, and the number of prompts at which
the difference would be certain. Writes DIR/report.json, report.md and report.html.

  FILE…                  one system each; lines of {"id", "prompt" or "messages", "image"?,
                         "response", "category"?, "correct"?, "score"?}. Where all lines have a
                         score, nothing is scored here
  --output DIR           scores are kept there as they come: the same call goes on with them
  --name NAME            of a system, in the order of the files; by default the file's name
  --partial              compares by the prompts that can be scored if others cannot; the exit code
                         stays 1. Without it there is no report then
  --images DIR           what paths of pictures are relative to; the first file's folder by default
${explainHelp}${bootstrapHelp}${backendHelp}${engineHelp}`;

const options = {
  ...engineOptions,
  ...backendOptions,
  ...bootstrapOptions,
  ...explainOptions,
  output: { type: "string" },
  images: { type: "string" },
  name: { type: "string", multiple: true },
  partial: { type: "boolean" },
} as const;

export const abCommand: Command = {
  summary: "compare systems by their answers to the same prompts",
  help,
  options,
  async run(args, context) {
    const { values, positionals } = parse(args, options, true);
    const output = requiredFolder("--output", values.output);
    const [first = "", second] = positionals;
    if (second === undefined) throw new UsageError("give two files or more, one a system");
    const names = systemNames(positionals, values.name ?? []);
    const engine = engineArguments(values);
    const backend = backendArguments(values);
    const bootstrap = bootstrapArguments(values);
    const explained = explainArgument(values.explain);
    const { prompts, incomplete, tables, warnings } = await readAnswers(
      await Promise.all(positionals.map(namedFile)),
    );
    if (!engine.quiet) for (const line of warnings) context.log(`warning: ${line}`);
    if (prompts.length === 0) {
      throw new InputError({
        where: positionals.join(", "),
        what: "have no prompt in common",
        got: `${incomplete} ids, none in every file`,
        todo: "Give answers to the same prompts, which are found by their id",
      });
    }
    const rows = prompts.map(({ row }) => row);
    const given = prompts.flatMap(({ row, scores }) =>
      scores === undefined ? [] : [{ ...row, scores, pixels: undefined }],
    );
    const isGiven = given.length === prompts.length;
    const judge = isGiven
      ? { model: engine.model ?? "the scores in the files" }
      : await judgeOf(engine, backend);
    const folder = path.resolve(values.images ?? path.dirname(first));
    const job = { rows, tables, output, folder, judge, engine, backend };
    if (given.length > 0 && !isGiven) {
      const some = `${given.length} of ${prompts.length} prompts`;
      context.log(`warning: ${some} have a score in every file: all are scored here, as none had`);
    }
    const scored = isGiven
      ? { rows: given, failed: 0, reason: undefined }
      : await scoreRowsOf(job, context);
    const { failed, reason } = scored;
    if (failed > 0 && values.partial !== true) {
      await refusePartial({ output, failed, all: rows.length, reason });
    }
    const notes: string[] = [];
    if (incomplete > 0) notes.push(`${incomplete} prompts are not in every file and do not count.`);
    if (scored.failed > 0)
      notes.push(`${scored.failed} prompts could not be scored and do not count.`);
    const compared = toAbPrompts(prompts, scored.rows);
    const report = compareSystems({ names, prompts: compared, judge, bootstrap, notes });
    const pairs = apartPairs(report.details.slice(0, explained), scored.rows);
    const links = await explainWorst(
      { pairs, tables, output, folder, judge, engine, backend },
      context,
    );
    context.print((await writeReport(output, report, links)).trimEnd());
    if (!engine.quiet) context.log(`report: ${path.join(output, "report.html")}`);
    if (failed > 0) context.log(failedLine(failed, rows.length, output));
    return failed > 0 ? 1 : 0;
  },
};

/**
 * Returns the names of the systems.
 * @throws UsageError if names are too many or not different
 */
function systemNames(files: readonly string[], given: readonly string[]): string[] {
  if (given.length > files.length) throw new UsageError("--name is given more often than files");
  const names = files.map((file, i) => given[i] ?? path.basename(file).replace(/\.\w+$/, ""));
  if (new Set(names).size === names.length) return names;
  throw new UsageError(`systems need names that differ, with --name; got ${names.join(", ")}`);
}

/** Returns the best and the worst answer of each prompt: why are they apart? */
function apartPairs(prompts: readonly AbPrompt[], rows: readonly EvaluationRow[]): WorstPair[] {
  return prompts.flatMap((prompt): WorstPair[] => {
    const row = rows.find(({ id }) => id === prompt.id);
    const scores = prompt.answers.map(({ score }) => score);
    const [best, worst] = [
      scores.indexOf(Math.max(...scores)),
      scores.indexOf(Math.min(...scores)),
    ];
    return row === undefined || best === worst
      ? []
      : [{ of: prompt, row, responses: [best, worst] }];
  });
}
