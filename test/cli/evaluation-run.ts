/** Runs one call of the command line in this process. */
import type { Context } from "../../cli/command.ts";
import { main } from "../../cli/main.ts";

export async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const context: Context = {
    log: (line) => err.push(line),
    progress: () => {},
    print: (line) => out.push(line),
    terminal: { interactive: false, columns: 80, colours: false },
    signal: new AbortController().signal,
  };
  const code = await main(argv, context);
  return { code, out: out.join("\n"), err: err.join("\n") };
}
