/** Runs a call of the command line in this process, with its texts kept. */
import type { Context } from "../../cli/command.ts";
import { main } from "../../cli/main.ts";

/** How a call ended, and what it printed. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one call. */
export async function run(...argv: string[]): Promise<Ended> {
  return await runWith({}, argv);
}

/** Runs one call that is interrupted, or whose progress is read. */
export async function runWith(
  given: Partial<Pick<Context, "signal" | "progress">>,
  argv: readonly string[],
): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(argv, {
    log: (line) => err.push(line),
    progress: () => {},
    print: (line) => out.push(line),
    terminal: { interactive: false, columns: 80, colours: false },
    signal: new AbortController().signal,
    ...given,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
