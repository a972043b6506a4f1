// Tested by: test/cli/commands/rank.test.ts
/**
 * `vl-reward verify`: are safetensors files whole and well formed? Needs no GPU and no browser.
 */

import { stat } from "node:fs/promises";
import path from "node:path";
import { verifyFile, verifyFolder } from "../../src/checkpoint/verify.ts";
import { parse, UsageError } from "../arguments.ts";
import type { Command, Context } from "../command.ts";
import { jsonLine } from "../output/output-file.ts";
import { listFolder, localSource, openLocal } from "../chrome/local-source.ts";

const help = `
Usage: vl-reward verify [--json] FILE.safetensors|DIR …

Reads the headers of safetensors files, or of all of a model's folder with its index, and says of
each file whether it is whole. Exit code 1 where any is not.

  --json   one line {"file", "ok", "error"} a file, which is also what a pipe or a file gets
`;

const options = { json: { type: "boolean" } } as const;

/** The result for one file. */
interface Verdict {
  readonly file: string;
  readonly ok: boolean;
  readonly error?: string;
}

export const verifyCommand: Command = {
  summary: "check safetensors files or a model's folder (no GPU needed)",
  help,
  options,
  async run(args, context) {
    const { values, positionals } = parse(args, options, true);
    if (positionals.length === 0) throw new UsageError("no file given");
    const json = values.json === true || !context.terminal.interactive;
    let bad = 0;
    for (const named of positionals) {
      context.signal.throwIfAborted();
      for (const verdict of await verify(named)) {
        if (!verdict.ok) bad += 1;
        print(verdict, json, context);
      }
    }
    return bad === 0 ? 0 : 1;
  },
};

function print({ file, ok, error }: Verdict, json: boolean, context: Context): void {
  if (json) context.print(jsonLine({ file, ok, error: error ?? null }));
  else context.print(ok ? `ok   ${file}` : `bad  ${file}\n     ${error}`);
}

async function verify(named: string): Promise<readonly Verdict[]> {
  const stats = await stat(named).catch(() => undefined);
  if (stats?.isDirectory()) {
    const verdicts = await verifyFolder(localSource(named), await listFolder(named));
    if (verdicts.length > 0) return verdicts.map((v) => ({ ...v, file: path.join(named, v.file) }));
    return [{ file: named, ok: false, error: `${named}: has no safetensors files.` }];
  }
  const file = await openLocal(named);
  if (file !== undefined) return [await verifyFile(file)];
  return [{ file: named, ok: false, error: `${named}: there is no such file.` }];
}
