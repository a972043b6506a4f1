// Tested by: test/cli/commands/rank.test.ts
/**
 * `vl-reward trace`: every activation of some conversations, as safetensors, under the names that
 * the reference scripts use. For people who port a model and want to see the first difference.
 */

import path from "node:path";
import { InputError } from "../../src/errors.ts";
import {
  engineArguments,
  engineHelp,
  engineOptions,
  parse,
  required,
  type EngineArguments,
} from "../arguments.ts";
import type { Command, Context } from "../command.ts";
import { CASE, readCase, withPictures } from "../batch/batch-rows.ts";
import { openInput, type Input } from "../batch/input-rows.ts";
import { refuseSameFile } from "../output/output-file.ts";
import { writeSafetensors, type SafetensorsWriter } from "../output/safetensors-writer.ts";
import { withEngine } from "../chrome/with-engine.ts";

const help = `
Usage: vl-reward trace --input CASES.jsonl --output FILE.safetensors

Writes what each stage of the model gave, in float32: <id>/pixel_values, <id>/vision.patch_embed,
<id>/vision.block.<i> (in window order), <id>/vision.merged, <id>/decoder.embed,
<id>/decoder.layer.<i>, <id>/decoder.norm, and <id>/values, the value head at every token.

  --input FILE       conversations, as vl-reward score takes them
  --output FILE      safetensors
  --id-from-line     a row without an id gets the number of its line, or of its row in a table
${engineHelp}`;

const options = {
  ...engineOptions,
  input: { type: "string" },
  output: { type: "string" },
  "id-from-line": { type: "boolean" },
} as const;

export const traceCommand: Command = {
  summary: "write every activation, for comparison with a reference",
  help,
  options,
  async run(args, context) {
    const { values } = parse(args, options);
    const engine = engineArguments(values);
    const input = required("--input", values.input);
    const output = required("--output", values.output);
    const idFromLine = values["id-from-line"] === true;
    const rows = await openInput(input, { wanted: CASE, idFromLine });
    await refuseSameFile(input, output);
    const writer = await writeSafetensors(output);
    try {
      const folder = path.dirname(path.resolve(input));
      const traced = await traceRows(rows, folder, writer, engine, context);
      await writer.finish();
      if (!engine.quiet) context.log(`${traced} traced`);
      return 0;
    } finally {
      await writer.discard();
    }
  },
};

async function traceRows(
  rows: Input,
  folder: string,
  writer: SafetensorsWriter,
  given: EngineArguments,
  context: Context,
): Promise<number> {
  return withEngine(given, context, async (engine) => {
    const ids = new Set<string>();
    for await (const { row, where } of rows.rows()) {
      context.signal.throwIfAborted();
      // A trace is of use only whole: the first conversation that fails ends it.
      if (row instanceof InputError) throw row;
      const id = String(row.id);
      if (ids.has(id)) {
        const todo = "Give each conversation an id of its own";
        throw new InputError({ where, what: `the id ${id} was there before`, todo });
      }
      ids.add(id);
      const content = await withPictures(readCase(row, where), rows);
      const traced = await engine.trace(content, folder, (body) => writer.append(body));
      for (const { name, shape } of traced) writer.add(`${id}/${name}`, shape);
      if (!given.quiet) context.progress(`${ids.size} traced`);
    }
    return ids.size;
  });
}
