// Tested by: test/cli/batch/batch.test.ts
/**
 * The options that `score` and `rank` have in common if they work on a file, and what they mean.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { engineArguments, required, UsageError, type EngineArguments } from "../arguments.ts";
import { backendArguments, withScorer, type Backend } from "./batch-backend.ts";
import { parseShard } from "./batch-rows.ts";
import type { BatchJob } from "./batch.ts";
import { publicAddress } from "../output/clean.ts";
import type { Context } from "../command.ts";

export const batchOptions = {
  // The engine's and the server's, spelled out: the type of an export is not inferred from a
  // spread.
  model: { type: "string" },
  weights: { type: "string" },
  residency: { type: "string" },
  adapter: { type: "string" },
  runtime: { type: "string" },
  "kernel-profile": { type: "string" },
  "chat-template": { type: "string" },
  head: { type: "string" },
  reward: { type: "string" },
  orientation: { type: "string" },
  alpha: { type: "string" },
  "allow-remote-images": { type: "boolean" },
  "image-host": { type: "string", multiple: true },
  quiet: { type: "boolean" },
  backend: { type: "string" },
  "backend-model": { type: "string" },
  "no-probe": { type: "boolean" },
  input: { type: "string" },
  output: { type: "string" },
  errors: { type: "string" },
  shard: { type: "string" },
  resume: { type: "boolean" },
  "id-from-line": { type: "boolean" },
} as const;

/** Their help, but for --input and --output. */
export const batchHelp = `Work in bulk:
  --errors FILE      one line {"row", "id", "reason"} for each row that cannot be scored; without
                     it the first such row ends the run, exit code 1. "row" is the number of the
                     line, or of the row in a table
  --shard i/n        only every n-th line: i from 0 to n - 1, or from 1 to n; all parts together
                     are the whole, whichever of the two
  --resume           continues an output that is there even where it was finished. A run that was
                     killed or interrupted is continued by the same call without it: no line is
                     lost, none is scored twice
                     Ids must differ; results are in the order of the input
  --id-from-line     a row without an id gets the number of its line, or of its row in a table
A server in place of the engine here (no Chrome, no GPU):
  --backend URL      a vLLM or SGLang server with the same model: its base address. With --model,
                     the model's folder, texts go as the token ids that the engine here sees
  --backend-model N  the model's name on the server, where it has several
  --no-probe         believes that the server gives raw scores; else it is asked once
  VL_REWARD_API_KEY  the server's key, from the environment
`;

type Values = Partial<Record<keyof typeof batchOptions, string | boolean | string[]>>;

/** The options that all batch commands share. */
export interface BatchArguments {
  readonly engine: EngineArguments;
  readonly backend: Backend | undefined;
  readonly files: Pick<
    BatchJob,
    "input" | "output" | "errors" | "shard" | "resume" | "quiet" | "idFromLine"
  >;
}

/**
 * Checks the options.
 * @param folder what is read in place of --input
 * @throws UsageError
 */
export function batchArguments(values: Values, folder?: string): BatchArguments {
  const engine = engineArguments(values);
  const input = folder ?? required("--input", text(values.input));
  const output = values.output === "-" ? undefined : text(values.output);
  const errors = text(values.errors);
  if (errors === "-" && output === undefined) {
    throw new UsageError("--errors - takes stdout, where the results go: give --output");
  }
  const named = { "--input": input, "--output": output, "--errors": errors };
  const seen = new Map<string, string>();
  for (const [option, file] of Object.entries(named)) {
    if (file === undefined || file === "-") continue;
    const other = seen.get(path.resolve(file));
    if (other !== undefined) throw new UsageError(`${option} is the file of ${other}`);
    seen.set(path.resolve(file), option);
  }
  if (values.resume === true && output === undefined) {
    throw new UsageError("--resume goes with --output: what went to stdout cannot be read back");
  }
  const files = { input, output, errors, shard: parseShard(text(values.shard)) };
  const idFromLine = values["id-from-line"] === true;
  const rest = { resume: values.resume === true, quiet: engine.quiet, idFromLine };
  return { engine, backend: backendArguments(values), files: { ...files, ...rest } };
}

/** Returns the job, with what the command does with a row. */
export function batchJob(
  { engine, backend, files }: BatchArguments,
  context: Context,
  own: Pick<BatchJob, "parse" | "line" | "scoresOf" | "source"> & {
    readonly identity: Readonly<Record<string, unknown>>;
    /** Whether labels' shares of the vocabulary are computed. */
    readonly isWhole?: boolean;
  },
): BatchJob {
  const { model = null, weights } = engine;
  const { isWhole, ...rest } = own;
  return {
    ...files,
    ...rest,
    identity: {
      ...own.identity,
      model: model === null ? null : publicAddress(model),
      weights,
      ...(engine.head === undefined ? {} : { head: headIdentity(engine.head) }),
      backend: backend?.url ?? null,
    },
    withScorer: (work) => withScorer(engine, backend, context, work, isWhole),
  };
}

/** Returns what tells heads apart: another file under the same name is another judge. */
function headIdentity(file: string): string {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16);
  } catch {
    return file;
  }
}

function text(value: string | boolean | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
