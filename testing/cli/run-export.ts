/** `vl-reward export --for web` in this process. */
import type { Context } from "../../cli/command.ts";
import { main } from "../../cli/main.ts";

/** Returns the exit code and what was logged. */
export async function runExport(
  argv: readonly string[],
  signal: AbortSignal = new AbortController().signal,
  onProgress: () => void = () => {},
): Promise<{ code: number; err: string }> {
  const err: string[] = [];
  const context: Context = {
    log: (line) => err.push(line),
    progress: onProgress,
    print: () => {},
    terminal: { interactive: false, columns: 80, colours: false },
    signal,
  };
  return { code: await main(["export", "--for", "web", ...argv], context), err: err.join("\n") };
}
