/**
 * `vl-reward eval`: a benchmark's published files to metrics with intervals, and a report.
 */

import path from "node:path";
import { benchmarkNames, readBenchmark } from "../../src/evaluate/benchmarks.ts";
import { evaluate } from "../../src/evaluate/evaluate.ts";
import { parseScores } from "../../src/evaluate/scores.ts";
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
import { namedFile, readText } from "../batch/named-file.ts";
import {
  backendHelp,
  backendOptions,
  bootstrapArguments,
  bootstrapHelp,
  bootstrapOptions,
  failedLine,
  judgeOf,
  refusePartial,
  requiredChoice,
  writeReport,
} from "../output/evaluation-files.ts";
import type { WrongPair } from "../../src/evaluate/evaluate.ts";
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
Usage: vl-reward eval --benchmark NAME FILE… --output DIR

Scores a benchmark's pairs and writes DIR/report.json, report.md and report.html: each metric as
the benchmark's own script has it, with a 95 % interval (bootstrap by prompt) and what taking the
shorter or the longer response would give; accuracy by length, calibration, and what was wrong.

  FILE…                  the published files: parquet, JSON lines or a JSON array
  --benchmark NAME       ${benchmarkNames.slice(0, 3).join(", ")},
                         ${benchmarkNames.slice(3).join(", ")}
                         (pairs: {"id"?, "prompt" or "messages", "image"?, "chosen", "rejected",
                         "category"?}, or rows of TRL, LLaMA-Factory, ms-swift, MMPR and arenas)
  --output DIR           scores are kept there as they come: the same call goes on with them
  --images DIR           what paths of pictures are relative to; the first file's folder by default
  --partial              reports the rows that can be scored if others cannot; the exit code stays 1.
                         Without it there is no report then
  --scores FILE          scores that are there already, in place of an engine: lines of
                         {"id", "scores": [one for each response, in the order of the file]}
  --scores-name NAME     which, where FILE has several for an id
${explainHelp}${bootstrapHelp}${backendHelp}${engineHelp}`;

const options = {
  ...engineOptions,
  ...backendOptions,
  ...bootstrapOptions,
  ...explainOptions,
  benchmark: { type: "string" },
  output: { type: "string" },
  images: { type: "string" },
  scores: { type: "string" },
  "scores-name": { type: "string" },
  partial: { type: "boolean" },
} as const;

/** Options that mean nothing if the scores are there already. */
const engineOnly = [
  "backend",
  "backend-model",
  "no-probe",
  "images",
  "partial",
  "weights",
  "residency",
  "adapter",
  "runtime",
  "kernel-profile",
  "chat-template",
  "allow-remote-images",
  "image-host",
  "explain",
] as const;

function refuseEngine(values: Partial<Record<(typeof engineOnly)[number], unknown>>): void {
  const name = engineOnly.find((option) => values[option] !== undefined);
  if (name !== undefined) throw new UsageError(`--${name} does not go with --scores`);
}

export const evalCommand: Command = {
  summary: "evaluate a model on a benchmark, with intervals and a report",
  help,
  options,
  async run(args, context) {
    const { values, positionals } = parse(args, options, true);
    const benchmark = requiredChoice("--benchmark", values.benchmark, benchmarkNames);
    const output = requiredFolder("--output", values.output);
    const [first] = positionals;
    if (first === undefined) throw new UsageError("no file given");
    const engine = engineArguments(values);
    const backend = backendArguments(values);
    const bootstrap = bootstrapArguments(values);
    const explained = explainArgument(values.explain);
    const folder = path.resolve(values.images ?? path.dirname(first));
    const files = await Promise.all(positionals.map(namedFile));
    const read = await readBenchmark(benchmark, files);
    if (!engine.quiet) for (const line of read.warnings) context.log(`warning: ${line}`);
    if (values.scores !== undefined) refuseEngine(values);
    else if (values["scores-name"] !== undefined) {
      throw new UsageError("--scores-name goes with --scores");
    }
    const { rows, failed, reason, judge } = await scored();
    if (failed > 0 && values.partial !== true) {
      await refusePartial({ output, failed, all: read.rows.length, reason });
    }
    const unscored = read.rows.length - rows.length;
    const report = evaluate({ ...read, benchmark, rows, judge, unscored, bootstrap });
    const pairs = worstPairs(report.wrong.slice(0, explained), rows);
    const links = await explainWorst(
      { ...read, pairs, output, folder, judge, engine, backend },
      context,
    );
    context.print((await writeReport(output, report, links)).trimEnd());
    if (!engine.quiet) context.log(`report: ${path.join(output, "report.html")}`);
    if (failed > 0) context.log(failedLine(failed, read.rows.length, output));
    return failed > 0 ? 1 : 0;

    async function scored() {
      if (values.scores !== undefined) {
        const text = await readText(values.scores);
        const kept = parseScores(text, values.scores, { name: values["scores-name"] });
        // The caller must say which model the scores are from.
        const named = engine.model === undefined ? undefined : await judgeOf(engine, undefined);
        const unnamed = { model: path.basename(values.scores) };
        const of = { ...(named ?? unnamed), weights: undefined };
        return { rows: kept.join(read.rows), failed: 0, reason: undefined, judge: of };
      }
      const of = await judgeOf(engine, backend);
      const job = { ...read, output, folder, judge: of, engine, backend };
      return { ...(await scoreRowsOf(job, context)), judge: of };
    }
  },
};

/** Finds the rows of wrong pairs: why is the other response ahead of the preferred one? */
function worstPairs(wrong: readonly WrongPair[], rows: readonly EvaluationRow[]): WorstPair[] {
  return wrong.flatMap((pair): WorstPair[] => {
    const row = rows.find(({ id, where }) => id === pair.id && where === pair.where);
    if (row === undefined) return [];
    const [preferred, other] = [pair.preferred, pair.other].map((text) =>
      row.responses.indexOf(text),
    );
    return preferred === undefined || other === undefined || preferred < 0 || other < 0
      ? []
      : [{ of: pair, row, responses: [preferred, other] }];
  });
}
