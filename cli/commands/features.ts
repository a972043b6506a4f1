// Tested by: test/cli/labels/labels.browser.test.ts
/**
 * `vl-reward features`: the states that the head reads, as safetensors.
 */

import { rename, rm } from "node:fs/promises";
import type { JsonObject } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { UnusedFields } from "../../src/rows/read-row.ts";
import { parse, required, UsageError } from "../arguments.ts";
import { engineHelp } from "../arguments.ts";
import { batchArguments, batchJob, batchOptions } from "../batch/batch-options.ts";
import { scoreRow } from "../batch/batch-rows.ts";
import { runBatch } from "../batch/batch.ts";
import { readLines } from "../batch/jsonl.ts";
import type { Command } from "../command.ts";
import { outputPlace } from "../output/output-file.ts";
import { writeSafetensors } from "../output/safetensors-writer.ts";

const help = `
Usage: vl-reward features --input CASES.jsonl --output FEATURES.safetensors

Writes the state that the head reads, for each conversation: F32, after the decoder's last norm.
A head of your own, a probe or a search for similar answers starts from these.

  --input FILE       one conversation a line, as vl-reward score reads them
  --id-from-line     a row without an id gets the number of its line, or of its row in a table
  --output FILE      safetensors: "features" [rows, hidden] and "scores" [rows], in the order of
                     the input; the ids are a JSON list in the metadata, "ids".
                     FILE.rows.jsonl keeps finished rows until all are done: the same call
                     continues a run that was stopped
${engineHelp}`;

const {
  backend: _backend,
  "backend-model": _backendModel,
  "no-probe": _noProbe,
  shard: _shard,
  errors: _errors,
  resume: _resume,
  ...options
} = batchOptions;

export const featuresCommand: Command = {
  summary: "write the states that the head reads",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    const output = required("--output", values.output);
    if ((await outputPlace(output)).kind !== "file") {
      throw new UsageError("--output takes a file: its header is written last");
    }
    const rows = `${output}.rows.jsonl`;
    const unused = new UnusedFields();
    const given = batchArguments({ ...values, output: rows });
    const job = batchJob(given, context, {
      identity: { command: "features" },
      parse: scoreRow(unused),
      line: (id, [score]) => {
        if (score?.features === undefined) throw new Error(`${id}: came back without features`);
        return { id, score: score.value, tokens: score.tokens, features: score.features };
      },
      scoresOf,
    });
    // Features in place of scores: the loop, its order and its resuming are the same.
    const code = await runBatch(
      {
        ...job,
        resume: true,
        withScorer: (work) =>
          job.withScorer((scorer) =>
            work({
              callsAhead: scorer.callsAhead,
              score: async (conversations, folder) => {
                if (scorer.features === undefined) throw new Error("features: a server has none");
                return scorer.features(conversations, folder);
              },
            }),
          ),
      },
      context,
    );
    if (!job.quiet) for (const line of unused.warnings(job.input)) context.log(`warning: ${line}`);
    if (code !== 0) return code;
    await gather(rows, output);
    await rm(rows, { force: true });
    return 0;
  },
};

/** Returns the score of a finished line, or what is wrong with it. */
function scoresOf({ score, features }: JsonObject): readonly number[] | string {
  if (typeof score !== "number" || !Number.isFinite(score)) return "has no finite score";
  return typeof features === "string" ? [score] : "has no features";
}

/** Writes the rows as safetensors, a row at a time. @throws InputError for rows of two lengths */
async function gather(rows: string, output: string): Promise<void> {
  const ids: unknown[] = [];
  const scores: number[] = [];
  let width = 0;
  const part = `${output}.${process.pid}.whole`;
  const bodies = async function* (): AsyncGenerator<Buffer> {
    for await (const { line, fault } of readLines(rows)) {
      if (fault !== undefined) throw fault;
      const row = JSON.parse(line) as { id: unknown; score: number; features: string };
      const bytes = Buffer.from(row.features, "base64");
      if (ids.length > 0 && bytes.length !== width) {
        const todo = "Write conversations that the head reads at one token";
        const got = `${bytes.length / 4} values, after ${width / 4}`;
        throw new InputError({ where: rows, expected: "rows of one length", got, todo });
      }
      width = bytes.length;
      ids.push(row.id);
      scores.push(row.score);
      yield bytes;
    }
  };
  const writer = await writeSafetensors(part);
  try {
    await writer.append(bodies());
    writer.add("features", [ids.length, width / 4]);
    await writer.append(one(Buffer.from(Float32Array.from(scores).buffer)));
    writer.add("scores", [ids.length]);
    await writer.finish({ ids: JSON.stringify(ids), format: "pt" });
  } finally {
    await writer.discard();
  }
  await rename(part, output);
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
