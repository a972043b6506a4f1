/**
 * `vl-reward export`: a value-head checkpoint in the form that another engine loads.
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

Rewrites a checkpoint with a value head (v_head.summary) into one that vLLM loads as a classifier
with one label: tensor names of transformers 5, the head as language_model.score, no lm_head, all
in the index; config.json with num_labels 1. Weights stay as they are, bit for bit. Shard by shard,
whatever their size; the output's folder appears when all of it is there.

  --for ENGINE       vllm
  --model DIR        the checkpoint's folder
  --output DIR       a folder that is not there yet
  --quiet            no progress on stderr

Then: vllm serve DIR --runner pooling    (and vl-reward score --backend http://localhost:8000)
`;

const options = {
  for: { type: "string" },
  model: { type: "string" },
  output: { type: "string" },
  quiet: { type: "boolean" },
} as const;

export const exportCommand: Command = {
  summary: "rewrite a value-head checkpoint for vLLM (no GPU needed)",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    oneOf("--for", required("--for", values.for), ["vllm"]);
    const model = required("--model", values.model);
    const output = requiredFolder("--output", values.output);
    const { folder } = await locateModel(model);
    if (folder === undefined) throw new UsageError("--model takes a folder of this machine here");
    if ((await stat(output).catch(() => undefined)) !== undefined) {
      const todo = "Name another folder, or remove it";
      throw new InputError({ where: `--output ${output}`, what: "is there already", todo });
    }
    const { tensors, bytes } = await exportForVllm(folder, path.resolve(output), {
      signal: context.signal,
      onProgress: (line) => {
        if (values.quiet !== true) context.progress(line);
      },
    });
    const size = `${bytes.toLocaleString("en-US")} bytes`;
    if (values.quiet !== true) context.log(`${output}: ${tensors} tensors, ${size}`);
    return 0;
  },
};
