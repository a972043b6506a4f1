// Tested by: test/cli/commands/compare-models.test.ts
/** `vl-reward compare-models`: two judges on the same pairs, before one replaces the other. */

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { compareMarkdown } from "../../src/audit/compare-markdown.ts";
import { compareJudges } from "../../src/audit/compare.ts";
import { InputError } from "../../src/errors.ts";
import { readBenchmark, type BenchmarkRows } from "../../src/evaluate/benchmarks.ts";
import type { Judge } from "../../src/evaluate/evaluate.ts";
import type { ScoredRow } from "../../src/evaluate/rows.ts";
import { parseScores } from "../../src/evaluate/scores.ts";
import {
  engineArguments,
  engineHelp,
  engineOptions,
  parse,
  requiredFolder,
  UsageError,
  type EngineArguments,
} from "../arguments.ts";
import { scoreRowsOf } from "../batch/score-rows.ts";
import type { Command, Context } from "../command.ts";
import { namedFile, readText } from "../batch/named-file.ts";
import {
  bootstrapArguments,
  bootstrapHelp,
  bootstrapOptions,
  judgeOf,
} from "../output/evaluation-files.ts";
import { jsonLine, writeWhole } from "../output/output-file.ts";
import { compareHtml } from "../reports/compare-html.ts";

const help = `
Usage: vl-reward compare-models ROWS… --model A --model B --output DIR

Compares two judges on the same pairs: agreement, the pairs on which they differ by group with
examples, McNemar's test and calibration where pairs are labelled, and which pairs to label to
decide between them. Writes DIR/report.json, report.md, report.html and to-label.jsonl.

  ROWS…                  pairs, as vl-reward audit reads them; or {"prompt" or "messages", "image"?,
                         "responses": [TEXT, TEXT]} without a label
  --model A --model B    the judges; once is enough if another of these makes B different:
  --weights-b FORM       B's weights; --weights has A's
  --head-b FILE          B's head, as vl-reward adapt writes it; --head has A's
  --scores FILE          scores that are there already: once for A, once for B; nothing is scored
  --output DIR           scores are kept there as they come, in a/ and b/
  --images DIR           what paths of pictures are relative to; the first file's folder by default
${bootstrapHelp}${engineHelp}`;

const options = {
  ...engineOptions,
  ...bootstrapOptions,
  model: { type: "string", multiple: true },
  "weights-b": { type: "string" },
  "head-b": { type: "string" },
  scores: { type: "string", multiple: true },
  output: { type: "string" },
  images: { type: "string" },
} as const;

interface Side {
  readonly judge: Judge;
  readonly rows: readonly ScoredRow[];
}

export const compareModelsCommand: Command = {
  summary: "compare two judges on the same pairs",
  help,
  options,
  async run(args, context) {
    const { values, positionals } = parse(args, options, true);
    const output = requiredFolder("--output", values.output);
    const [first] = positionals;
    if (first === undefined) throw new UsageError("no file given");
    const { model = [], scores = [], "weights-b": weightsB, "head-b": headB, ...rest } = values;
    const engines = [
      engineArguments({ ...rest, model: model[0] }),
      engineArguments({
        ...rest,
        model: model[1] ?? model[0],
        weights: weightsB ?? rest.weights,
        head: headB ?? rest.head,
      }),
    ] as const;
    checkSides(scores, model, weightsB ?? headB);
    const bootstrap = bootstrapArguments(values);
    const read = await readBenchmark("pairs", await Promise.all(positionals.map(namedFile)), true);
    for (const line of read.warnings) if (rest.quiet !== true) context.log(`warning: ${line}`);
    const folder = path.resolve(values.images ?? path.dirname(first));
    const sides: Side[] = [];
    for (const [i, engine] of engines.entries()) {
      const file = scores[i];
      const place = path.join(output, i === 0 ? "a" : "b");
      sides.push(
        file === undefined
          ? await scored(read, engine, place, folder, context)
          : await given(read, file, engine),
      );
    }
    const [a, b] = sides;
    if (a === undefined || b === undefined) throw new Error("compare-models: a side is missing");
    const report = compareJudges({
      judges: [a.judge, b.judge],
      rows: [a.rows, b.rows],
      bootstrap,
    });
    await mkdir(output, { recursive: true });
    const markdown = compareMarkdown(report);
    const { pairs: open, ...plan } = report.plan;
    const whole = { ...report, plan: { ...plan, open: open.length } };
    await writeWhole(path.join(output, "report.json"), `${JSON.stringify(whole, null, 1)}\n`);
    await writeWhole(path.join(output, "report.md"), markdown);
    await writeWhole(path.join(output, "report.html"), compareHtml(report));
    const lines = open.map((pair) => `${jsonLine(pair)}\n`).join("");
    await writeWhole(path.join(output, "to-label.jsonl"), lines);
    context.print(markdown.trimEnd());
    if (rest.quiet !== true) context.log(`report: ${path.join(output, "report.html")}`);
    return 0;
  },
};

/** @throws UsageError unless there are two judges */
function checkSides(
  scores: readonly string[],
  model: readonly string[],
  other: string | undefined,
): void {
  if (model.length > 2) throw new UsageError("--model is given more than twice");
  if (scores.length !== 0 && scores.length !== 2) {
    throw new UsageError("--scores is given twice or not at all");
  }
  if (scores.length === 0 && model.length < 2 && other === undefined) {
    throw new UsageError("two judges are needed: --model twice, --weights-b or --head-b");
  }
}

async function given(read: BenchmarkRows, file: string, engine: EngineArguments): Promise<Side> {
  const named = engine.model === undefined ? undefined : await judgeOf(engine, undefined);
  const judge = { model: path.basename(file), ...named, weights: undefined };
  return { judge, rows: parseScores(await readText(file), file).join(read.rows) };
}

async function scored(
  read: BenchmarkRows,
  engine: EngineArguments,
  output: string,
  folder: string,
  context: Context,
): Promise<Side> {
  const of = await judgeOf(engine, undefined);
  const judge =
    engine.head === undefined
      ? of
      : { ...of, model: `${of.model} with ${path.basename(engine.head)}` };
  const job = { ...read, output, folder, judge, engine, backend: undefined };
  const { rows, failed, reason } = await scoreRowsOf(job, context);
  if (failed === 0) return { judge, rows };
  throw new InputError({
    where: output,
    what: `${failed} rows could not be scored; the first: ${reason ?? ""}`,
    todo: `Mend them, or leave them out; the reasons are in ${path.join(output, "errors.jsonl")}`,
  });
}
