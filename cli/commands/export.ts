/**
 * `vl-reward export`: a checkpoint in the form that vLLM loads, or quantised for static hosts.
 */

import { stat } from "node:fs/promises";
import path from "node:path";
import { InputError } from "../../src/errors.ts";
import { oneOf, parse, required, requiredFolder, UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { exportForVllm } from "../output/export-vllm.ts";
import { locateModel } from "../chrome/locate-model.ts";

const help = `
Usage: vl-reward export --for vllm --model DIR --output DIR
       vl-reward export --for web --weights q4|q8 --model DIR --output DIR

vllm: rewrites a checkpoint with a value head (v_head.summary) into one that vLLM loads as a
classifier with one label: tensor names of transformers 5, the head as language_model.score, no
lm_head, all in the index; config.json with num_labels 1. Weights stay as they are, bit for bit.
Shard by shard, whatever their size.

web: writes the form that loading with weights q4 or q8 makes, bit for bit, for any static host: a
visitor downloads a quarter of the bytes. Any model that loads. Needs no GPU, and some tens of
megabytes of memory. docs/hosting.md says what to host, with which headers.

The output's folder appears when all of it is there.

  --for ENGINE       vllm or web
  --weights FORM     web: q4 or q8
  --model DIR        the checkpoint's folder
  --output DIR       a folder that is not there yet
  --shard-bytes N    web: the most bytes of a shard's tensors, 510000000 by default
  --revision NAME    web: the original's commit, written down; that of a hub cache is known
  --quiet            no progress on stderr

Then: vllm serve DIR --runner pooling    (and vl-reward score --backend http://localhost:8000)
or upload the folder, and RewardModel.fromPretrained("https://…/DIR/")
`;

const options = {
  for: { type: "string" },
  weights: { type: "string" },
  model: { type: "string" },
  output: { type: "string" },
  "shard-bytes": { type: "string" },
  revision: { type: "string" },
  quiet: { type: "boolean" },
} as const;

/** With its header a shard stays below 512 MB: not all hosts take larger files. */
const SHARD_BYTES = 510_000_000;
const LEAST_SHARD_BYTES = 65_536;

export const exportCommand: Command = {
  summary: "quantise a model for static hosts, or rewrite one for vLLM (no GPU needed)",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    const engine = oneOf("--for", required("--for", values.for), ["vllm", "web"]);
    const model = required("--model", values.model);
    const output = requiredFolder("--output", values.output);
    const web = engine === "web" ? webOptions(values) : undefined;
    if (!web) refuseWebOptions(values);
    const { folder } = await locateModel(model);
    if (folder === undefined) throw new UsageError("--model takes a folder of this machine here");
    if ((await stat(output).catch(() => undefined)) !== undefined) {
      const todo = "Name another folder, or remove it";
      throw new InputError({ where: `--output ${output}`, what: "is there already", todo });
    }
    const onProgress = (line: string): void => {
      if (values.quiet !== true) context.progress(line);
    };
    const { signal } = context;
    const to = path.resolve(output);
    let bytes: number;
    let what: string;
    if (web) {
      const revision = values.revision ?? /[\\/]snapshots[\\/]([0-9a-f]{40})$/.exec(folder)?.[1];
      const { exportForWeb } = await import("../web/export-web.ts");
      const made = await exportForWeb(folder, to, { ...web, revision, signal, onProgress });
      [bytes, what] = [made.bytes, `${made.shards} shards in ${web.form}`];
    } else {
      const made = await exportForVllm(folder, to, { signal, onProgress });
      [bytes, what] = [made.bytes, `${made.tensors} tensors`];
    }
    if (values.quiet !== true) {
      context.log(`${output}: ${what}, ${bytes.toLocaleString("en-US")} bytes`);
    }
    return 0;
  },
};

type Values = ReturnType<typeof parse<typeof options>>["values"];

function webOptions(values: Values): { form: "q4" | "q8"; shardBytes: number } {
  const form = oneOf("--weights", required("--weights", values.weights), ["q4", "q8"]);
  const shardBytes = Number(values["shard-bytes"] ?? SHARD_BYTES);
  if (Number.isSafeInteger(shardBytes) && shardBytes >= LEAST_SHARD_BYTES) {
    return { form, shardBytes };
  }
  const least = LEAST_SHARD_BYTES.toLocaleString("en-US");
  throw new UsageError(`--shard-bytes takes a number from ${least} up`);
}

function refuseWebOptions(values: Values): void {
  for (const name of ["weights", "shard-bytes", "revision"] as const) {
    if (values[name] !== undefined) throw new UsageError(`--${name} is for --for web`);
  }
}
