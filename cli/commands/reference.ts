// Tested by: test/cli/commands/reference.browser.test.ts
/**
 * `vl-reward reference`: labelled pairs to the file by which scores of a model are read.
 */

import path from "node:path";
import { buildReference } from "../../src/reference/build.ts";
import type { ReferenceRow } from "../../src/reference/build.ts";
import { REFERENCE_FILE, referenceFile } from "../../src/reference/reference-file.ts";
import { InputError } from "../../src/errors.ts";
import { readBenchmark } from "../../src/evaluate/benchmarks.ts";
import {
  engineArguments,
  engineHelp,
  engineOptions,
  parse,
  required,
  UsageError,
} from "../arguments.ts";
import { withPictures } from "../batch/score-rows.ts";
import { withEngine } from "../chrome/with-engine.ts";
import type { Engine } from "../chrome/engine.ts";
import type { Command } from "../command.ts";
import { namedFile } from "../batch/named-file.ts";
import { judgeOf } from "../output/evaluation-files.ts";
import { writeWhole } from "../output/output-file.ts";

const help = `
Usage: vl-reward reference FILE… --output ${REFERENCE_FILE}

Makes a reference set of labelled pairs that are like those a model was trained on, a few hundred:
the temperature of its probabilities, the distribution of its scores, and how far pictures and
questions may be from these before the model has no opinion. Put the file beside the model as
${REFERENCE_FILE}: the page then says "no opinion" in place of a winner for other inputs.

  FILE…                  pairs: {"prompt" or "messages", "image"?, "chosen", "rejected"}, or rows of
                         TRL, LLaMA-Factory, ms-swift, MMPR and arenas; parquet, JSON lines or JSON
  --output FILE          the reference set, safetensors
  --images DIR           what paths of pictures are relative to; the first file's folder by default
${engineHelp}`;

const options = {
  ...engineOptions,
  output: { type: "string" },
  images: { type: "string" },
} as const;

export const referenceCommand: Command = {
  summary: "make a model's reference set: temperature, percentiles, what it knows",
  help,
  options,
  async run(args, context) {
    const { values, positionals } = parse(args, options, true);
    const output = required("--output", values.output);
    const [first] = positionals;
    if (first === undefined) throw new UsageError("no file given");
    const engine = engineArguments(values);
    const files = await Promise.all(positionals.map(namedFile));
    const { rows, tables, warnings } = await readBenchmark("pairs", files);
    if (!engine.quiet) for (const line of warnings) context.log(`warning: ${line}`);
    const folder = path.resolve(values.images ?? path.dirname(first));
    const { model } = await judgeOf(engine, undefined);
    const measured = await withEngine(engine, context, async (running) => {
      const all: ReferenceRow[] = [];
      for (const row of rows) {
        context.signal.throwIfAborted();
        const asked = await withPictures(row, tables);
        all.push(await measure(running, asked, folder, row.where));
        if (!engine.quiet) context.progress(`${all.length} of ${rows.length} pairs`);
      }
      return all;
    });
    const set = buildReference(model, measured);
    await writeWhole(output, Buffer.from(referenceFile(set)));
    if (!engine.quiet) {
      context.log(`${output}: ${set.pairs} pairs, T = ${set.temperature.toPrecision(3)}`);
    }
    return 0;
  },
};

async function measure(
  engine: Engine,
  conversations: Parameters<Engine["inputs"]>[0],
  folder: string,
  where: string,
): Promise<ReferenceRow> {
  const [chosen, rejected, ...more] = await engine.inputs(conversations, folder);
  if (chosen === undefined || rejected === undefined || more.length > 0) {
    throw new InputError({ where, expected: "one chosen and one rejected response" });
  }
  const { question, picture } = chosen;
  return {
    chosenScore: chosen.value,
    rejectedScore: rejected.value,
    input: {
      question: Float32Array.from(question),
      picture: picture === null ? undefined : Float32Array.from(picture),
    },
  };
}
